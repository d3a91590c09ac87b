import { concat } from "@rostrum/media/bytes";
import * as avc from "@rostrum/media/codec/avc";
import { UnsupportedError } from "@rostrum/media/errors";
import { expect, test } from "vitest";
import type { SourceEvent } from "../source-event.ts";
import { SampleMapper } from "./map-samples.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

// Records as x264, x265, SVT-AV1 and libvpx write them.
const SPS_180 = "6742c00cda05067e7c0440000003004000000ca3c50aa8";
const SPS_360 = "6742c01eda0280bfe5c044000003000400000300ca3c58ba80";
const PPS = "68ce0fc8";
const AVCC_180 = `0142c00cffe10017${SPS_180}010004${PPS}`;
const AVCC_360 = `0142c01effe10019${SPS_360}010004${PPS}`;
const HVCC_VPS = "40010c01ffff01600000030090000003000003003c959409";
const HVCC_SPS_180 = "42010101600000030090000003000003003ca00a080c1f3e595952930bc05a020000030002000003003210";
const HVCC_PPS = "4401c073c189";
const HVCC_180 = `0101600000009000000000003cf000fcfdf8f800000f03a000010018${HVCC_VPS}a10001002b${HVCC_SPS_180}a200010006${HVCC_PPS}`;
const SPS_HEVC_360 = "42010101600000030090000003000003003fa005020171f2e595952930bc05a02000003000200000300321";
const AV1C = "81000c000a0b000000043cfecc02f80040";
const VPCC = "01000000000b820202020000";
const VP9_KEY_180 = "824983420013f00b3604";
const VP9_KEY_360 = "824983420027f0167604";

const nal = (body: string): string => (body.length / 2).toString(16).padStart(8, "0") + body;
const IDR = nal("6588aabb");
const SLICE = nal("4188aabb");

/** Events of tags given as hex, 40 ms apart. */
function run(...tags: ["video" | "audio", string][]): SourceEvent[] {
  const mapper = new SampleMapper();
  return tags.flatMap(([kind, data], n) => mapper.media({ kind, timestampMs: n * 40, data: hex(data) }));
}

const dropped = (reason: unknown) => ({ type: "dropped", samples: 1, reason: expect.stringMatching(reason as RegExp) });

test.each([
  ["video before its configuration", [["video", `1701000000${IDR}`]], [dropped(/video before its configuration/)]],
  ["audio before its configuration", [["audio", "af01aa"]], [dropped(/audio before its configuration/)]],
  ["a broken record", [["video", "170000000002ff"]], [dropped(/avcC version 2/)]],
  ["a broken audio configuration", [["audio", "af00ff"]], [dropped(/./)]],
  ["a cut tag", [["video", "1701"]], [dropped(/bytes needed/)]],
] as const)("%s is dropped with its reason", (_, tags, expected) => {
  expect(run(...tags.map(([kind, data]): ["video" | "audio", string] => [kind, data]))).toEqual(expected);
});

test("a NAL unit that reaches past its frame is dropped, and the next frame is used", () => {
  const events = run(
    ["video", `1700000000${AVCC_180}`],
    ["video", "170100000000000fff65"],
    ["video", `1701000000${IDR}`],
  );
  expect(events.map((event) => event.type)).toEqual(["tracks", "dropped", "sample"]);
});

test("a frame of another codec than configured is dropped", () => {
  const events = run(["video", `1700000000${AVCC_180}`], ["video", `9368766331${IDR}`]);
  expect(events.at(-1)).toEqual(dropped(/hevc video, but the configuration is of avc/));
});

test("a codec that is not taken is the publisher's error", () => {
  expect(() => run(["audio", "2faa"])).toThrow(UnsupportedError);
});

test("tracks come with each configuration, and not again for the same one", () => {
  const events = run(
    ["audio", "af001190"],
    ["audio", "af01aa"],
    ["video", `1700000000${AVCC_180}`],
    ["video", `1701000000${IDR}`],
    ["video", `1700000000${AVCC_180}`],
    ["audio", "af001190"],
    ["video", `2701000028${SLICE}`],
    ["video", `1700000000${AVCC_360}`],
  );
  expect(events).toMatchObject([
    { type: "tracks", video: undefined, audio: { codec: "aac", timescale: 48_000, channels: 2 } },
    {
      type: "sample",
      sample: { kind: "audio", timestampMs: 40, durationTicks: 1_024, keyframe: true, data: hex("aa") },
    },
    { type: "tracks", video: { codec: "avc", widthPx: 320, heightPx: 180 }, audio: { codec: "aac" } },
    { type: "sample", sample: { kind: "video", timestampMs: 120, keyframe: true, compositionMs: 0, data: hex(IDR) } },
    { type: "sample", sample: { kind: "video", timestampMs: 240, keyframe: false, compositionMs: 40 } },
    { type: "tracks", video: { widthPx: 640, heightPx: 360 } },
  ]);
});

test("an IDR that the tag does not call a key frame is one", () => {
  const events = run(["video", `1700000000${AVCC_180}`], ["video", `2701000000${IDR}`]);
  expect(events.at(-1)).toMatchObject({ sample: { keyframe: true } });
});

