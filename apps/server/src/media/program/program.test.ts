import type { AudioTrack, VideoTrack } from "@rostrum/media/sample";
import { describe, expect, test } from "vitest";
import { createManualClock } from "../../lib/clock.ts";
import type { ProgramEvent } from "../hub/program-event.ts";
import type { SourceSink } from "../ingest/publisher.ts";
import type { ProgramStateEvent } from "../plane.ts";
import type { ProgramSource } from "./connected-source.ts";
import { Program } from "./program.ts";

const video: VideoTrack = {
  kind: "video",
  codec: "avc",
  codecs: "avc1.42c01e",
  timescale: 90_000,
  description: new Uint8Array([1]),
  widthPx: 640,
  heightPx: 360,
  frameRate: 25,
};
const hd: VideoTrack = { ...video, description: new Uint8Array([2]), widthPx: 1280, heightPx: 720 };
const audio: AudioTrack = {
  kind: "audio",
  codec: "aac",
  codecs: "mp4a.40.2",
  timescale: 48_000,
  description: new Uint8Array([0x11, 0x90]),
  sampleRateHz: 48_000,
  channels: 2,
  frameTicks: 960,
};
const mono44: AudioTrack = {
  ...audio,
  timescale: 44_100,
  sampleRateHz: 44_100,
  channels: 1,
  description: new Uint8Array([0x12, 0x08]),
};
const WALL_MS = 1_000_000;

function scene(start: { videoTicks90k: number; audioSec: number } | null = null) {
  const clock = createManualClock(WALL_MS);
  const states: ProgramStateEvent[] = [];
  const program = new Program({ broadcastId: "b", start, clock, onState: (event) => states.push(event) });
  const subscription = program.hub.subscribe({
    name: "test",
    maxBytes: 1e9,
    maxMs: 1e9,
    signal: new AbortController().signal,
  });
  const attach = (kind: ProgramSource["kind"] = "primary") =>
    program.attach({ kind, protocol: "rtmp", encoder: "test", connectedAt: new Date(0) });
  return {
    clock,
    states,
    program,
    attach,
    told: () => states.map((one) => (one.type === "source_connected" ? `connected ${one.slot}` : one.type)),
    /** Ends the program; everything it published. */
    published: async (): Promise<ProgramEvent[]> => {
      program.end();
      const all: ProgramEvent[] = [];
      for await (const batch of subscription) all.push(...batch);
      return all;
    },
  };
}

const tracks = (sink: SourceSink, of: { video?: VideoTrack; audio?: AudioTrack; expects?: "both" | "video" }) =>
  sink.push({
    type: "tracks",
    video: of.video,
    audio: of.audio,
    frameRateHint: undefined,
    ...(of.expects === undefined ? {} : { expects: { video: true, audio: of.expects === "both" } }),
  });
const picture = (sink: SourceSink, timestampMs: number, keyframe = false, compositionMs = 0) =>
  sink.push({
    type: "sample",
    sample: {
      kind: "video",
      timestampMs: timestampMs >>> 0,
      compositionMs,
      keyframe,
      data: new Uint8Array([timestampMs & 0xff]),
      durationTicks: 0,
    },
  });
/** 20 ms of sound at 48 kHz. */
const sound = (sink: SourceSink, timestampMs: number, durationTicks = 960) =>
  sink.push({
    type: "sample",
    sample: {
      kind: "audio",
      timestampMs: timestampMs >>> 0,
      compositionMs: 0,
      keyframe: true,
      data: new Uint8Array(5),
      durationTicks,
    },
  });
/** 25 fps with a key frame at the start and every `gop` frames, sound every 20 ms. */
function play(
  sink: SourceSink,
  fromMs: number,
  toMs: number,
  options: { gop?: number; audio?: boolean; ticks?: number } = {},
) {
  for (let atMs = fromMs; atMs < toMs; atMs += 20) {
    if ((atMs - fromMs) % 40 === 0) picture(sink, atMs, ((atMs - fromMs) / 40) % (options.gop ?? 1000) === 0);
    if (options.audio !== false) sound(sink, atMs, options.ticks);
  }
}

/** One word per event; runs of samples of a kind become one, with their number. */
function words(events: readonly ProgramEvent[]): string[] {
  const out: string[] = [];
  let counts = { video: 0, audio: 0 };
  const flush = () => {
    if (counts.video + counts.audio > 0) out.push(`v${counts.video} a${counts.audio}`);
    counts = { video: 0, audio: 0 };
  };
  for (const event of events) {
    if (event.type === "sample") {
      counts[event.sample.kind] += 1;
      continue;
    }
    flush();
    if (event.type !== "tracks") out.push(event.type);
    else {
      const names = [event.video && `${event.video.heightPx}p`, event.audio && `${event.audio.sampleRateHz}Hz`];
      out.push(`${event.epoch}:${names.filter(Boolean).join("+")}${event.discontinuity ? "!" : ""}`);
    }
  }
  flush();
  return out;
}
const samplesOf = (events: readonly ProgramEvent[], kind: "video" | "audio") =>
  events.flatMap((event) => (event.type === "sample" && event.sample.kind === kind ? [event] : []));
