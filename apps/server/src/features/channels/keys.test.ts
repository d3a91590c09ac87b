import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { openSecrets } from "../../lib/secrets.ts";
import { createStreamKey, maskStreamKey, openStreamKey, streamKeyHash } from "./keys.ts";

const dir = mkdtempSync(path.join(os.tmpdir(), "keys-test-"));
const secrets = openSecrets(dir);
afterAll(() => rmSync(dir, { recursive: true }));

test("a sealed key opens for its own channel and slot only", () => {
  const { key, stored } = createStreamKey(secrets, "channel-a", "primary");
  expect(() => openStreamKey(secrets, "channel-b", "primary", stored.sealed)).toThrow();
  expect(() => openStreamKey(secrets, "channel-a", "backup", stored.sealed)).toThrow();
  expect(openStreamKey(secrets, "channel-a", "primary", stored.sealed)).toBe(key);
});

test("a key is rk_ and 32 characters, and nothing that is stored in clear gives it away", () => {
  const { key, stored } = createStreamKey(secrets, "channel-a", "primary");
  expect(key).toMatch(/^rk_[0-9a-hjkmnp-tv-z]{32}$/);
  expect(stored.lookup_hash).toBe(streamKeyHash(secrets, key));
  expect(stored.last4).toBe(key.slice(-4));
  expect(JSON.stringify(stored)).not.toContain(key.slice(3, -4));
});

test("masked it shows the last four characters", () => {
  expect(maskStreamKey("7x2q")).toBe("••••••••••••7x2q");
});
