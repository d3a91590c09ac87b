import { expect, test } from "vitest";
import { parseRealtime } from "./message.ts";

const binary = (...bytes: number[]): ArrayBuffer => new Uint8Array(bytes).buffer;

test("binary frames are named by their first byte, key frames carry its high bit", () => {
  expect(parseRealtime(binary(1, 9))).toEqual({ type: "init", kind: "video", bytes: new Uint8Array([9]) });
  expect(parseRealtime(binary(2, 9))).toEqual({ type: "init", kind: "audio", bytes: new Uint8Array([9]) });
  expect(parseRealtime(binary(0x83, 9))).toEqual({ type: "media", kind: "video", bytes: new Uint8Array([9]) });
  expect(parseRealtime(binary(3))).toEqual({ type: "media", kind: "video", bytes: new Uint8Array() });
  expect(parseRealtime(binary(4, 9))).toEqual({ type: "media", kind: "audio", bytes: new Uint8Array([9]) });
});

test("tracks say what the show has", () => {
  const text = '{"type":"tracks","epoch":1,"wallZeroMs":5,"video":{"heightPx":720},"audio":null}';
  expect(parseRealtime(text)).toEqual({ type: "tracks", tracks: ["video"], heightPx: 720, wallZeroMs: 5 });
});

test.each(["skipped", "handover", "end"])("%s", (type) => {
  expect(parseRealtime(JSON.stringify({ type }))).toEqual({ type });
});

test("what is not known is left out", () => {
  for (const data of ["", "null", "{", '{"type":"new"}', 7, binary(), binary(9, 1)]) {
    expect(parseRealtime(data)).toBeUndefined();
  }
});
