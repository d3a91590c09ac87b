import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import type { SourceHealth } from "@rostrum/contract/health";
import { expect, test } from "vitest";
import { judgeHealth, type HealthFacts } from "./judge.ts";

const source: SourceHealth = {
  kind: "primary",
  protocol: "rtmp",
  connectedAt: "2026-01-01T20:00:00.000Z",
  encoder: "obs-output module",
  videoCodec: "avc1.640028",
  audioCodec: "mp4a.40.2",
  widthPx: 1920,
  heightPx: 1080,
  fps: 30,
  videoBitrateBps: 4_500_000,
  audioBitrateBps: 160_000,
  keyframeIntervalSec: 2,
  bFrames: false,
  audioSampleRateHz: 48_000,
  audioChannels: 2,
  droppedSamples: 0,
  avOffsetMs: 20,
};
const facts: HealthFacts = {
  state: "live",
  source,
  nominalFps: 30,
  droppedSamples: 0,
  viewers: 10,
  stallRatio: 0.001,
};

test("what is wrong with the recording is said while the show is on the air", () => {
  const recordNote = "This show is not recorded.";
  const said = (state: HealthFacts["state"]): string[] =>
    judgeHealth({ ...facts, state, recordNote }).notes.map(({ code, level }) => `${level} ${code}`);
  expect(said("live")).toContain("degraded recording");
  expect(said("preview")).not.toContain("degraded recording");
});

test("a good source is healthy and needs no words", () => {
  expect(judgeHealth(facts)).toEqual({ level: "healthy", notes: [] });
});

test("what nobody knows is not held against the source", () => {
  const unknown = {
    fps: null,
    videoBitrateBps: null,
    audioBitrateBps: null,
    keyframeIntervalSec: null,
    avOffsetMs: null,
  };
  const verdict = judgeHealth({
    ...facts,
    nominalFps: null,
    stallRatio: null,
    source: { ...source, ...unknown, bFrames: null },
  });
  expect(verdict).toMatchObject({ level: "healthy", notes: [{ level: "info", code: "measuring" }] });
});

test.each<[string, Partial<SourceHealth>, string, string]>([
  ["a key frame every 4 s is still fine", { keyframeIntervalSec: 4 }, "healthy", ""],
  ["a key frame every 4.1 s is amber", { keyframeIntervalSec: 4.1 }, "degraded", "keyframe_interval"],
  ["a key frame every 12 s is red", { keyframeIntervalSec: 12 }, "bad", "keyframe_interval"],
  ["90 % of the frames is still fine", { fps: 27 }, "healthy", ""],
  ["fewer than 90 % of the frames is amber", { fps: 26.9 }, "degraded", "fps_low"],
  ["fewer than half of the frames is red", { fps: 14 }, "bad", "fps_low"],
  ["100 ms between sound and picture is still fine", { avOffsetMs: -100 }, "healthy", ""],
  ["101 ms between sound and picture is amber", { avOffsetMs: 101 }, "degraded", "av_offset"],
  ["600 ms between sound and picture is red", { avOffsetMs: -600 }, "bad", "av_offset"],
  ["a silent connection is red", { videoBitrateBps: 0, audioBitrateBps: 0, fps: 0 }, "bad", "no_data"],
  ["a picture that stopped is red", { videoBitrateBps: 0, fps: 0 }, "bad", "video_stopped"],
  ["a sound that stopped is red", { audioBitrateBps: 0 }, "bad", "audio_stopped"],
  ["no sound at all is amber", { audioCodec: null, audioBitrateBps: null }, "degraded", "audio_missing"],
  ["no picture at all is amber", { videoCodec: null, videoBitrateBps: null, fps: null }, "degraded", "video_missing"],
  ["B-frames are told and healthy", { bFrames: true }, "healthy", "b_frames"],
])("%s", (_, wrong, level, code) => {
  const verdict = judgeHealth({ ...facts, source: { ...source, ...wrong } });
  expect({ level: verdict.level, codes: verdict.notes.map((note) => note.code).join() }).toEqual({
    level,
    codes: code,
  });
});

test("dropped frames and waiting viewers are amber", () => {
  const verdict = judgeHealth({ ...facts, droppedSamples: 12, stallRatio: 0.053 });
  expect(verdict).toEqual({
    level: "degraded",
    notes: [
      {
        level: "degraded",
        code: "drops",
        text: "12 frames of the last 5 s were dropped on arrival. The server or the connection is overloaded.",
      },
      {
        level: "degraded",
        code: "viewers_stall",
        text: "Viewers wait 5.3 % of the time. Lower the bitrate to 3.2 Mbps or choose a latency mode further behind live.",
      },
    ],
  });
});