/** Every sample begins where the one before it ended, gaps of sources excepted. */
function expectGrowing(events: readonly ProgramEvent[]) {
  for (const kind of ["video", "audio"] as const) {
    const rate = (epoch: ProgramEvent | undefined) =>
      epoch?.type === "tracks" ? (kind === "video" ? 90_000 : (epoch.audio?.timescale ?? 1)) : 1;
    let epoch: ProgramEvent | undefined;
    const samples = events.flatMap((event) => {
      if (event.type === "tracks") epoch = event;
      if (event.type !== "sample" || event.sample.kind !== kind) return [];
      const { dts, duration } = event.sample;
      return [
        { fromMs: (dts * 1000) / rate(epoch), toMs: ((dts + duration) * 1000) / rate(epoch), wallMs: event.wallMs },
      ];
    });
    const wrong = samples.filter((one, n) => {
      const before = samples[n - 1];
      return before && (one.fromMs < before.toMs - 0.03 || one.wallMs < before.wallMs);
    });
    expect(wrong).toEqual([]);
  }
}

describe("the begin", () => {
  test("is the first key frame, with both tracks; sound from before it is left out", async () => {
    const { program, attach, published, told, clock } = scene();
    const sink = attach();
    tracks(sink, { audio });
    sound(sink, 1000);
    clock.advance(40);
    tracks(sink, { video, audio });
    picture(sink, 1040, false);
    expect(program.hasSource).toBe(false);
    clock.advance(40);
    picture(sink, 1080, true);
    expect(program.hasSource).toBe(true);
    play(sink, 1080, 1200);
    const events = await published();
    expect(words(events)).toEqual(["0:360p+48000Hz", "v4 a6", "end"]);
    const [first] = samplesOf(events, "video");
    expect(first?.sample).toMatchObject({ dts: 0, pts: 0, keyframe: true });
    expect(first?.wallMs).toBe(WALL_MS + 80);
    expect(told()).toEqual(["connected primary"]);
  });

  test("waits a second for sound; a picture alone then begins at its first key frame", async () => {
    const { program, attach, published } = scene();
    const sink = attach();
    tracks(sink, { video });
    play(sink, 0, 1000, { audio: false });
    expect(program.hasSource).toBe(false);
    play(sink, 1000, 1200, { audio: false });
    expect(program.hasSource).toBe(true);
    expect(words(await published())).toEqual(["0:360p", "v30 a0", "end"]);
  });

  test("does not wait for sound that the encoder says it will not send", async () => {
    const { attach, program } = scene();
    const sink = attach();
    tracks(sink, { video, expects: "video" });
    picture(sink, 0, true);
    expect(program.hasSource).toBe(true);
  });

  test("is the first sound when there is no picture for a second", async () => {
    const { attach, published, told } = scene();
    const sink = attach();
    tracks(sink, { audio: mono44 });
    for (let n = 0; n < 100; n += 1) sound(sink, Math.floor((n * 1024) / 44.1), 1024);
    const events = await published();
    expect(words(events)).toEqual(["0:44100Hz", "v0 a100", "end"]);
    expect(samplesOf(events, "audio").at(-1)?.sample).toMatchObject({ dts: 99 * 1024, duration: 1024 });
    expect(told()).toEqual(["connected primary"]);
  });

  test("a picture that was announced and does not come holds sound back for five seconds", async () => {
    const { attach, published } = scene();
    const sink = attach();
    tracks(sink, { video, audio });
    for (let atMs = 0; atMs < 6000; atMs += 20) sound(sink, atMs);
    picture(sink, 6000, true);
    play(sink, 6040, 6100);
    expect(words(await published())).toEqual(["0:48000Hz", "v0 a300", "1:360p+48000Hz!", "v3 a6", "end"]);
  });

  test("a clock that stands still cannot make it hold everything", () => {
    const { attach, program } = scene();
    const sink = attach();
    tracks(sink, { video });
    for (let n = 0; n < 2000; n += 1) picture(sink, 0, n === 0);
    expect(program.hasSource).toBe(true);
  });
});

