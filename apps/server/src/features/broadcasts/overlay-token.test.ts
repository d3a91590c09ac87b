/** Overlay tokens: one broadcast, thirty days, nothing that is played. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { openSecrets } from "../../lib/secrets.ts";
import { isOverlayToken, signOverlayToken } from "./overlay-token.ts";
import { readPlaybackToken, signPlaybackToken } from "./playback-token.ts";

const dirs = [0, 1].map(() => mkdtempSync(path.join(os.tmpdir(), "rostrum-overlay-")));
afterAll(() => dirs.forEach((dir) => rmSync(dir, { recursive: true })));

const [secrets, others] = dirs.map((dir) => openSecrets(dir));
const ID = "01234567890123456789";
const AT = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

test("is good for its broadcast for thirty days", () => {
  const { token, expiresAt } = signOverlayToken(secrets!, ID, AT);
  expect(expiresAt).toEqual(new Date(AT + 30 * DAY_MS));
  expect(isOverlayToken(secrets!, token, ID, AT + 30 * DAY_MS - 1000)).toBe(true);
  expect(isOverlayToken(secrets!, token, ID, AT + 30 * DAY_MS)).toBe(false);
  expect(isOverlayToken(secrets!, token, "11234567890123456789", AT)).toBe(false);
  expect(isOverlayToken(others!, token, ID, AT)).toBe(false);
});

test("neither is one that plays, nor does one that plays stand for it", () => {
  const { token } = signOverlayToken(secrets!, ID, AT);
  expect(readPlaybackToken(secrets!, token, ID, AT)).toBeNull();
  expect(isOverlayToken(secrets!, signPlaybackToken(secrets!, ID, AT).token, ID, AT)).toBe(false);
});

test("what was changed is refused", () => {
  const { token } = signOverlayToken(secrets!, ID, AT);
  const [expiry, mac] = token.split(".") as [string, string];
  const later = (Number.parseInt(expiry, 36) + 1).toString(36);
  for (const forged of ["", ".", mac, `${later}.${mac}`, `${expiry}.${mac.slice(1)}`, `${token} `, `${token}0`]) {
    expect([forged, isOverlayToken(secrets!, forged, ID, AT)]).toEqual([forged, false]);
  }
});
