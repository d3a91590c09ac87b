/** Configuration records of x264 and x265 against what ffprobe says about the same files. */
import { expect, test } from "vitest";
import { MalformedError } from "../errors.ts";
import { videoTrack } from "../track-from-config.ts";
import * as avc from "./avc.ts";
import * as hevc from "./hevc.ts";

type Row = Readonly<{
  codec: "avc" | "hevc";
  name: string;
  record: string;
  codecs: string;
  widthPx: number;
  heightPx: number;
  frameRate: number | undefined;
  sar: string;
  chroma: string;
  depth: number;
  interlaced: boolean;
  reorderFrames: number;
  range: "pc" | "tv" | "unknown";
  colour: Readonly<{ primaries: number; transfer: number; matrix: number }> | undefined;
}>;

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

// `record` is the avcC or hvcC payload as FFmpeg wrote it (hvcC without its SEI), the other columns are ffprobe's answers.
// prettier-ignore
const ROWS: readonly Row[] = [
  { codec: "avc", name: "640x360 baseline 30", record: "0142c01effe100196742c01ed900a02ff970110000030001000003003c0f162e4801000568cb83cb20", codecs: "avc1.42c01e", widthPx: 640, heightPx: 360, frameRate: 30, sar: "1:1", chroma: "4:2:0", depth: 8, interlaced: false, reorderFrames: 0, range: "unknown", colour: undefined },
  { codec: "avc", name: "1920x1080 high 60, cropped from 1088, three B-frames", record: "0164002affe1001b6764002aacd940780227e5c044000003000400000301e03c60c65801000668ebe3cb22c0fdf8f800", codecs: "avc1.64002a", widthPx: 1920, heightPx: 1080, frameRate: 60, sar: "1:1", chroma: "4:2:0", depth: 8, interlaced: false, reorderFrames: 2, range: "unknown", colour: undefined },
  { codec: "avc", name: "854x480 main 29.97", record: "014d401fffe10017674d401feca06c1ef37808800001f480007530078c18cb01000568ebe3cb20", codecs: "avc1.4d401f", widthPx: 854, heightPx: 480, frameRate: 30000 / 1001, sar: "1:1", chroma: "4:2:0", depth: 8, interlaced: false, reorderFrames: 2, range: "unknown", colour: undefined },
  { codec: "avc", name: "426x240 23.976", record: "01640015ffe1001867640015acd941b1fe4f011000003e90000bb800f162d96001000668ebe3cb22c0fdf8f800", codecs: "avc1.640015", widthPx: 426, heightPx: 240, frameRate: 24000 / 1001, sar: "1:1", chroma: "4:2:0", depth: 8, interlaced: false, reorderFrames: 2, range: "unknown", colour: undefined },
  { codec: "avc", name: "130x98, cropped on both sides", record: "0164000bffe1001a6764000bacd9424fe2223011000003000100000300320f14299601000668ebe3cb22c0fdf8f800", codecs: "avc1.64000b", widthPx: 130, heightPx: 98, frameRate: 25, sar: "1:1", chroma: "4:2:0", depth: 8, interlaced: false, reorderFrames: 2, range: "unknown", colour: undefined },
  { codec: "avc", name: "720x576 interlaced, 16:9 by its sample aspect ratio", record: "0164001effe1001c6764001eacd940b424dff8020001688000000300800000190f8a14cb01000668fba3cb22c0fdf8f800", codecs: "avc1.64001e", widthPx: 720, heightPx: 576, frameRate: 25, sar: "64:45", chroma: "4:2:0", depth: 8, interlaced: true, reorderFrames: 2, range: "unknown", colour: undefined },
  { codec: "avc", name: "10 bit 4:2:2", record: "017a001fffe1001b677a001fb6cd940a02ff89c044000003000400000301903c60c65801000668ebe3cb22c0fefafa00", codecs: "avc1.7a001f", widthPx: 640, heightPx: 360, frameRate: 50, sar: "1:1", chroma: "4:2:2", depth: 10, interlaced: false, reorderFrames: 2, range: "unknown", colour: undefined },
  { codec: "avc", name: "4:4:4 with lossless transform bypass", record: "01f4000dffe1001a67f4000d91d6405067e370110000030001000003003c0f142a4801000568ebc06bcbfff8f800", codecs: "avc1.f4000d", widthPx: 320, heightPx: 180, frameRate: 30, sar: "1:1", chroma: "4:4:4", depth: 8, interlaced: false, reorderFrames: 0, range: "unknown", colour: undefined },
  { codec: "avc", name: "monochrome", record: "0164000dffe100196764000df36505067e37016c80000003008000001e078a14cb01000668ebe3cb22c0fcf8f800", codecs: "avc1.64000d", widthPx: 320, heightPx: 180, frameRate: 30, sar: "1:1", chroma: "4:0:0", depth: 8, interlaced: false, reorderFrames: 2, range: "pc", colour: undefined },
  { codec: "avc", name: "own scaling lists and HRD", record: "0164001effe100256764001eacd940a02ff970110000030001000003003c602001e840007a13930c01e2c5b2c001000668ebecb3002cfdf8f800", codecs: "avc1.64001e", widthPx: 640, heightPx: 360, frameRate: 30, sar: "1:1", chroma: "4:2:0", depth: 8, interlaced: false, reorderFrames: 2, range: "unknown", colour: undefined },
  { codec: "avc", name: "full range BT.709", record: "0164001effe1001e6764001eacd940a02ff97016e0202028000003000800000301e078b16cb001000668ebe3cb22c0fdf8f800", codecs: "avc1.64001e", widthPx: 640, heightPx: 360, frameRate: 30, sar: "1:1", chroma: "4:2:0", depth: 8, interlaced: false, reorderFrames: 2, range: "pc", colour: { primaries: 1, transfer: 1, matrix: 1 } },
  { codec: "avc", name: "variable rate on a clock of 90 kHz", record: "0164001effe100196764001eacd940a02ff9701100000300010002bf200f162d9601000668ebe3cb22c0fdf8f800", codecs: "avc1.64001e", widthPx: 640, heightPx: 360, frameRate: undefined, sar: "1:1", chroma: "4:2:0", depth: 8, interlaced: false, reorderFrames: 2, range: "unknown", colour: undefined },
  { codec: "hevc", name: "640x360 30", record: "0101600000009000000000003ff000fcfdf8f800000f03200001001840010c01ffff01600000030090000003000003003f959809210001002a42010101600000030090000003000003003fa00502016965959a4932bc05a020000003002000000303c122000100074401c172b46240", codecs: "hvc1.1.6.L63.90", widthPx: 640, heightPx: 360, frameRate: 30, sar: "1:1", chroma: "4:2:0", depth: 8, interlaced: false, reorderFrames: 2, range: "tv", colour: undefined },
  { codec: "hevc", name: "1920x1080 main 10, 59.94", record: "0102200000009000000000007bf000fcfdfafa00000f03200001001840010c01ffff02200000030090000003000003007b959809210001002a42010102200000030090000003000003007ba003c08010e4d96566924caf01680800001f48000753004022000100074401c172b46240", codecs: "hvc1.2.4.L123.90", widthPx: 1920, heightPx: 1080, frameRate: 60000 / 1001, sar: "1:1", chroma: "4:2:0", depth: 10, interlaced: false, reorderFrames: 2, range: "tv", colour: undefined },
  { codec: "hevc", name: "426x240 23.976", record: "0101600000009000000000003cf000fcfdf8f800000f03200001001840010c01ffff01600000030090000003000003003c959809210001002942010101600000030090000003000003003ca00d880f1c9e5959a4932bc05a02000007d20000bb801022000100074401c172b46240", codecs: "hvc1.1.6.L60.90", widthPx: 426, heightPx: 240, frameRate: 24000 / 1001, sar: "1:1", chroma: "4:2:0", depth: 8, interlaced: false, reorderFrames: 2, range: "tv", colour: undefined },
  { codec: "hevc", name: "130x98, conformance window on both sides", record: "0101600000009000000000001ef000fcfdf8f800000f03200001001840010c01ffff01600000030090000003000003001e959809210001002b42010101600000030090000003000003001ea0112069c9265959a4932bc05a02000003000200000300321022000100074401c172b46240", codecs: "hvc1.1.6.L30.90", widthPx: 130, heightPx: 98, frameRate: 25, sar: "1:1", chroma: "4:2:0", depth: 8, interlaced: false, reorderFrames: 2, range: "tv", colour: undefined },
  { codec: "hevc", name: "4:2:2 12 bit", record: "0104080000009908000000003ff000fcfefcfc00000f03200001001740010c01ffff040800000300990800000300003f959809210001002a420101040800000300990800000300003fb00502016914a5959a4932bc05a0200000030020000003032122000100074401c172b46240", codecs: "hvc1.4.10.L63.99.8", widthPx: 640, heightPx: 360, frameRate: 25, sar: "1:1", chroma: "4:2:2", depth: 12, interlaced: false, reorderFrames: 2, range: "tv", colour: undefined },
  { codec: "hevc", name: "4:4:4", record: "0104080000009e08000000003cf000fcfff8f800000f03200001001740010c01ffff0408000003009e0800000300003c95980921000100294201010408000003009e0800000300003c9001410173e5cb2b349265780b404000000300400000064222000100084401c172860c4624", codecs: "hvc1.4.10.L60.9E.8", widthPx: 320, heightPx: 180, frameRate: 25, sar: "1:1", chroma: "4:4:4", depth: 8, interlaced: false, reorderFrames: 2, range: "tv", colour: undefined },
  { codec: "hevc", name: "720x576, 16:9 by its sample aspect ratio", record: "0101600000009000000000005af000fcfdf8f800000f03200001001840010c01ffff01600000030090000003000003005a959809210001002f42010101600000030090000003000003005aa005a20090596566924cafff0040002d6808000003000800000300c84022000100074401c172b46240", codecs: "hvc1.1.6.L90.90", widthPx: 720, heightPx: 576, frameRate: 25, sar: "64:45", chroma: "4:2:0", depth: 8, interlaced: false, reorderFrames: 2, range: "tv", colour: undefined },
  { codec: "hevc", name: "scaling lists, HRD, two temporal layers", record: "0101600000009000000000007bf000fcfdf8f800001303200001001c40010c02ffff01600000030090000003000003007b00009598acc048210001003e42010201600000030090000003000003007b0000a005020169659598acd249caf0168080000003008000000f30064b37000f420003d09f000f420003d09922000100074401c172b46240", codecs: "hvc1.1.6.L123.90", widthPx: 640, heightPx: 360, frameRate: 30, sar: "1:1", chroma: "4:2:0", depth: 8, interlaced: false, reorderFrames: 2, range: "tv", colour: undefined },
  { codec: "hevc", name: "full range BT.2020 PQ", record: "0102200000009000000000003ff000fcfdfafa00000f03200001001840010c01ffff02200000030090000003000003003f959809210001002e42010102200000030090000003000003003fa005020169365959a4932bc05b848804820000030002000003003c1022000100074401c172b46240", codecs: "hvc1.2.4.L63.90", widthPx: 640, heightPx: 360, frameRate: 30, sar: "1:1", chroma: "4:2:0", depth: 10, interlaced: false, reorderFrames: 2, range: "pc", colour: { primaries: 9, transfer: 16, matrix: 9 } },
];

