/** What this browser remembers of what its visitor said about their age. The server's cookie counts; this is for where none is kept. */
import type { AgeConsent, MinimumAge } from "@rostrum/contract/age-gate";

const KEY = "rostrum.age";

/** Null: nothing was said, or it is no longer good. Storage may be switched off or full of something else. */
function keptConsent(nowMs: number): AgeConsent | null {
  if (typeof localStorage === "undefined") return null;
  try {
    const { token, minimumAge, expiresAt } = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Record<string, unknown>;
    if (typeof token !== "string" || typeof expiresAt !== "string" || !(Date.parse(expiresAt) > nowMs)) return null;
    return minimumAge === 16 || minimumAge === 18 ? { token, minimumAge, expiresAt } : null;
  } catch {
    return null;
  }
}

/** To be sent along. */
export function keptAgeToken(): string | null {
  return keptConsent(Date.now())?.token ?? null;
}

/** Whether the visitor has said to be so old. */
export function hasKeptAge(minimumAge: MinimumAge, nowMs: number = Date.now()): boolean {
  return (keptConsent(nowMs)?.minimumAge ?? 0) >= minimumAge;
}

export function keepConsent(consent: AgeConsent): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(consent));
  } catch {
    // The cookie is enough.
  }
}

/** The server does not take it any more. */
export function forgetConsent(): void {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // nothing was kept
  }
}
