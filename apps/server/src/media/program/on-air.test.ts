/** A program on the air never stops: the slate, the choice among sources, and one media time that keeps pace with the clock. */
import { describe, expect, test } from "vitest";
import type { ManualClock } from "../../lib/clock.ts";
import type { ProgramEvent } from "../hub/program-event.ts";
import type { SourceSink } from "../ingest/publisher.ts";
import { buildAudioSpecificConfig } from "@rostrum/media/codec/aac";
import { audioTrack } from "@rostrum/media/track-from-config";
import type { SlatePicture } from "./slate-player.ts";
import { type Epoch, epochsOf, openScene, pictureTrack } from "./testing.ts";

const audio = audioTrack("aac", buildAudioSpecificConfig({ sampleRateHz: 48_000, channels: 2 }));
const video = pictureTrack(640, 25);
function pictureOf(events: readonly ProgramEvent[]) {
  const tracks = events.find((one) => one.type === "tracks");
  if (tracks?.type !== "tracks" || tracks.video === undefined) throw new Error("nothing was shown");
  return { ...tracks.video, description: Uint8Array.of(1, 2, 3) };
}
/** Pushes what an encoder would send between two moments, while the clock goes on. */
function send(sink: SourceSink, clock: ManualClock, fromMs: number, toMs: number, withPictures: boolean): void {
  const sample = (kind: "video" | "audio", timestampMs: number) => {
    const isKey = kind === "audio" || timestampMs % 2000 === 0;
    const durationTicks = kind === "audio" ? 960 : 0;
    const rest = { compositionMs: 0, keyframe: isKey, data: new Uint8Array(5), durationTicks };
    sink.push({ type: "sample", sample: { kind, timestampMs, ...rest } });
  };
  for (let atMs = fromMs; atMs < toMs; atMs += 20) {
    if (withPictures && atMs % 40 === 0) sample("video", atMs);
    sample("audio", atMs);
    clock.advance(20);
  }
}
function radio(sink: SourceSink, clock: ManualClock, ms: number): void {
  sink.push({
    type: "tracks",
    video: undefined,
    audio,
    frameRateHint: undefined,
    expects: { video: false, audio: true },
  });
  send(sink, clock, 0, ms, false);
}
function withPicture(sink: SourceSink, clock: ManualClock, ms: number): void {
  sink.push({ type: "tracks", video, audio, frameRateHint: 25, expects: { video: true, audio: true } });
  send(sink, clock, 0, ms, true);
}
const soundOnly = (sink: SourceSink, clock: ManualClock, fromMs: number, toMs: number) =>
  send(sink, clock, fromMs, toMs, false);

const shapes = (epochs: readonly Epoch[]) => epochs.map((one) => (one.isSlate ? "slate" : String(one.widthPx)));

/**
 * At every seam the picture goes on without a hole, the sound within a frame, and they begin together. Browsers stop where more is
 * missing than the longest frame.
 */
function expectSeamless(epochs: readonly Epoch[]): void {
  epochs.forEach((epoch, n) => {
    const before = epochs[n - 1];
    if (before !== undefined) {
      for (const kind of ["video", "audio"] as const) {
        if (before[kind] === undefined || epoch[kind] === undefined) continue;
        const holeMs = epoch[kind].fromMs - before[kind].toMs;
        const frameMs = Math.max(before[kind].usualMs, epoch[kind].usualMs) + 0.1;
        const mostMs = kind === "video" && !before[kind].isReordered ? 1 : Math.min(before[kind].longestMs, frameMs);
        const is = `${n} ${kind} ${holeMs.toFixed(1)} of ${mostMs.toFixed(1)}`;
        expect([is, holeMs <= mostMs && holeMs >= -frameMs]).toEqual([is, true]);
      }
    }
    if (epoch.video === undefined || epoch.audio === undefined) return;
    expect(Math.abs(epoch.video.fromMs - epoch.audio.fromMs)).toBeLessThan(45);
    expect([n, Math.abs(epoch.video.toMs - epoch.audio.toMs) < 100]).toEqual([n, true]);
  });
}
const lengthMs = (epochs: readonly Epoch[]) => (epochs.at(-1)?.video?.toMs ?? 0) - (epochs[0]?.video?.fromMs ?? 0);

