import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import S3rver from "s3rver";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openBlobs } from "../../adapters/open-blobs.ts";
import { show, tracks } from "../deliver/testing.ts";
import { journaled, leftOver, recorded, SHOW, startNode, when } from "./testing.ts";

vi.setConfig({ testTimeout: 120_000 });
const KEYS = { BLOBS_ACCESS_KEY_ID: "S3RVER", BLOBS_SECRET_ACCESS_KEY: "S3RVER" };
let server: S3rver;
let dir: string;
let url: string;
beforeAll(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), "rostrum-record-s3-"));
  server = new S3rver({
    address: "127.0.0.1",
    port: 0,
    silent: true,
    directory: dir,
    configureBuckets: [{ name: "rostrum", configs: [] }],
  });
  url = `s3://rostrum/media?endpoint=http://127.0.0.1:${(await server.run()).port}`;
});
afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});

test("a show is recorded into an S3 store", async () => {
  const store = await openBlobs({ DATA_DIR: dir, BLOBS_URL: url, ...KEYS });
  await using node = await startNode({ wrap: () => store });
  await node.feed([tracks(), ...show({ gopFrames: 60, seconds: 9 })]);
  await node.origin.end(SHOW);
  await when(() => node.rows.stored !== undefined && leftOver(node.dir).length === 0);
  expect((await recorded(store)).toSorted()).toEqual(journaled(node.dir).toSorted());
  await store.close();
});
