/** The word of a visitor that they are old enough, signed: nobody need have an account to give it. `<years>.<visitor>.<expiry>.<HMAC-SHA-256>`. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { MinimumAge } from "@rostrum/contract/age-gate";
import type { Secrets } from "../lib/secrets.ts";

/** So old at least, until then (Unix ms). */
export type AgeStanding = Readonly<{ years: MinimumAge; untilMs: number }>;

export interface AgeTokens {
  /** A new visitor each time: two of them cannot be told to be one person's. */
  sign(years: MinimumAge): Readonly<{ token: string; untilMs: number }>;
  /** Undefined for one that is made up, expired, or from another installation. */
  read(token: string): AgeStanding | undefined;
}

const FORM = /^(16|18)\.([A-Za-z0-9_-]{16})\.([0-9a-z]{1,9})\.([0-9a-f]{64})$/;
const VISITOR_BYTES = 12;

/** @param now wall time in ms */
export function createAgeTokens(secrets: Secrets, now: () => number, ttlMs: number): AgeTokens {
  const mac = (years: string, visitor: string, expiry: string): string =>
    secrets.lookupHash("age", `${years}.${visitor}.${expiry}`);
  return {
    sign(years) {
      const visitor = randomBytes(VISITOR_BYTES).toString("base64url");
      const expiresSec = Math.floor((now() + ttlMs) / 1000);
      const expiry = expiresSec.toString(36);
      const token = `${years}.${visitor}.${expiry}.${mac(String(years), visitor, expiry)}`;
      return { token, untilMs: expiresSec * 1000 };
    },
    read(token) {
      const [, years, visitor, expiry, given] = FORM.exec(token) ?? [];
      if (years === undefined || visitor === undefined || expiry === undefined || given === undefined) return undefined;
      const untilMs = Number.parseInt(expiry, 36) * 1000;
      if (untilMs <= now()) return undefined;
      if (!timingSafeEqual(Buffer.from(mac(years, visitor, expiry)), Buffer.from(given))) return undefined;
      return { years: years === "16" ? 16 : 18, untilMs };
    },
  };
}