describe("a connection that breaks", () => {
  test("gives viewers the slate in the same moment, and the picture back with its first key frame", () => {
    const { run, program, connect, events, told, clock } = openScene();
    const first = connect("primary");
    run(3000);
    program.goOnAir();
    run(2000);
    first.close();
    expect(program.selected).toBe("slate");
    expect(told()).toEqual(["connected primary", "source_lost"]);
    run(100);
    const newest = events.findLast((one) => one.type === "sample");
    expect(newest?.type === "sample" && newest.wallMs > clock.wallMs() - 60).toBe(true);
    run(9900);
    connect("primary", { fromMs: 77_000_000 });
    run(5000);
    expect(told()).toEqual(["connected primary", "source_lost", "connected primary"]);
    program.end();
    const epochs = epochsOf(events);
    expect(shapes(epochs)).toEqual(["640", "slate", "640"]);
    expectSeamless(epochs);
    expect(Math.abs(lengthMs(epochs) - 20_000)).toBeLessThan(200);
    expect(events.filter((one) => one.type === "gap")).toEqual([]);
  });

  test("leaves no hole, whenever the encoder is back and whatever the slate was doing then", () => {
    for (let afterMs = 1000; afterMs < 1100; afterMs += 3) {
      const { run, program, connect, events } = openScene();
      const habits = { fps: afterMs % 2 === 0 ? 60 : 30, rateHz: afterMs % 4 < 2 ? 48_000 : 44_100 };
      const first = connect("primary", habits);
      run(3000);
      program.goOnAir();
      first.close();
      run(afterMs);
      connect("primary", habits);
      run(1000);
      program.end();
      expectSeamless(epochsOf(events));
      const lasts = events.map((one) => (one.type === "sample" ? one.sample.duration : Infinity));
      expect(Math.min(...lasts)).toBeGreaterThanOrEqual(90);
    }
  });

  test("in the preview leaves a gap, and no slate", () => {
    const { run, program, connect, events } = openScene();
    connect("primary").close();
    const second = connect("primary");
    run(3000);
    second.close();
    run(3000);
    expect([program.selected, events.at(-1)?.type]).toEqual([null, "gap"]);
  });

  test("without a slate the last picture stands in, until one is made", () => {
    let slate: SlatePicture | undefined;
    const { run, program, connect, events } = openScene({ slate: () => slate });
    const first = connect("primary");
    run(3000);
    program.goOnAir();
    first.close();
    run(2000);
    slate = { track: { ...pictureOf(events) }, fps: 25, pictures: [{ data: Uint8Array.of(0), keyframe: true }] };
    run(2000);
    program.end();
    const epochs = epochsOf(events);
    expect(epochs.map((one) => Math.round(one.video?.frameMs ?? 0))).toEqual([40, 333, 40]);
    expectSeamless(epochs);
  });

  test("sound alone is followed by silence", () => {
    const { run, program, events, clock } = openScene();
    const sink = program.attach({ kind: "primary", protocol: "rtmp", encoder: "t", connectedAt: new Date(0) });
    radio(sink, clock, 3000);
    program.goOnAir();
    sink.closed("gone");
    run(3000);
    program.end();
    const epochs = epochsOf(events);
    expect(epochs.map((one) => one.video)).toEqual([undefined, undefined]);
    expect(Math.abs((epochs[1]?.audio?.toMs ?? 0) - 6000)).toBeLessThan(60);
  });
});

