import type { SourceHealth } from "@rostrum/contract/health";
import type { AudioTrack, VideoTrack } from "@rostrum/media/sample";
import { describe, expect, test } from "vitest";
import { SourceMeter } from "./meter.ts";

const video: VideoTrack = {
  kind: "video",
  codec: "avc",
  codecs: "avc1.64001f",
  timescale: 90_000,
  description: new Uint8Array([1]),
  widthPx: 1280,
  heightPx: 720,
  frameRate: undefined,
};
const audio: AudioTrack = {
  kind: "audio",
  codec: "aac",
  codecs: "mp4a.40.2",
  timescale: 44_100,
  description: new Uint8Array([0x12, 0x08]),
  sampleRateHz: 44_100,
  channels: 1,
  frameTicks: 1024,
};

type Play = Partial<{
  video: boolean;
  audio: boolean;
  fromMs: number;
  toMs: number;
  fps: number;
  gop: number;
  bFrames: boolean;
  audioLateMs: number;
  sourceMs: number;
}>;

function scene(tracks: { video?: VideoTrack; audio?: AudioTrack } = { video, audio }) {
  const meter = new SourceMeter({ kind: "primary", protocol: "rtmps", encoder: "OBS", connectedAt: new Date(0) });
  meter.push({ type: "tracks", video: tracks.video, audio: tracks.audio, frameRateHint: 30 }, 0);
  /** Pictures of 10,000 bytes, sound of 200 bytes every 20 ms; `sourceMs` is the source's clock at time 0. */
  const play = (options: Play = {}) => {
    const { fromMs = 0, toMs = 10_000, fps = 25, gop = 50, bFrames = false, audioLateMs = 0, sourceMs = 0 } = options;
    for (let atMs = fromMs; atMs < toMs; atMs += 20) {
      const frame = (atMs * fps) / 1000;
      if (options.audio !== false) {
        const timestampMs = (sourceMs + atMs - audioLateMs) >>> 0;
        const data = new Uint8Array(200);
        const sample = {
          kind: "audio",
          timestampMs,
          compositionMs: 0,
          keyframe: true,
          data,
          durationTicks: 1024,
        } as const;
        meter.push({ type: "sample", sample }, atMs);
      }
      if (options.video !== false && Number.isInteger(frame)) {
        const compositionMs = bFrames ? [0, 80, 0][frame % 3]! : 0;
        const data = new Uint8Array(10_000);
        const timestampMs = (sourceMs + atMs) >>> 0;
        const keyframe = frame % gop === 0;
        const sample = { kind: "video", timestampMs, compositionMs, keyframe, data, durationTicks: 0 } as const;
        meter.push({ type: "sample", sample }, atMs);
      }
    }
  };
  return { meter, play };
}

test("a healthy source, whole", () => {
  const { meter, play } = scene();
  play();
  expect(meter.read(10_000)).toEqual({
    kind: "primary",
    protocol: "rtmps",
    connectedAt: "1970-01-01T00:00:00.000Z",
    encoder: "OBS",
    videoCodec: "avc1.64001f",
    audioCodec: "mp4a.40.2",
    widthPx: 1280,
    heightPx: 720,
    fps: 24.8,
    nominalFps: 30,
    videoBitrateBps: 1_984_000,
    audioBitrateBps: 79_680,
    keyframeIntervalSec: 2,
    bFrames: false,
    audioSampleRateHz: 44_100,
    audioChannels: 1,
    droppedSamples: 0,
    avOffsetMs: 0,
  } satisfies SourceHealth);
});

test("before its first sample nothing is known but what was announced", () => {
  const { meter } = scene({ audio });
  expect(meter.read(500)).toMatchObject({
    videoCodec: null,
    fps: null,
    videoBitrateBps: null,
    audioBitrateBps: null,
    keyframeIntervalSec: null,
    bFrames: null,
    avOffsetMs: null,
  });
});

test.each<[string, Play, number, Partial<SourceHealth>]>([
  [
    "a second after the begin rates are over that second",
    { toMs: 1000 },
    1000,
    { fps: 25, videoBitrateBps: 2_000_000 },
  ],
  ["the picture stops", { toMs: 4000 }, 12_000, { fps: 0, videoBitrateBps: 0, audioBitrateBps: 0, avOffsetMs: null }],
  ["half the frames", { fps: 12.5 }, 10_000, { fps: 12.4, keyframeIntervalSec: 4 }],
  ["key frames every 10 s", { gop: 250, toMs: 21_000 }, 21_000, { keyframeIntervalSec: 10 }],
  ["a key frame, then none", { gop: 100_000 }, 10_000, { keyframeIntervalSec: 10 }],
  ["the first key frame only, so far", { gop: 100_000, toMs: 3000 }, 3000, { keyframeIntervalSec: null }],
  ["B-frames", { bFrames: true }, 10_000, { bFrames: true }],
  ["sound stamped 300 ms early", { audioLateMs: 300 }, 10_000, { avOffsetMs: 300 }],
  ["sound stamped 300 ms late", { audioLateMs: -300 }, 10_000, { avOffsetMs: -300 }],
  ["tracks on different clocks", { audioLateMs: 5_000_000 }, 10_000, { avOffsetMs: null }],
  [
    "over the wrap of the clock",
    { sourceMs: 2 ** 32 - 8000 },
    10_000,
    { avOffsetMs: 0, keyframeIntervalSec: 2, bFrames: false },
  ],
  ["no sound", { audio: false }, 10_000, { audioBitrateBps: 0, avOffsetMs: null }],
])("%s", (_, options, atMs, expected) => {
  const { meter, play } = scene();
  play(options);
  expect(meter.read(atMs)).toMatchObject(expected);
});

describe("dropped samples", () => {
  test("are those of the last 5 s", () => {
    const { meter } = scene();
    meter.push({ type: "dropped", samples: 3, reason: "broken" }, 1000);
    meter.push({ type: "dropped", samples: 4, reason: "late" }, 4000);
    expect([5000, 6000, 9000].map((atMs) => meter.read(atMs).droppedSamples)).toEqual([7, 4, 0]);
  });

  test("of a flood only the last thousand events are kept", () => {
    const { meter } = scene();
    for (let n = 0; n < 5000; n += 1) meter.push({ type: "dropped", samples: 1, reason: "broken" }, 1000);
    expect(meter.read(1000).droppedSamples).toBe(1000);
  });
});

test("how the way to the source is stands there while it is measured, and not at all where nobody measures it", () => {
  const { meter } = scene();
  expect(meter.read(1000)).not.toHaveProperty("rttMs");
  meter.push({ type: "link", rttMs: 41.5, lossPercent: 0.3 }, 5000);
  expect(meter.read(9000)).toMatchObject({ rttMs: 41.5, lossPercent: 0.3 });
  expect(meter.read(20_000)).toMatchObject({ rttMs: null, lossPercent: null });
});

test("a track that is gone is not reported any more", () => {
  const { meter, play } = scene();
  play();
  meter.push({ type: "tracks", video, audio: undefined, frameRateHint: undefined }, 10_000);
  expect(meter.read(10_000)).toMatchObject({ audioCodec: null, audioBitrateBps: null, nominalFps: null });
});
