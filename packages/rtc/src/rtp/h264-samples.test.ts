/** H.264 between RTP and the media plane. */
import { readFileSync } from "node:fs";
import * as avc from "@rostrum/media/codec/avc";
import { parseInit } from "@rostrum/media/fmp4/init";
import { Fmp4Reader } from "@rostrum/media/fmp4/reader";
import type { Sample } from "@rostrum/media/sample";
import { expect, test } from "vitest";
import { packetizeH264 } from "./h264.ts";
import { H264Samples, packetizeAvcSample, parseSpropParameterSets } from "./h264-samples.ts";
import { hex } from "./testing.ts";

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../../media/fixtures/${name}`, import.meta.url)));

// 64x36, as x264 wrote them.
const SPS = hex("6764000aacd9447f9f0110000003001000000303c0f1225960");
const PPS = hex("68ebe3cb22c0");
const IDR = hex("6588840040");
const SLICE = hex("419a0102");

const map = (samples: H264Samples, nals: readonly Uint8Array[], ticks: number) =>
  samples.map(packetizeH264(nals, 1_200), ticks);

test("the first key frame brings the track, what follows are samples of it", () => {
  const samples = new H264Samples();
  const first = map(samples, [hex("0910"), SPS, PPS, IDR], 0);
  expect(first.track).toMatchObject({
    kind: "video",
    codec: "avc",
    codecs: "avc1.64000a",
    timescale: 90_000,
    widthPx: 64,
    heightPx: 36,
  });
  // The delimiter is left out, the parameter sets stay.
  const data = avc.joinNals([SPS, PPS, IDR]);
  expect(first.sample).toEqual({ kind: "video", pts: 0, dts: 0, duration: 0, keyframe: true, data });
  const second = map(samples, [SLICE], 3_000);
  expect(second.track).toBeUndefined();
  expect(second.sample).toMatchObject({ pts: 3_000, keyframe: false, data: avc.joinNals([SLICE]) });
  expect(map(samples, [SPS, PPS, IDR], 6_000)).toMatchObject({ sample: { keyframe: true } });
  expect(map(samples, [SPS, PPS, IDR], 6_000).track).toBeUndefined();
});

test("changed parameter sets are another track", () => {
  const samples = new H264Samples();
  map(samples, [SPS, PPS, IDR], 0);
  const other = new Uint8Array(PPS);
  other[3] = 0xca;
  const { track } = map(samples, [SPS, other, IDR], 3_000);
  expect(avc.parseAvcConfig(track!.description).pps).toEqual([other]);
  // Also when only one of them comes.
  expect(map(samples, [PPS, IDR], 6_000).track).toBeDefined();
});

test("parameter sets may come ahead of the picture, or out of band", () => {
  const samples = new H264Samples();
  expect(map(samples, [IDR], 0)).toEqual({ dropped: "no parameter sets came yet" });
  const { track, sample } = map(samples, [SPS, PPS], 0);
  expect(track).toBeDefined();
  expect(sample).toBeUndefined();
  expect(map(samples, [IDR], 0).sample).toBeDefined();
  expect(map(new H264Samples({ sps: [SPS], pps: [PPS] }), [IDR], 0)).toMatchObject({
    track: { widthPx: 64 },
    sample: { keyframe: true },
  });
});

test.each([
  ["no payload", []],
  ["a broken payload", [hex("7c4588")]],
])("%s is dropped in words", (_, payloads) => {
  expect(new H264Samples().map(payloads, 0).dropped).toMatch(/H\.264/);
});

test("a broken SPS is dropped in words, and the next good one is taken", () => {
  const samples = new H264Samples();
  expect(map(samples, [SPS.subarray(0, 6), PPS, IDR], 0).dropped).toMatch(/H\.264 §7\.3/);
  expect(map(samples, [SPS, PPS, IDR], 0).sample).toBeDefined();
});

test("more parameter sets than a stream has are dropped", () => {
  expect(map(new H264Samples(), [...Array.from({ length: 9 }, () => SPS), PPS, IDR], 0).dropped).toMatch(/more than 8/);
  const long = new Uint8Array(5_000).fill(0x68);
  expect(map(new H264Samples(), [SPS, long, IDR], 0).dropped).toMatch(/longer than/);
});

test("filler alone is nothing", () => {
  const samples = new H264Samples({ sps: [SPS], pps: [PPS] });
  expect(map(samples, [hex("0cff80")], 0)).toEqual({});
});

test("the track does not hold on to the received packet", () => {
  const samples = new H264Samples();
  const packet = Buffer.from([...packetizeH264([SPS, PPS], 1_200)[0]!]);
  const { track } = samples.map([packet], 0);
  packet.fill(0);
  expect(avc.parseAvcConfig(track!.description).sps).toEqual([SPS]);
  expect(samples.map([IDR], 0).sample).toBeDefined();
});

test("samples of a file come back through packets as they were", () => {
  const bytes = fixture("avc.mp4");
  const track = parseInit(bytes);
  const config = avc.parseAvcConfig(track.description);
  const samples = samplesOf(bytes);
  expect(samples.length).toBeGreaterThan(2);
  const mapper = new H264Samples();
  for (const sample of samples) {
    const payloads = packetizeAvcSample(sample, config, 100);
    expect(Math.max(...payloads.map((payload) => payload.length))).toBeLessThanOrEqual(100);
    const found = mapper.map(payloads, sample.pts);
    const nals = avc.splitNals(sample.data, config.nalLengthBytes);
    const expected = sample.keyframe ? [...config.sps, ...config.pps, ...nals] : nals;
    expect(avc.splitNals(found.sample!.data, 4)).toEqual(expected);
    expect(found.sample!.keyframe).toBe(sample.keyframe);
  }
});

test("a key frame that has its parameter sets does not get them twice", () => {
  const config = avc.parseAvcConfig(avc.buildAvcConfig([SPS], [PPS]));
  const sample: Sample = {
    kind: "video",
    pts: 0,
    dts: 0,
    duration: 0,
    keyframe: true,
    data: avc.joinNals([SPS, PPS, IDR]),
  };
  expect(packetizeAvcSample(sample, config, 1_200)).toEqual(packetizeH264([SPS, PPS, IDR], 1_200));
  const bare = { ...sample, data: avc.joinNals([hex("0910"), IDR]) };
  expect(packetizeAvcSample(bare, config, 1_200)).toEqual(packetizeH264([SPS, PPS, IDR], 1_200));
});

test("parameter sets of a description", () => {
  const value = [SPS, PPS].map((set) => Buffer.from(set).toString("base64")).join(", ");
  expect(parseSpropParameterSets(value)).toEqual({ sps: [SPS], pps: [PPS] });
  expect(parseSpropParameterSets("")).toEqual({ sps: [], pps: [] });
  expect(parseSpropParameterSets("!,Z,Zw=a,====,QUJD")).toEqual({ sps: [], pps: [] });
});

function samplesOf(bytes: Uint8Array): Sample[] {
  const found: Sample[] = [];
  for (const event of new Fmp4Reader().push(bytes)) {
    if (event.type === "fragment") found.push(...event.fragment.samples);
  }
  return found;
}