describe("a source that freezes", () => {
  test("gives way after two seconds; what was missed is filled, so that nothing lags", () => {
    const { run, program, connect, events, told } = openScene();
    const encoder = connect("primary");
    run(3000);
    program.goOnAir();
    encoder.freeze();
    run(1900);
    expect(program.selected).toBe("primary");
    run(400);
    expect([program.selected, told().at(-1)]).toEqual(["slate", "source_lost"]);
    run(2700);
    program.end();
    const epochs = epochsOf(events);
    expect(shapes(epochs)).toEqual(["640", "slate"]);
    expectSeamless(epochs);
    expect(Math.abs(lengthMs(epochs) - 8000)).toBeLessThan(100);
  });

  test("and comes back with all that it held is shown only when it has caught up", () => {
    const { run, program, connect, events, told } = openScene();
    const encoder = connect("primary", { gopFrames: 25 });
    run(3000);
    program.goOnAir();
    encoder.freeze();
    run(10_000);
    encoder.freeze(false);
    run(2000);
    expect([program.selected, told().at(-1)]).toEqual(["primary", "connected primary"]);
    run(5000);
    program.end();
    const epochs = epochsOf(events);
    expect(shapes(epochs)).toEqual(["640", "slate", "640"]);
    expectSeamless(epochs);
    expect(Math.abs(lengthMs(epochs) - 20_000)).toBeLessThan(500);
  });

  test("whose picture stops while its sound goes on is frozen too", () => {
    const { run, program, connect, events, clock } = openScene();
    const sink = program.attach({ kind: "primary", protocol: "rtmp", encoder: "t", connectedAt: new Date(0) });
    const shown = connect("backup");
    run(100);
    shown.close();
    withPicture(sink, clock, 3000);
    program.goOnAir();
    soundOnly(sink, clock, 3000, 6000);
    expect(program.selected).toBe("slate");
    program.end();
    expectSeamless(epochsOf(events));
  });
});

describe("the choice", () => {
  test("goes by rank, each at its key frame, and to the slate when nobody is left", () => {
    const { run, program, connect, events, told } = openScene();
    const backup = connect("backup", { widthPx: 320 });
    run(2000);
    program.goOnAir();
    const primary = connect("primary", { widthPx: 1280, fps: 30 });
    const file = connect("file", { widthPx: 480 });
    run(3000);
    expect(program.selected).toBe("primary");
    primary.close();
    run(3000);
    expect(program.selected).toBe("backup");
    backup.close();
    run(3000);
    expect(program.selected).toBe("file");
    file.close();
    run(1000);
    expect(program.selected).toBe("slate");
    expect(told()).toEqual([
      "connected backup",
      "connected primary",
      "connected backup",
      "connected file",
      "source_lost",
    ]);
    program.end();
    const epochs = epochsOf(events);
    expectSeamless(epochs);
    expect(Math.abs(lengthMs(epochs) - 12_000)).toBeLessThan(300);
  });

  test("a source that failed three times comes back only when it was steady; to no other than the slate it comes at once", () => {
    const { run, program, connect } = openScene();
    connect("backup", { gopFrames: 5 });
    run(1000);
    program.goOnAir();
    for (let n = 0; n < 3; n += 1) {
      const primary = connect("primary", { gopFrames: 5 });
      run(600);
      expect([n, program.selected]).toEqual([n, "primary"]);
      primary.close();
      run(600);
    }
    const primary = connect("primary", { gopFrames: 5 });
    run(2000);
    expect(program.selected).toBe("backup");
    run(1500);
    expect(program.selected).toBe("primary");
    primary.close();
  });

  test("an operator's source is shown, gives way when it is gone, and is taken again when it is back", () => {
    const { run, program, connect } = openScene();
    connect("primary", { gopFrames: 5 });
    const backup = connect("backup", { gopFrames: 5 });
    run(1000);
    program.goOnAir();
    program.take("backup");
    run(500);
    expect([program.selected, program.sources().taken]).toEqual(["backup", "backup"]);
    backup.close();
    run(500);
    expect([program.selected, program.sources().taken]).toEqual(["primary", "backup"]);
    const again = connect("backup", { gopFrames: 5 });
    run(500);
    expect(program.selected).toBe("backup");
    again.close();
    run(601_000);
    expect([program.selected, program.sources().taken]).toEqual(["primary", null]);
  });

  test("the slate is shown at once when it is taken, sources stay known, and the order comes back", () => {
    const { run, program, connect, told, events } = openScene();
    connect("primary", { gopFrames: 5 });
    run(1000);
    program.goOnAir();
    program.take("slate");
    expect([program.selected, program.health().slate?.why]).toEqual(["slate", "taken"]);
    run(3000);
    expect([program.selected, told()]).toEqual(["slate", ["connected primary"]]);
    program.take(null);
    run(500);
    expect(program.selected).toBe("primary");
    program.end();
    expect(shapes(epochsOf(events))).toEqual(["640", "slate", "640"]);
  });

  test("the slate that was taken does not hide that the last source went, and that it is back", () => {
    const { run, program, connect, told } = openScene();
    const encoder = connect("primary", { gopFrames: 5 });
    run(1000);
    program.goOnAir();
    program.take("slate");
    run(1000);
    encoder.close();
    expect(told()).toEqual(["connected primary", "source_lost"]);
    connect("primary", { gopFrames: 5 });
    run(1000);
    expect([program.selected, told().at(-1)]).toEqual(["slate", "connected primary"]);
  });
});