test.each<[string, Partial<HealthFacts>, number | null, string | undefined]>([
  [
    "many waited",
    { rebufferedShare: 0.38, stallRatio: 0.01 },
    900_000,
    "38 % of viewers rebuffered in the last minute. Lower the bitrate to 630 kbps or choose a latency mode further behind live.",
  ],
  [
    "many waited for long",
    { rebufferedShare: 0.38, stallRatio: 0.2 },
    null,
    "38 % of viewers rebuffered in the last minute. Viewers wait 20 % of the time. Lower the bitrate or choose a latency mode further behind live.",
  ],
  [
    "the bitrate is as low as it may be",
    { rebufferedShare: 0.38, stallRatio: 0.01 },
    600_000,
    "38 % of viewers rebuffered in the last minute. Choose a latency mode further behind live.",
  ],
  [
    "one of few waited",
    { viewers: 3, rebufferedShare: 1 / 3, stallRatio: 0.2 },
    900_000,
    "1 of 3 viewers had to wait in the last minute.",
  ],
  [
    "few waited long ago",
    { viewers: 3, rebufferedShare: 0, stallRatio: 0.2 },
    900_000,
    "Viewers had to wait again and again.",
  ],
  ["one of twenty waited", { rebufferedShare: 0.05, stallRatio: 0.01 }, 900_000, undefined],
  ["nobody is there any more", { rebufferedShare: 1, stallRatio: 1, viewers: 0 }, 900_000, undefined],
  ["nobody knows", { rebufferedShare: null, stallRatio: null }, 900_000, undefined],
])("of the viewers it is said that %s", (_, more, videoBitrateBps, text) => {
  const verdict = judgeHealth({ ...facts, ...more, source: { ...source, videoBitrateBps } });
  expect(verdict.notes.map((note) => note.text)).toEqual(text === undefined ? [] : [text]);
});

test("a fall of the upload is told, and amber only where somebody suffers from it", () => {
  const fall = { at: "2026-01-01T20:14:03.512Z", fromBps: 2_900_000, toBps: 900_000 };
  const judged = (more: Partial<HealthFacts>) =>
    judgeHealth({ ...facts, fall, source: { ...source, videoBitrateBps: 900_000 }, ...more });
  const text = "The encoder's upload fell from 2.9 Mbps to 900 kbps at 20:14:03 UTC.";
  expect(judged({})).toEqual({ level: "healthy", notes: [{ level: "info", code: "bitrate_fell", text }] });
  // Of few viewers nothing is advised, but a fall that all of them feel is the encoder's.
  expect(judged({ viewers: 2, rebufferedShare: 1 })).toMatchObject({ level: "degraded" });
  expect(judged({ rebufferedShare: 0.38 })).toEqual({
    level: "degraded",
    notes: [
      {
        level: "degraded",
        code: "bitrate_fell",
        text: `${text} Check its network connection, or lower its bitrate.`,
      },
      {
        level: "degraded",
        code: "viewers_stall",
        text: "38 % of viewers rebuffered in the last minute. Lower the bitrate to 630 kbps or choose a latency mode further behind live.",
      },
    ],
  });
});

test("the worst note comes first and gives the level", () => {
  const verdict = judgeHealth({
    ...facts,
    source: { ...source, bFrames: true, keyframeIntervalSec: 8, avOffsetMs: 900 },
  });
  expect(verdict.level).toBe("bad");
  expect(verdict.notes.map((note) => `${note.level} ${note.code}`)).toEqual([
    "bad av_offset",
    "degraded keyframe_interval",
    "info b_frames",
  ]);
});

test.each<[BroadcastState, string, string]>([
  ["draft", "info", "No encoder is connected yet. Start streaming in your encoder, or the test signal."],
  [
    "live",
    "bad",
    "No source is connected, so viewers are waiting. Reconnect the encoder: the broadcast goes on where it stopped.",
  ],
  ["ended", "info", "The broadcast is over."],
])("without a source a %s broadcast is offline", (state, level, text) => {
  expect(judgeHealth({ ...facts, state, source: null })).toEqual({
    level: "offline",
    notes: [{ level, code: "no_source", text }],
  });
});

test("the slate is no source", () => {
  expect(judgeHealth({ ...facts, source: { ...source, kind: "slate" } }).level).toBe("offline");
});

test.each([
  [
    { why: "frozen", sinceSec: 13.6, endsInSec: 46.2 },
    "offline",
    "Your encoder stopped sending pictures 14 s ago; viewers see the slate. The show ends in 46 s unless it comes back.",
  ],
  [
    { why: "gone", sinceSec: 3, endsInSec: null },
    "offline",
    "The connection to your encoder broke off 3 s ago; viewers see the slate. The picture comes back with the encoder's next key frame.",
  ],
  [
    { why: "restart", sinceSec: 300, endsInSec: 1500 },
    "offline",
    "The server was started again 5 min ago; viewers see the slate. The show ends in 25 min unless it comes back.",
  ],
  [
    { why: "taken", sinceSec: 5, endsInSec: null },
    "healthy",
    "Somebody of your crew took the slate 5 s ago. Viewers see it until a source is taken or the order of sources decides again.",
  ],
  [
    { why: "taken", sinceSec: 5, endsInSec: 60 },
    "offline",
    "No source is connected any more; viewers see the slate. The show ends in 60 s unless it comes back.",
  ],
] as const)("the slate is explained: %o", (slate, level, text) => {
  const verdict = judgeHealth({ ...facts, state: "live", source: { ...source, kind: "slate" }, slate });
  expect([verdict.level, verdict.notes.map((one) => one.text)]).toEqual([level, [text]]);
});
