import { expect, test } from "vitest";
import { parseRange } from "./answer.ts";
import { parseRequest } from "./request.ts";

const none = { msn: undefined, part: undefined, skip: false };

test.each([
  ["/live/b1/index.m3u8", { kind: "multivariant", base: "" }],
  ["/livestream/b1/stream.m3u8", { kind: "multivariant", base: "../../live/b1/" }],
  ["/live/b1/v0/index.m3u8", { kind: "playlist", rendition: "v0", directives: none }],
  ["/live/b1/a0/index.m3u8?_HLS_msn=7", { kind: "playlist", rendition: "a0", directives: { ...none, msn: 7 } }],
  [
    "/live/b1/v0/index.m3u8?_HLS_msn=7&_HLS_part=0&_HLS_skip=YES",
    { kind: "playlist", rendition: "v0", directives: { msn: 7, part: 0, skip: true } },
  ],
  ["/live/b1/v0/index.m3u8?_HLS_skip=v2", { kind: "playlist", rendition: "v0", directives: { ...none, skip: true } }],
  ["/live/b1/v0/r1-i2.mp4", { kind: "file", rendition: "v0", file: { kind: "init", name: "r1-i2" } }],
  ["/live/b1/v0/r1-12.m4s", { kind: "file", rendition: "v0", file: { kind: "segment", name: "r1-12", msn: 12 } }],
  [
    "/live/b1/v0/r1-12-3.m4s",
    { kind: "file", rendition: "v0", file: { kind: "part", name: "r1-12", msn: 12, part: 3 } },
  ],
])("%s is understood", (url, wanted) => {
  expect(parseRequest(url)).toEqual({ ok: true, request: { broadcastId: "b1", token: undefined, wanted } });
});

test("the token is in the query", () => {
  expect(parseRequest("/live/b1/index.m3u8?t=a.b%2Bc")).toMatchObject({ ok: true, request: { token: "a.b+c" } });
});

test.each([
  ["a part without a segment", "/live/b1/v0/index.m3u8?_HLS_part=1", 400],
  ["a negative number", "/live/b1/v0/index.m3u8?_HLS_msn=-1", 400],
  ["no number", "/live/b1/v0/index.m3u8?_HLS_msn=x", 400],
  ["an endless address", `/live/b1/index.m3u8?t=${"x".repeat(5000)}`, 400],
  ["a way out of the folder", "/live/../b1/index.m3u8", 404],
  ["an escaped way out", "/live/%2e%2e/index.m3u8", 404],
  ["a folder as id", "/live/b1/../../etc/index.m3u8", 404],
  ["another file", "/live/b1/v0/journal.jsonl", 404],
  ["the alias has no renditions", "/livestream/b1/v0/index.m3u8", 404],
  ["the alias has its own name", "/livestream/b1/index.m3u8", 404],
  ["nothing", "/", 404],
])("refused: %s", (_, url, status) => {
  expect(parseRequest(url)).toMatchObject({ ok: false, status });
});

test.each([
  [undefined, undefined],
  ["bytes=0-9", { first: 0, last: 9 }],
  ["bytes=90-", { first: 90, last: 99 }],
  ["bytes=-10", { first: 90, last: 99 }],
  ["bytes=50-1000", { first: 50, last: 99 }],
  ["bytes=-1000", { first: 0, last: 99 }],
  ["bytes=100-", "unsatisfiable"],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=9-3", undefined],
  ["bytes=0-1,5-6", undefined],
  ["lines=1-2", undefined],
])("range %s of 100 bytes", (header, expected) => {
  expect(parseRange(header, 100)).toEqual(expected);
});