test("after a restart in mid-show the slate goes on where viewers were, with what they saw", () => {
  const before = openScene();
  before.connect("primary", { widthPx: 1280, fps: 30 });
  before.run(3000);
  const shown = before.events.find((one) => one.type === "tracks");
  const { run, program, events, connect } = openScene({ start: { videoTicks90k: 900_000, audioSec: 10.01 } });
  if (shown?.type !== "tracks") throw new Error("nothing was shown");
  program.goOnAir({ video: shown.video, audio: shown.audio });
  expect(program.health().slate?.why).toBe("restart");
  run(5000);
  connect("primary", { widthPx: 1280, fps: 30 });
  run(3000);
  program.end();
  const epochs = epochsOf(events);
  expect(shapes(epochs)).toEqual(["slate", "1280"]);
  expect(epochs[0]?.video?.fromMs).toBeCloseTo(10_010, 1);
  expectSeamless(epochs);
});

test("ten changes between sizes, rates, codecs' habits and sound: one time line as long as the show", () => {
  const { run, program, connect, events } = openScene();
  const habits = [
    { widthPx: 640, fps: 25 },
    { widthPx: 1280, fps: 30, bFrames: 2 },
    { widthPx: 480, fps: 50, rateHz: 44_100, channels: 1 },
    { widthPx: 640, fps: 30_000 / 1001, fromMs: 2 ** 32 - 1000 },
    { widthPx: 1920, fps: 60, bFrames: 3, rateHz: 44_100 },
    { widthPx: 320, fps: 24_000 / 1001, rateHz: 22_050, channels: 1 },
    { widthPx: 640, fps: 25, audio: false },
    { widthPx: 1280, fps: 30 },
    { widthPx: 854, fps: 50, bFrames: 1 },
    { widthPx: 640, fps: 12.5 },
    { widthPx: 640, fps: 25, rateHz: 48_000 },
  ];
  let before = connect("primary", habits[0]);
  run(2000);
  program.goOnAir();
  habits.slice(1).forEach((one, n) => {
    if (n % 3 === 1) before.freeze();
    else before.close();
    // At once, after a moment, after long.
    run([0, 130, 700, 3000][n % 4] ?? 0);
    if (n % 3 === 1) before.close();
    before = connect("primary", one);
    run(2500 + n * 37);
  });
  const wallMs =
    2000 + [0, 130, 700, 3000, 0, 130, 700, 3000, 0, 130].reduce((sum, ms) => sum + ms, 0) + 25_000 + 45 * 37;
  program.end();
  const epochs = epochsOf(events);
  expect(shapes(epochs).filter((one) => one !== "slate")).toEqual(habits.map((one) => String(one.widthPx)));
  expectSeamless(epochs);
  expect(Math.abs(lengthMs(epochs) - wallMs)).toBeLessThan(1000);
});

test("sources that all begin with a burst do not add up to a delay; what was late is shown faster, sound and picture together", () => {
  const { run, program, connect, events } = openScene();
  let encoder = connect("primary", { burstMs: 400 });
  run(2000);
  program.goOnAir();
  for (let n = 0; n < 10; n += 1) {
    encoder.close();
    run(n % 2 === 0 ? 0 : 600);
    encoder = connect("primary", { burstMs: 400, bFrames: n % 3, fps: 30, fromMs: n * 1000 });
    run(2000);
  }
  const wallMs = 2000 + 5 * 600 + 10 * 2000;
  program.end();
  const epochs = epochsOf(events);
  expectSeamless(epochs);
  expect(lengthMs(epochs) - wallMs).toBeGreaterThan(-100);
  expect(lengthMs(epochs) - wallMs).toBeLessThan(600);
});
