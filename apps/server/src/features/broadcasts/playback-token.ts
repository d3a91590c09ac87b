/**
 * Playback tokens: let somebody play one broadcast that is not for everybody, for some hours. `<expiry>.<HMAC-SHA-256>`; that of somebody
 * who has registered names the registration, `<expiry>.<registration>.<version>.<HMAC-SHA-256>`, so that it ends with it.
 */
import { timingSafeEqual } from "node:crypto";
import type { Secrets } from "../../lib/secrets.ts";
import type { Pass } from "./passes.ts";

/** Long enough for a show; a page that outlives it asks again. */
const TOKEN_TTL_MS = 6 * 60 * 60_000;
/** Of a show for the registered: an address that is passed on is of no use for longer. */
const REGISTERED_TTL_MS = 60 * 60_000;
const FORM = /^([0-9a-z]{1,9})(?:\.([0-9a-hjkmnp-tv-z]{20})\.([0-9a-z]{1,6}))?\.([0-9a-f]{64})$/;

/** What stands for its bearer: an age that they have confirmed (0: none), and the pass with which they came (null: none). */
export type Met = Readonly<{ years: 0 | 16 | 18; pass: Pass | null }>;
/**
 * What a token opens: whatever keeps others out, or only what asks for what its bearer has met; that is never private. Whether a pass
 * still counts is for the store to say.
 */
export type Opens = "everything" | Met;

/** @param untilMs it is no longer good then, if that is sooner */
export function signPlaybackToken(
  secrets: Secrets,
  broadcastId: string,
  nowMs: number,
  opens: Opens = "everything",
  untilMs = Number.POSITIVE_INFINITY,
): { token: string; expiresAt: Date } {
  const pass = opens === "everything" ? null : opens.pass;
  const ttlMs = pass === null ? TOKEN_TTL_MS : REGISTERED_TTL_MS;
  const expiresSec = Math.floor(Math.min(nowMs + ttlMs, untilMs) / 1000);
  const holder = pass === null ? [] : [pass.registrationId, pass.version.toString(36)];
  const token = [expiresSec.toString(36), ...holder, mac(secrets, opens, broadcastId, expiresSec)].join(".");
  return { token, expiresAt: new Date(expiresSec * 1000) };
}

/** What the token opens; null for another broadcast's, an expired, or a made-up one. */
export function readPlaybackToken(secrets: Secrets, token: string, broadcastId: string, nowMs: number): Opens | null {
  const [, expiry, registrationId, version, given] = FORM.exec(token) ?? [];
  if (expiry === undefined || given === undefined) return null;
  const expiresSec = Number.parseInt(expiry, 36);
  if (expiresSec * 1000 <= nowMs) return null;
  const isOf = (opens: Opens): boolean =>
    timingSafeEqual(Buffer.from(mac(secrets, opens, broadcastId, expiresSec)), Buffer.from(given));
  if (registrationId === undefined || version === undefined) return WITHOUT_PASS.find(isOf) ?? null;
  const pass: Pass = { broadcastId, registrationId, version: Number.parseInt(version, 36) };
  return ([0, 16, 18] as const).map((years) => ({ years, pass })).find(isOf) ?? null;
}

const WITHOUT_PASS: readonly Opens[] = ["everything", { years: 16, pass: null }, { years: 18, pass: null }];

function mac(secrets: Secrets, opens: Opens, broadcastId: string, expiresSec: number): string {
  const about = `${broadcastId}.${expiresSec}`;
  if (opens === "everything") return secrets.lookupHash("playback", about);
  const { years, pass } = opens;
  if (pass === null) return secrets.lookupHash(`playback.${years}.-`, about);
  return secrets.lookupHash(`playback.${years}.r`, `${about}.${pass.registrationId}.${pass.version}`);
}