describe("one source", () => {
  test("B-frames keep their order, nothing is shown before it is decoded", async () => {
    const { attach, published } = scene();
    const sink = attach();
    tracks(sink, { video, expects: "video" });
    [
      [0, 40],
      [40, 160],
      [80, 40],
      [120, 0],
    ].forEach(([dts, composition], n) => picture(sink, dts!, n === 0, composition));
    const stamps = samplesOf(await published(), "video").map(({ sample }) => [sample.dts, sample.pts]);
    expect(stamps).toEqual([
      [0, 0],
      [900, 14_400],
      [3600, 7200],
      [7200, 7200],
    ]);
  });

  test("goes through the wrap of its clock and a jump without a mark", async () => {
    const { attach, published } = scene();
    const sink = attach();
    tracks(sink, { video, audio });
    play(sink, 2 ** 32 - 400, 2 ** 32 + 400);
    play(sink, 5_000_000, 5_000_400);
    const events = await published();
    expect(words(events)).toEqual(["0:360p+48000Hz", "v30 a60", "end"]);
    expectGrowing(events);
    expect(samplesOf(events, "video").at(-1)?.sample.dts).toBe(29 * 3600);
  });

  test("another picture size begins at its key frame; what came before it is left out", async () => {
    const { attach, published } = scene();
    const sink = attach();
    tracks(sink, { video, audio });
    play(sink, 0, 400);
    tracks(sink, { video: hd, audio });
    picture(sink, 400, false);
    sound(sink, 400);
    picture(sink, 440, true);
    play(sink, 480, 600);
    const events = await published();
    expect(words(events)).toEqual(["0:360p+48000Hz", "v10 a22", "1:720p+48000Hz!", "v4 a8", "end"]);
    expectGrowing(events);
    expect(samplesOf(events, "video")[10]?.sample).toMatchObject({ dts: 11 * 3600, keyframe: true });
  });

  test("tracks that are told again change nothing", async () => {
    const { attach, published } = scene();
    const sink = attach();
    tracks(sink, { video, audio });
    play(sink, 0, 400);
    tracks(sink, { video: { ...video, description: new Uint8Array([1]) }, audio: { ...audio } });
    play(sink, 400, 800);
    expect(words(await published())).toEqual(["0:360p+48000Hz", "v20 a40", "end"]);
  });

  test("sound that begins after three seconds joins at the next key frame", async () => {
    const { attach, published } = scene();
    const sink = attach();
    tracks(sink, { video });
    play(sink, 0, 3000, { audio: false, gop: 50 });
    tracks(sink, { video, audio });
    for (let atMs = 3000; atMs < 6000; atMs += 20) {
      if (atMs % 40 === 0) picture(sink, atMs, atMs % 2000 === 0);
      sound(sink, atMs);
    }
    const events = await published();
    expect(words(events)).toEqual(["0:360p", "v100 a0", "1:360p+48000Hz!", "v50 a100", "end"]);
    expect(samplesOf(events, "audio")[0]?.sample.dts).toBe(4 * 48_000);
  });
});

describe("a source that goes", () => {
  test("leaves a gap; the next one goes on where it stopped, marked, and the wall clock has moved on", async () => {
    const { attach, published, told, clock, program } = scene();
    const first = attach();
    tracks(first, { video, audio });
    play(first, 0, 400);
    first.closed("it went away");
    expect(program.hasSource).toBe(false);
    clock.advance(10_000);
    const second = attach();
    tracks(second, { video, audio: mono44 });
    play(second, 77_000, 77_200, { ticks: 882 });
    const events = await published();
    expect(words(events)).toEqual(["0:360p+48000Hz", "v10 a20", "gap", "1:360p+44100Hz!", "v5 a10", "end"]);
    expectGrowing(events);
    const resumed = samplesOf(events, "video")[10];
    expect(resumed?.sample.dts).toBeGreaterThanOrEqual(36_000);
    expect(resumed?.sample.dts).toBeLessThan(36_000 + 3600);
    expect(Math.round(resumed?.wallMs ?? 0)).toBe(WALL_MS + 10_000);
    expect(told()).toEqual(["connected primary", "source_lost", "connected primary"]);
  });

  test("or freezes for two seconds is lost, and is back with its next key frame", async () => {
    const { attach, published, told, clock, program } = scene();
    const sink = attach();
    tracks(sink, { video, audio });
    play(sink, 0, 400);
    clock.advance(2000);
    expect(told()).toEqual(["connected primary"]);
    clock.advance(250);
    expect(told()).toEqual(["connected primary", "source_lost"]);
    expect(program.hasSource).toBe(false);
    expect(program.health().source).toMatchObject({ kind: "primary" });
    picture(sink, 2640, false);
    play(sink, 2680, 2880);
    const events = await published();
    expect(words(events)).toEqual(["0:360p+48000Hz", "v10 a20", "gap", "1:360p+48000Hz!", "v5 a10", "end"]);
    expectGrowing(events);
    expect(samplesOf(events, "video")[10]?.sample.dts).toBe(36_000);
    expect(told()).toEqual(["connected primary", "source_lost", "connected primary"]);
  });

  test("before its first key frame was never there", async () => {
    const { attach, published, told } = scene();
    const sink = attach();
    tracks(sink, { video, audio });
    picture(sink, 0, false);
    sink.closed("gone");
    expect(words(await published())).toEqual(["end"]);
    expect(told()).toEqual([]);
  });

  test("after a restart of the server media time goes on, marked", async () => {
    const { attach, published, program } = scene({ videoTicks90k: 900_000, audioSec: 10.01 });
    expect(program.health().mediaTimeMs).toBe(10_010);
    const sink = attach();
    tracks(sink, { video, audio });
    play(sink, 0, 400);
    const events = await published();
    expect(words(events)).toEqual(["0:360p+48000Hz!", "v10 a20", "end"]);
    expect(samplesOf(events, "video")[0]?.sample.dts).toBe(900_900);
  });
});

