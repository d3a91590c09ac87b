import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newId, newSecret } from "./ids.ts";
import { openSecrets } from "./secrets.ts";
import { StartError } from "./start-error.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), "rostrum-secrets-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("a damaged file is refused in a sentence and left as it is", () => {
  const file = path.join(dir, "secrets.json");
  writeFileSync(file, "{}");
  expect(() => openSecrets(dir)).toThrow(StartError);
  expect(() => openSecrets(dir)).toThrow(/secrets\.json is damaged: restore it from a backup/);
  expect(readFileSync(file, "utf8")).toBe("{}");
});

test("what was sealed opens only whole, in its context, and with its key", () => {
  const secrets = openSecrets(dir);
  const sealed = secrets.seal("rk_secret", "stream_key:a:primary");
  expect(() => secrets.unseal(sealed, "stream_key:b:primary")).toThrow();
  expect(() => secrets.unseal(`${sealed.slice(0, -4)}AAAA`, "stream_key:a:primary")).toThrow();
  expect(() => secrets.unseal("v1.", "stream_key:a:primary")).toThrow();
  const other = mkdtempSync(path.join(os.tmpdir(), "rostrum-secrets-"));
  expect(() => openSecrets(other).unseal(sealed, "stream_key:a:primary")).toThrow();
  rmSync(other, { recursive: true });
  expect(secrets.unseal(sealed, "stream_key:a:primary")).toBe("rk_secret");
  expect(secrets.seal("rk_secret", "stream_key:a:primary")).not.toBe(sealed);
});

test("secrets are made once, for their owner's eyes only, and stay", () => {
  const first = openSecrets(dir);
  const again = openSecrets(dir);
  expect(statSync(path.join(dir, "secrets.json")).mode & 0o777).toBe(0o600);
  expect(again.signingKeyPem).toBe(first.signingKeyPem);
  expect(again.lookupHash("stream_key", "x")).toBe(first.lookupHash("stream_key", "x"));
  expect(first.lookupHash("stream_key", "x")).not.toBe(first.lookupHash("other", "x"));
});

test("ids sort by creation and fit the contract; secrets have their length", () => {
  const ids = [1, 1000, Date.now(), Date.now() + 1, 2 ** 49].map((atMs) => newId(atMs));
  expect(ids.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(ids);
  for (const id of ids) expect(id).toMatch(/^[0-9a-hjkmnp-tv-z]{20}$/);
  expect([newSecret(20).length, newSecret(32).length]).toEqual([32, 51]);
});
