import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import S3rver from "s3rver";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { parseBlobsUrl } from "../lib/blobs-url.ts";
import { blobsContract } from "../ports/blobs.contract.ts";
import { openBlobs } from "./open-blobs.ts";

const KEYS = { BLOBS_ACCESS_KEY_ID: "S3RVER", BLOBS_SECRET_ACCESS_KEY: "S3RVER" };
let server: S3rver;
let dir: string;
let endpoint: string;
let spaces = 0;

beforeAll(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), "rostrum-s3-"));
  server = new S3rver({
    address: "127.0.0.1",
    port: 0,
    silent: true,
    directory: dir,
    configureBuckets: [{ name: "rostrum", configs: [] }],
  });
  endpoint = `http://127.0.0.1:${(await server.run()).port}`;
});
afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(() => {
  spaces += 1;
});

const open = (url: string, keys: object = KEYS) => openBlobs({ DATA_DIR: dir, BLOBS_URL: url, ...keys });

// A prefix of its own stands for an empty store.
blobsContract(() => open(`s3://rostrum/test-${spaces}?endpoint=${endpoint}`));

test("a store below a prefix sees nothing of what is beside it", async () => {
  const [one, other] = [
    await open(`s3://rostrum/one?endpoint=${endpoint}`),
    await open(`s3://rostrum/one2?endpoint=${endpoint}`),
  ];
  await other.put("a", Buffer.from("1"), "text/plain");
  await one.removeAll("");
  expect(await one.get("a")).toBeNull();
  const found = await other.get("a");
  expect(found?.info.bytes).toBe(1);
  found?.body.destroy();
  await Promise.all([one.close(), other.close()]);
});

test("a list of more than a thousand blobs is whole", async () => {
  const blobs = await open(`s3://rostrum/many?endpoint=${endpoint}`);
  for (let n = 0; n < 1050; n += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, i) => blobs.put(`k${n + i}`, Buffer.from("x"), "text/plain")));
  }
  const count = async (): Promise<number> => {
    let found = 0;
    for await (const _ of blobs.list("")) found += 1;
    return found;
  };
  expect(await count()).toBe(1050);
  await blobs.removeAll("");
  expect(await count()).toBe(0);
  await blobs.close();
});

test("a store that does not remove several blobs by one request is asked for each", async () => {
  const asked: string[] = [];
  // In front of the store: what it is asked goes through, but for the one request.
  const front = createServer((incoming, answer) => {
    const { method = "", url = "", headers } = incoming;
    const { pathname, searchParams } = new URL(url, endpoint);
    const isSeveral = method === "POST" && searchParams.has("delete");
    asked.push(isSeveral ? "several" : `${method} ${pathname}`);
    if (isSeveral) {
      incoming.resume().on("end", () => {
        answer.writeHead(501, { "content-type": "application/xml" });
        answer.end("<Error><Code>NotImplemented</Code><Message>not here</Message></Error>");
      });
      return;
    }
    const onward = request(new URL(url, endpoint), { method, headers }, (came) => {
      answer.writeHead(came.statusCode ?? 500, came.headers);
      came.pipe(answer);
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => void front.listen(0, "127.0.0.1", resolve));
  const { port } = front.address() as AddressInfo;
  const blobs = await open(`s3://rostrum/single?endpoint=http://127.0.0.1:${port}`);
  try {
    for (const folder of ["a", "b"]) {
      for (const key of ["1", "2"]) await blobs.put(`${folder}/${key}`, Buffer.from("x"), "text/plain");
    }
    await blobs.removeAll("a/");
    await blobs.removeAll("b/");
    // A request may be tried again; each blob is asked for.
    expect(new Set(asked.filter((one) => one.startsWith("DELETE"))).size).toBe(4);
    expect(asked.filter((one) => one === "several")).toHaveLength(1);
    for await (const { key } of blobs.list("")) expect(key).toBeNull();
  } finally {
    await blobs.close();
    front.closeAllConnections();
    await new Promise((resolve) => front.close(resolve));
  }
});

test("a bucket that is not there is named", async () => {
  await expect(open(`s3://missing?endpoint=${endpoint}`)).rejects.toThrow(
    /^BLOBS_URL cannot be used: there is no bucket "missing" at 127\.0\.0\.1:\d+; create it, or name another\.$/,
  );
});

test("a key that the store does not know is refused, and its secret is not told", async () => {
  const keys = { BLOBS_ACCESS_KEY_ID: "NOBODY", BLOBS_SECRET_ACCESS_KEY: "hunter2hunter2" };
  const error: unknown = await open(`s3://rostrum?endpoint=${endpoint}`, keys).catch((cause: unknown) => cause);
  expect(String(error)).toMatch(/does not know the access key, .* \(InvalidAccessKeyId\); check BLOBS_ACCESS_KEY_ID/);
  expect(String(error)).not.toContain("hunter2");
});

test("a store that does not answer is named", async () => {
  await expect(open("s3://rostrum?endpoint=http://127.0.0.1:1")).rejects.toThrow(
    "BLOBS_URL cannot be used: 127.0.0.1:1 cannot be reached (ECONNREFUSED).",
  );
});

test.each([
  ["http://bucket", "must be a URL that begins with s3:// or file://"],
  ["s3://key:secret@bucket", "must not contain keys: set BLOBS_ACCESS_KEY_ID and BLOBS_SECRET_ACCESS_KEY instead"],
  ["s3://", "must name a bucket: s3://bucket or s3://bucket/prefix"],
  ["s3://bucket/Up per", "the prefix may have lower-case letters, digits, dots, dashes and underscores"],
  ["s3://bucket?endpoint=ftp://x", "its endpoint must begin with http:// or https://"],
  ["s3://bucket?acl=public", 'does not know "acl"; endpoint and region may be given'],
  ["file://host/x", "must name a folder of this machine: file:///srv/blobs"],
])("%s is refused", (url, why) => {
  expect(parseBlobsUrl(url)).toBe(why);
});

test("where blobs are kept, as the URL says", () => {
  expect(parseBlobsUrl("s3://shows/eu/a?endpoint=https://s3.example.org&region=eu-1")).toEqual({
    kind: "s3",
    bucket: "shows",
    prefix: "eu/a/",
    endpoint: "https://s3.example.org",
    region: "eu-1",
  });
  expect(parseBlobsUrl("file:///srv/blobs")).toEqual({ kind: "disk", dir: "/srv/blobs" });
});