test.each(ROWS)("$codec: $name", ({ codec, record, ...expected }) => {
  const bytes = hex(record);
  const track = videoTrack(codec, bytes, 90_000);
  expect(track).toMatchObject({
    codec,
    codecs: expected.codecs,
    widthPx: expected.widthPx,
    heightPx: expected.heightPx,
    timescale: 90_000,
    description: bytes,
  });
  if (expected.frameRate === undefined) expect(track.frameRate).toBeUndefined();
  else expect(track.frameRate).toBeCloseTo(expected.frameRate, 6);

  const sps =
    codec === "avc"
      ? avc.parseSps(avc.parseAvcConfig(bytes).sps[0]!)
      : hevc.parseSps(hevc.parseHevcConfig(bytes).sps[0]!);
  expect({
    sar: `${sps.sarWidth}:${sps.sarHeight}`,
    chroma: sps.chroma,
    depth: sps.bitDepthLuma,
    interlaced: sps.interlaced,
    reorderFrames: sps.reorderFrames,
    fullRange: sps.fullRange === true,
    colour: sps.colour,
  }).toEqual({
    sar: expected.sar,
    chroma: expected.chroma,
    depth: expected.depth,
    interlaced: expected.interlaced,
    reorderFrames: expected.reorderFrames,
    fullRange: expected.range === "pc",
    colour: expected.colour,
  });
});

