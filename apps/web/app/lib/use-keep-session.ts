/** Renews the session while a page stays open, so that what it asks for is always asked by its person. */
import { useEffect } from "react";
import { browserApi } from "./api.ts";

/** The access cookie lives 15 minutes. */
const RENEW_EVERY_MS = 10 * 60_000;
const CHECK_EVERY_MS = 30_000;
const RENEWED_KEY = "rostrum.session-renewed-at";

/** Tabs share one renewal: a refresh token is good once. */
export function useKeepSession(signedIn: boolean): void {
  useEffect(() => {
    if (!signedIn) return;
    const check = (): void => {
      if (Date.now() - lastRenewedAt() >= RENEW_EVERY_MS) void renewOnce();
    };
    // A page that has just been opened says nothing about the age of its cookie.
    check();
    const timer = setInterval(check, CHECK_EVERY_MS);
    document.addEventListener("visibilitychange", check);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", check);
    };
  }, [signedIn]);
}

async function renewOnce(): Promise<void> {
  const renew = async (): Promise<void> => {
    if (Date.now() - lastRenewedAt() < RENEW_EVERY_MS) return;
    // One that did not get through is tried at the next check.
    if (
      await browserApi()
        .renew()
        .catch(() => false)
    )
      markRenewed();
  };
  // Locks need https or localhost; elsewhere the tabs take their chance.
  if (navigator.locks) await navigator.locks.request(RENEWED_KEY, renew);
  else await renew();
}

function lastRenewedAt(): number {
  try {
    return Number(localStorage.getItem(RENEWED_KEY) ?? 0);
  } catch {
    return Date.now();
  }
}

function markRenewed(): void {
  try {
    localStorage.setItem(RENEWED_KEY, String(Date.now()));
  } catch {
    // Storage is switched off: the session is renewed when a call is refused.
  }
}
