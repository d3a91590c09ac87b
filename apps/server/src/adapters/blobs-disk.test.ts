import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { blobsContract } from "../ports/blobs.contract.ts";
import { createDiskBlobs } from "./blobs-disk.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), "rostrum-blobs-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

blobsContract(() => createDiskBlobs(dir));

test("what an earlier process left unfinished is removed at the start", async () => {
  await createDiskBlobs(dir).put("a", Buffer.from("1"), "text/plain");
  writeFileSync(path.join(dir, "=drafts", "left"), "half");
  const blobs = createDiskBlobs(dir);
  expect(readdirSync(path.join(dir, "=drafts"))).toEqual([]);
  const found = await blobs.get("a");
  expect(found?.info.bytes).toBe(1);
  found?.body.destroy();
});
