/** AV1 and VP9 records as FFmpeg writes them. */
import { expect, test } from "vitest";
import { MalformedError, UnsupportedError } from "../errors.ts";
import { videoTrack } from "../track-from-config.ts";
import { parseAv1Config } from "./av1.ts";
import { parseVp9Config, parseVp9KeyframeSize } from "./vp9.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

test.each([
  ["libaom, 8 bit", "81010c000a0b0000000cc4ff6736be4010", 640, 360, "av01.0.01M.08"],
  ["SVT-AV1, 10 bit", "81004c000a0b000000043ea7bc02f84040", 426, 240, "av01.0.00M.10"],
])("av1C of %s", (_, record, widthPx, heightPx, codecs) => {
  expect(videoTrack("av1", hex(record), 1000)).toMatchObject({ widthPx, heightPx, codecs, frameRate: undefined });
});

test("av1C without sequence header needs the size from outside", () => {
  const record = hex("81010c00");
  expect(parseAv1Config(record).size).toBeUndefined();
  expect(() => videoTrack("av1", record, 1000)).toThrow(UnsupportedError);
  expect(videoTrack("av1", record, 1000, { widthPx: 64, heightPx: 36 })).toMatchObject({ widthPx: 64, heightPx: 36 });
});

test.each([
  ["8 bit 4:2:0", "0015820202020000", { profile: 0, level: 21, bitDepth: 8 }, "vp09.00.21.08"],
  ["10 bit 4:4:4", "030ba60202020000", { profile: 3, level: 11, bitDepth: 10 }, "vp09.03.11.10"],
])("vpcC of %s, with and without version and flags", (_, record, config, codecs) => {
  const size = { widthPx: 640, heightPx: 360 };
  for (const bytes of [hex(record), hex(`01000000${record}`)]) {
    expect(parseVp9Config(bytes)).toMatchObject(config);
    expect(videoTrack("vp9", bytes, 1000, size)).toMatchObject({ ...size, codecs, description: hex(record) });
  }
  expect(() => videoTrack("vp9", hex(record), 1000)).toThrow(UnsupportedError);
});

test("a VP9 keyframe says its size, another frame does not, noise is malformed", () => {
  expect(parseVp9KeyframeSize(hex("824983420027f016760438241c184a10"))).toEqual({ widthPx: 640, heightPx: 360 });
  expect(parseVp9KeyframeSize(hex("86004092f011400400b668230dc1b75f"))).toBeUndefined();
  expect(() => parseVp9KeyframeSize(hex("00"))).toThrow(MalformedError);
  expect(() => parseVp9KeyframeSize(hex("824983"))).toThrow(MalformedError);
});