describe("two sources", () => {
  const both = { video, audio };

  test("primary takes over from backup at its key frame; backup is held and takes over again", async () => {
    const { attach, published, told } = scene();
    const backup = attach("backup");
    tracks(backup, both);
    play(backup, 0, 400);
    const primary = attach("primary");
    tracks(primary, { video: hd, audio });
    picture(primary, 0, false);
    play(backup, 400, 440);
    play(primary, 40, 240);
    play(backup, 440, 640, { gop: 1 });
    primary.closed("cut");
    play(backup, 640, 840, { gop: 1 });
    const events = await published();
    expect(words(events)).toEqual([
      "0:360p+48000Hz",
      "v11 a22",
      "1:720p+48000Hz!",
      "v5 a10",
      "gap",
      "2:360p+48000Hz!",
      "v5 a10",
      "end",
    ]);
    expectGrowing(events);
    expect(told()).toEqual(["connected backup", "connected primary", "connected backup"]);
  });

  test("a backup that sends nothing more does not hide the loss for longer than five seconds", () => {
    const { attach, told, clock } = scene();
    const primary = attach("primary");
    tracks(primary, both);
    play(primary, 0, 400);
    const backup = attach("backup");
    tracks(backup, both);
    play(backup, 0, 400);
    primary.closed("cut");
    expect(told()).toEqual(["connected primary"]);
    clock.advance(5000);
    expect(told()).toEqual(["connected primary", "source_lost"]);
  });

  test("a primary that is frozen for two seconds gives way, and comes back at its key frame", async () => {
    const { attach, told, clock, published } = scene();
    const primary = attach("primary");
    tracks(primary, both);
    play(primary, 0, 400);
    const backup = attach("backup");
    tracks(backup, both);
    clock.advance(2001);
    play(backup, 0, 400);
    play(primary, 2400, 2600, { gop: 1 });
    expect(told()).toEqual(["connected primary", "connected backup", "connected primary"]);
    expectGrowing(await published());
  });

  test("the test signal gives way to an encoder", () => {
    const { attach, told } = scene();
    const signal = attach("test");
    tracks(signal, both);
    play(signal, 0, 400);
    const backup = attach("backup");
    tracks(backup, both);
    play(backup, 0, 400);
    play(signal, 400, 800, { gop: 1 });
    expect(told()).toEqual(["connected test", "connected backup"]);
  });
});

test("after the end a source that is still connected is drained and its leaving is not told", async () => {
  const { attach, published, told, program } = scene();
  const sink = attach();
  tracks(sink, { video, audio });
  play(sink, 0, 400);
  const events = await published();
  play(sink, 400, 800);
  sink.closed("done");
  expect(words(events)).toEqual(["0:360p+48000Hz", "v10 a20", "end"]);
  expect(told()).toEqual(["connected primary"]);
  expect(program.hasSource).toBe(false);
});

test("the key frame for pictures of the show is the newest one", () => {
  const { attach, program } = scene();
  const sink = attach();
  tracks(sink, { video, expects: "video" });
  picture(sink, 0, true);
  picture(sink, 40, true);
  picture(sink, 80, false);
  expect(program.keyframe?.data).toEqual(new Uint8Array([40]));
  sink.closed("gone");
  expect(program.keyframe).toBeUndefined();
});

test("sound that cannot be placed any more is counted as dropped", () => {
  const { attach, program } = scene();
  const sink = attach();
  tracks(sink, { video, audio });
  play(sink, 0, 1000);
  for (let n = 0; n < 3; n += 1) sound(sink, 850);
  expect(program.health().source).toMatchObject({ kind: "primary", droppedSamples: 3 });
});
