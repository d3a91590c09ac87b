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

test("recorded media has one file, also after a type that its name does not tell; one that was written beside counts", async () => {
  const blobs = createDiskBlobs(dir);
  const seen = async () => {
    const found = await blobs.get("r/1.m4s");
    found?.body.destroy();
    return [found?.info.contentType, readdirSync(path.join(dir, "r")).toSorted()];
  };
  await blobs.put("r/1.m4s", Buffer.from("1"), "video/mp4");
  expect(await seen()).toEqual(["video/mp4", ["1.m4s=body"]]);
  await blobs.put("r/1.m4s", Buffer.from("1"), "video/iso.segment");
  expect(await seen()).toEqual(["video/iso.segment", ["1.m4s=body", "1.m4s=type"]]);
  await blobs.put("r/1.m4s", Buffer.from("1"), "video/mp4");
  expect(await seen()).toEqual(["video/mp4", ["1.m4s=body"]]);
  writeFileSync(path.join(dir, "r", "1.m4s=type"), "video/mp4");
  expect((await seen())[0]).toBe("video/mp4");
});
