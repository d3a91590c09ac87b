import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockDataDir } from "./lock.ts";
import { StoreError } from "./store-error.ts";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), "rostrum-lock-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

test("a folder that is locked is refused with the owner's number", () => {
  const lock = lockDataDir(dataDir);
  expect(() => lockDataDir(dataDir)).toThrow(
    `DATA_DIR ${dataDir} is in use by process ${process.pid}; stop it or choose another DATA_DIR.`,
  );
  lock.release();
});

test("a folder that cannot be made is refused in one sentence", () => {
  const file = path.join(dataDir, "file");
  writeFileSync(file, "");
  expect(() => lockDataDir(path.join(file, "data"))).toThrow(StoreError);
  expect(() => lockDataDir(path.join(file, "data"))).toThrow(/^DATA_DIR .* cannot be used: /);
});

test("a released folder is free; releasing twice is no error", () => {
  const first = lockDataDir(dataDir);
  first.release();
  first.release();
  lockDataDir(dataDir).release();
});

test("the note of a dead owner is in nobody's way", () => {
  writeFileSync(path.join(dataDir, "lock"), JSON.stringify({ pid: 1, hostname: os.hostname() }));
  const lock = lockDataDir(dataDir);
  expect(JSON.parse(readFileSync(path.join(dataDir, "lock"), "utf8"))).toMatchObject({ pid: process.pid });
  lock.release();
});