test.each(ROWS.filter(({ codec }) => codec === "avc"))(
  "avcC is rebuilt from its parameter sets: $name",
  ({ record }) => {
    const { sps, pps } = avc.parseAvcConfig(hex(record));
    expect(Buffer.from(avc.buildAvcConfig(sps, pps)).toString("hex")).toBe(record);
  },
);

test.each(ROWS.filter(({ codec }) => codec === "hevc"))(
  "hvcC is rebuilt from its parameter sets: $name",
  ({ record }) => {
    const original = hevc.parseHevcConfig(hex(record));
    const built = hevc.buildHevcConfig(original.vps, original.sps, original.pps);
    expect(hevc.parseHevcConfig(built)).toEqual(original);
    expect(hevc.hevcCodecString(built)).toBe(hevc.hevcCodecString(hex(record)));
  },
);

test("a variable rate's clock is seen in the SPS but is no frame rate of the track", () => {
  const row = ROWS.find(({ name }) => name.startsWith("variable rate"))!;
  const sps = avc.parseSps(avc.parseAvcConfig(hex(row.record)).sps[0]!);
  expect(sps).toMatchObject({ frameRate: 90_000, fixedFrameRate: false });
});

test.each(ROWS.slice(0, 1).concat(ROWS.filter(({ codec }) => codec === "hevc").slice(0, 1)))(
  "every cut of a $codec record is malformed or complete, never another error",
  ({ codec, record }) => {
    const bytes = hex(record);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => videoTrack(codec, bytes.subarray(0, length), 90_000)).toThrow(MalformedError);
    }
  },
);

test("parameter sets for a record are refused when there is none of a kind", () => {
  const { sps, pps } = avc.parseAvcConfig(hex(ROWS[0]!.record));
  expect(() => avc.buildAvcConfig([], pps)).toThrow(RangeError);
  expect(() => avc.buildAvcConfig(sps, [])).toThrow(RangeError);
  expect(() => hevc.buildHevcConfig([], sps, pps)).toThrow(RangeError);
  expect(() => avc.buildAvcConfig([hevc.parseHevcConfig(hex(ROWS.at(-1)!.record)).sps[0]!], pps)).toThrow(
    MalformedError,
  );
});
