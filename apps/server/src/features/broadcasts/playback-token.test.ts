/** Playback tokens: one broadcast, some hours, nothing else. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSecrets, type Secrets } from "../../lib/secrets.ts";
import { signPlaybackToken, verifyPlaybackToken } from "./playback-token.ts";

const dirs = [0, 1].map(() => mkdtempSync(path.join(os.tmpdir(), "rostrum-token-")));
const ID = "01234567890123456789";
const AT = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;
let secrets: Secrets;
let token: string;
beforeAll(() => {
  secrets = openSecrets(dirs[0]!);
  token = signPlaybackToken(secrets, ID, AT).token;
});
afterAll(() => dirs.forEach((dir) => rmSync(dir, { recursive: true })));

test("is refused for another broadcast, after six hours, from another installation, and when changed", () => {
  const [expiry, mac] = token.split(".") as [string, string];
  expect(verifyPlaybackToken(secrets, token, "11234567890123456789", AT)).toBe(false);
  expect(verifyPlaybackToken(secrets, token, ID, AT + 6 * HOUR_MS)).toBe(false);
  expect(verifyPlaybackToken(openSecrets(dirs[1]!), token, ID, AT)).toBe(false);
  const later = (Number.parseInt(expiry, 36) + 1).toString(36);
  for (const forged of ["", ".", mac, `${later}.${mac}`, `${expiry}.${mac.slice(1)}`, `${token} `, `${token}0`]) {
    expect([forged, verifyPlaybackToken(secrets, forged, ID, AT)]).toEqual([forged, false]);
  }
});

test("is good for its broadcast until it expires", () => {
  expect(signPlaybackToken(secrets, ID, AT).expiresAt).toEqual(new Date(AT + 6 * HOUR_MS));
  expect(verifyPlaybackToken(secrets, token, ID, AT)).toBe(true);
  expect(verifyPlaybackToken(secrets, token, ID, AT + 6 * HOUR_MS - 1000)).toBe(true);
});