test("parameter sets inside a key frame are no change when they are known, and new tracks when they are not", () => {
  const events = run(
    ["video", `1700000000${AVCC_180}`],
    ["video", `1701000000${nal(SPS_180)}${nal(PPS)}${IDR}`],
    ["video", `1701000000${nal(SPS_360)}${nal(PPS)}${IDR}`],
    ["video", `1701000000${nal(SPS_360)}${IDR}`],
  );
  expect(events.map((event) => event.type)).toEqual(["tracks", "sample", "tracks", "sample", "sample"]);
  expect(events[2]).toMatchObject({ video: { widthPx: 640, heightPx: 360, description: hex(AVCC_360) } });
});

test("NAL lengths of 2 bytes are kept with their record and widened with a record of ours", () => {
  const avcC2 = hex(AVCC_180);
  avcC2[4] = 0xfd;
  const short = (body: string): string => nal(body).slice(4);
  const mapper = new SampleMapper();
  const media = (data: Uint8Array) => mapper.media({ kind: "video", timestampMs: 0, data });
  media(concat([hex("1700000000"), avcC2]));
  expect(media(hex(`1701000000${short("6588")}`))).toMatchObject([{ sample: { data: hex("0002 6588") } }]);
  const changed = media(hex(`1701000000${short(SPS_360)}${short("6588")}`));
  expect(changed[0]).toMatchObject({ type: "tracks", video: { widthPx: 640 } });
  const data = changed[1]!.type === "sample" ? changed[1]!.sample.data : new Uint8Array();
  expect(avc.splitNals(data, 4).map(avc.nalType)).toEqual([7, 5]);
  expect(media(hex(`2701000000${short("4188")}`))).toMatchObject([{ sample: { data: hex("00000002 4188") } }]);
});

test("HEVC, with a picture size that changes inside", () => {
  const key = nal("2801ac74");
  const events = run(
    ["video", `9068766331${HVCC_180}`],
    ["video", `9168766331 000021 ${key}`],
    ["video", `9368766331${nal(SPS_HEVC_360)}${key}`],
  );
  expect(events).toMatchObject([
    { type: "tracks", video: { codec: "hevc", widthPx: 320, heightPx: 180 } },
    { type: "sample", sample: { keyframe: true, compositionMs: 33 } },
    { type: "tracks", video: { codec: "hevc", widthPx: 640, heightPx: 360 } },
    { type: "sample", sample: { keyframe: true, compositionMs: 0 } },
  ]);
});

test("AV1 loses its temporal delimiter", () => {
  const events = run(["video", `9061763031${AV1C}`], ["video", "9161763031 1200 0a0b000000043cfeccfbf90040"]);
  expect(events).toMatchObject([
    { type: "tracks", video: { codec: "av1", widthPx: 320, heightPx: 180 } },
    { type: "sample", sample: { keyframe: true, data: hex("0a0b000000043cfeccfbf90040") } },
  ]);
});

test("VP9 gets its picture size from key frames", () => {
  const events = run(
    ["video", `9076703039${VPCC}`],
    ["video", "a176703039 86"],
    ["video", `9176703039${VP9_KEY_180}`],
    ["video", `9176703039${VP9_KEY_180}`],
    ["video", `9176703039${VP9_KEY_360}`],
  );
  expect(events).toMatchObject([
    { type: "dropped", reason: "video before its first key frame" },
    { type: "tracks", video: { codec: "vp9", widthPx: 320, heightPx: 180 } },
    { type: "sample" },
    { type: "sample" },
    { type: "tracks", video: { codec: "vp9", widthPx: 640, heightPx: 360 } },
    { type: "sample" },
  ]);
});

test("Opus packets tell their own duration", () => {
  const head = "4f70757348656164010238 0180bb0000000000";
  const events = run(["audio", `904f707573${head}`], ["audio", "914f707573fcaa"], ["audio", "914f707573f8aa"]);
  expect(events).toMatchObject([
    { type: "tracks", audio: { codec: "opus", channels: 2 } },
    { type: "sample", sample: { durationTicks: 960 } },
    { type: "sample", sample: { durationTicks: 960 } },
  ]);
});

test.each([
  ["both", { framerate: 30, width: 640, audiocodecid: 10 }, 30, { video: true, audio: true }],
  ["only video", { framerate: 29.97, videocodecid: 7, audiocodecid: 0 }, 29.97, { video: true, audio: false }],
  ["only audio", { audiosamplerate: 48_000 }, undefined, { video: false, audio: true }],
  ["nothing useful", { framerate: -1, title: "x" }, undefined, undefined],
  ["an implausible rate", { framerate: 1_000, width: 1 }, undefined, { video: true, audio: false }],
])("metadata that names %s is passed on as hints", (_, values, frameRateHint, expects) => {
  const mapper = new SampleMapper();
  mapper.metadata(values);
  const [tracks] = mapper.media({ kind: "audio", timestampMs: 0, data: hex("af001190") });
  expect(tracks).toMatchObject({ type: "tracks", frameRateHint });
  expect((tracks as { expects?: unknown }).expects).toEqual(expects);
});
