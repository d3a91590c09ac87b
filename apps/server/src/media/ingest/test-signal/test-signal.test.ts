import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../../lib/clock.ts";
import { createLogger } from "../../../lib/log.ts";
import { type Ffmpeg, findFfmpeg } from "../../../lib/ffmpeg.ts";
import type { SourceSink } from "../publisher.ts";
import type { SourceEvent } from "../source-event.ts";
import { Program } from "../../program/program.ts";
import { Thumbnails } from "../../thumbnail/thumbnails.ts";
import { canDrawText, startTestSignal } from "./test-signal.ts";

const stop = new AbortController();
const stops: AbortController[] = [];
afterEach(() => {
  for (const one of stops.splice(0)) one.abort();
});
const stoppable = (): AbortController => {
  const one = new AbortController();
  stops.push(one);
  return one;
};

/** Runs the signal until `until` is content with its events; the reason it ended with. */
async function record(ffmpeg: Ffmpeg, clockText: boolean, until: (events: readonly SourceEvent[]) => boolean) {
  const stopped = stoppable();
  const events: SourceEvent[] = [];
  const sink: SourceSink = {
    push(event) {
      events.push(event);
      if (until(events)) stopped.abort();
    },
    closed() {},
  };
  const signal = startTestSignal(ffmpeg, sink, { clockText, signal: stopped.signal });
  const started = await signal.started;
  return { events, started, reason: await signal.closed };
}
const keyframes = (events: readonly SourceEvent[]): number =>
  events.filter((event) => event.type === "sample" && event.sample.kind === "video" && event.sample.keyframe).length;

test.each([
  ["the FFmpeg that is installed", undefined],
  ["the FFmpeg that comes with the packages", "/nowhere"],
])("%s makes 720p at 30 frames a second with a key frame every 2 s, and sound", async (_, searchPath) => {
  const ffmpeg = await findFfmpeg({ configured: undefined, ...(searchPath === undefined ? {} : { searchPath }) });
  const clockText = await canDrawText(ffmpeg, stop.signal);
  const { events, started, reason } = await record(ffmpeg, clockText, (all) => keyframes(all) === 2);
  expect({ started, reason }).toEqual({ started: true, reason: "The test signal was stopped." });
  const tracks = events.findLast((event) => event.type === "tracks");
  expect(tracks).toMatchObject({
    video: { codec: "avc", widthPx: 1280, heightPx: 720, frameRate: 30 },
    audio: { codec: "aac", sampleRateHz: 48_000, channels: 2 },
  });
  const pictures = events.flatMap((event) =>
    event.type === "sample" && event.sample.kind === "video" ? [event.sample] : [],
  );
  const [first, second] = pictures.filter((one) => one.keyframe);
  expect(second!.timestampMs - first!.timestampMs).toBe(2000);
  expect(pictures.every((one) => one.compositionMs === 0)).toBe(true);
  expect(events.filter((event) => event.type === "dropped")).toEqual([]);
  const bits = pictures.slice(0, -1).reduce((sum, one) => sum + one.data.length * 8, 0);
  expect(bits / 2).toBeGreaterThan(500_000);
  expect(bits / 2).toBeLessThan(2_600_000);
});

test("an FFmpeg that does not run is told, not thrown", async () => {
  const { started, reason } = await record({ path: "/nowhere/ffmpeg", version: "0" }, false, () => false);
  expect(started).toBe(false);
  expect(reason).toMatch(/^The test signal ended: .*ENOENT/);
});

test("through the program it becomes a picture of 640 pixels; asking again soon draws nothing new", async () => {
  const ffmpeg = await findFfmpeg({ configured: undefined });
  const log = createLogger("silent", false);
  const program = new Program({ broadcastId: "b", start: null, clock: systemClock, onState: () => {} });
  const thumbnails = new Thumbnails({ ffmpeg, clock: systemClock, log, signal: stop.signal });
  expect(await thumbnails.get("b", program.keyframe)).toBeNull();
  const stopped = stoppable();
  const sink = program.attach({ kind: "test", protocol: "internal", encoder: null, connectedAt: new Date() });
  const signal = startTestSignal(ffmpeg, sink, { clockText: false, signal: stopped.signal });
  const subscription = program.hub.subscribe({ name: "t", maxBytes: 1e8, maxMs: 1e6, signal: stopped.signal });
  for await (const batch of subscription) {
    if (batch.some((event) => event.type === "sample" && event.sample.keyframe && event.sample.kind === "video")) break;
  }
  const [one, same] = await Promise.all([thumbnails.get("b", program.keyframe), thumbnails.get("b", program.keyframe)]);
  expect([...one!.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
  expect(same).toBe(one);
  stopped.abort();
  await signal.closed;
  expect(program.hasSource).toBe(false);
});

test("a key frame that is no picture gives none", async () => {
  const ffmpeg = await findFfmpeg({ configured: undefined });
  const thumbnails = new Thumbnails({
    ffmpeg,
    clock: systemClock,
    log: createLogger("silent", false),
    signal: stop.signal,
  });
  const track = {
    kind: "video",
    codec: "avc",
    codecs: "avc1.42c01e",
    timescale: 90_000,
    description: new Uint8Array([1]),
    widthPx: 640,
    heightPx: 360,
    frameRate: 25,
  } as const;
  expect(await thumbnails.get("b", { track, data: new Uint8Array(50) })).toBeNull();
});
