/** Playback tokens: one broadcast, some hours, nothing else. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSecrets, type Secrets } from "../../lib/secrets.ts";
import { isEnough } from "./audience.ts";
import { type Opens, readPlaybackToken, signPlaybackToken } from "./playback-token.ts";

type Asks = Parameters<typeof isEnough>[1];

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
  expect(readPlaybackToken(secrets, token, "11234567890123456789", AT)).toBeNull();
  expect(readPlaybackToken(secrets, token, ID, AT + 6 * HOUR_MS)).toBeNull();
  expect(readPlaybackToken(openSecrets(dirs[1]!), token, ID, AT)).toBeNull();
  const later = (Number.parseInt(expiry, 36) + 1).toString(36);
  for (const forged of ["", ".", mac, `${later}.${mac}`, `${expiry}.${mac.slice(1)}`, `${token} `, `${token}0`]) {
    expect([forged, readPlaybackToken(secrets, forged, ID, AT)]).toEqual([forged, null]);
  }
});

test("is good for its broadcast until it expires", () => {
  expect(signPlaybackToken(secrets, ID, AT).expiresAt).toEqual(new Date(AT + 6 * HOUR_MS));
  expect(readPlaybackToken(secrets, token, ID, AT)).toBe("everything");
  expect(readPlaybackToken(secrets, token, ID, AT + 6 * HOUR_MS - 1000)).toBe("everything");
});

const met = { years: 18, pass: null } as const;
const pass = { broadcastId: ID, registrationId: "0123456789abcdefghjk", version: 37 } as const;

test("one for a viewer's age is another one, and ends with what was said about the age", () => {
  const soon = AT + HOUR_MS;
  const given = signPlaybackToken(secrets, ID, AT, met, soon);
  expect(given.expiresAt).toEqual(new Date(soon));
  expect(readPlaybackToken(secrets, given.token, ID, AT)).toEqual(met);
  expect(readPlaybackToken(secrets, given.token, ID, soon)).toBeNull();
  expect(signPlaybackToken(secrets, ID, AT, met, AT + 9 * HOUR_MS).expiresAt).toEqual(new Date(AT + 6 * HOUR_MS));
});

test("one for the registered names the registration and its version, and ends within the hour", () => {
  const opens = { years: 16, pass } as const;
  const given = signPlaybackToken(secrets, ID, AT, opens);
  expect(given.expiresAt).toEqual(new Date(AT + HOUR_MS));
  expect(readPlaybackToken(secrets, given.token, ID, AT)).toEqual(opens);
  const [expiry, registration, version, mac] = given.token.split(".") as [string, string, string, string];
  expect([registration, version]).toEqual([pass.registrationId, "11"]);
  const forged = [
    ...[`${expiry}.${mac}`, `${expiry}.${registration}.12.${mac}`, `${expiry}.${registration}.${mac}`],
    `${expiry}.${registration.replace("0", "1")}.${version}.${mac}`,
  ];
  for (const one of forged) expect([one, readPlaybackToken(secrets, one, ID, AT)]).toEqual([one, null]);
});

test.each<[string, Opens, Partial<Asks>, boolean]>([
  ["everything", "everything", { visibility: "private", age_restricted: true, registration: "required" }, true],
  ["an age", met, { age_restricted: true }, true],
  ["an age", { ...met, years: 16 }, { age_restricted: true }, false],
  ["an age", { ...met, years: 16 }, { age_restricted: true, minimum_age: 16 }, true],
  ["an age", met, { visibility: "private", age_restricted: true }, false],
  ["an age", met, { age_restricted: true, registration: "required" }, false],
  ["a registration", { years: 0, pass }, { registration: "required" }, true],
  ["a registration", { years: 0, pass }, { registration: "required", age_restricted: true }, false],
  ["both", { years: 18, pass }, { registration: "required", age_restricted: true }, true],
])("a token for %s: %o opens what asks for %o: %s", (_, opens, asks, isOpen) => {
  const row = { visibility: "public", registration: "off", age_restricted: false, minimum_age: 18 } as const;
  expect(isEnough(opens, { ...row, ...asks })).toBe(isOpen);
});
