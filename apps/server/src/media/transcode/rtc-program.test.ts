import * as avc from "@rostrum/media/codec/avc";
import type { AudioTrack, VideoTrack } from "@rostrum/media/sample";
import { beforeAll, expect, test, vi } from "vitest";
import { systemClock } from "../../lib/clock.ts";
import { type Ffmpeg, findFfmpeg } from "../../lib/ffmpeg.ts";
import { createLogger } from "../../lib/log.ts";
import { tracks } from "../deliver/testing.ts";
import type { ProgramEvent } from "../hub/program-event.ts";
import { ProgramHub } from "../hub/program-hub.ts";
import { chooseEncoder, type EncoderChoice } from "./encoders.ts";
import { fitnessOf } from "./rtc-args.ts";
import { RtcProgram } from "./rtc-program.ts";
import { type SourceMedia, encodeSource, eventsOf, until, x264 } from "./testing.ts";

// Real encoders, which may have to share the processor with whatever else runs.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const SECONDS = 3;
let ffmpeg: Ffmpeg;
let choice: EncoderChoice;
let plain: SourceMedia;
let reordered: SourceMedia;
let aac: SourceMedia;
let opus: SourceMedia;

const log = createLogger("silent", false);
const PICTURE = `testsrc2=s=320x180:r=25:d=${SECONDS}`;
const TONE = `sine=f=440:d=${SECONDS}:r=44100`;
/** As OBS encodes for RTMP. */
const B_FRAMES = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", "50", "-pix_fmt", "yuv420p"];

beforeAll(async () => {
  ffmpeg = await findFfmpeg({ configured: undefined });
  choice = await chooseEncoder(ffmpeg, new AbortController().signal);
  plain = await encodeSource(ffmpeg, PICTURE, x264(50), 90_000);
  reordered = await encodeSource(ffmpeg, PICTURE, B_FRAMES, 90_000);
  aac = await encodeSource(ffmpeg, TONE, ["-c:a", "aac", "-ac", "2"], 44_100);
  opus = await encodeSource(ffmpeg, TONE, ["-c:a", "libopus", "-ac", "2"], 48_000);
});

type Samples = Extract<ProgramEvent, { type: "sample" }>["sample"][];

interface Watched extends AsyncDisposable {
  readonly source: ProgramHub;
  readonly program: RtcProgram;
  readonly tracks: Extract<ProgramEvent, { type: "tracks" }>[];
  of(kind: "video" | "audio"): Samples;
}

function watch(with_: EncoderChoice = choice): Watched {
  const source = new ProgramHub();
  const clock = systemClock;
  const program = new RtcProgram({ source, ffmpeg, clock, log, choice: Promise.resolve(with_) });
  const events: ProgramEvent[] = [];
  const limits = { maxBytes: 64 * 1024 * 1024, maxMs: 60_000 };
  const subscription = program.hub.subscribe({ ...limits, name: "test", signal: new AbortController().signal });
  const done = (async () => {
    for await (const batch of subscription) events.push(...batch);
  })();
  return {
    source,
    program,
    get tracks() {
      return events.filter((event) => event.type === "tracks");
    },
    of: (kind) =>
      events.flatMap((event) => (event.type === "sample" && event.sample.kind === kind ? [event.sample] : [])),
    async [Symbol.asyncDispose]() {
      await program.close();
      await done;
    },
  };
}

/** Picture and sound in the order in which a program publishes them. */
function publish(hub: ProgramHub, ...media: readonly SourceMedia[]): void {
  const [video, audio] = [
    media.find(({ track }) => track.kind === "video"),
    media.find(({ track }) => track.kind === "audio"),
  ];
  const kinds = {
    ...(video && { video: video.track as VideoTrack }),
    ...(audio && { audio: audio.track as AudioTrack }),
  };
  hub.publish(tracks(kinds));
  const timed = media.flatMap((one) =>
    eventsOf(one).map((event): [number, ProgramEvent] => [
      event.type === "sample" ? event.sample.dts / one.track.timescale : 0,
      event,
    ]),
  );
  for (const [, event] of timed.toSorted(([a], [b]) => a - b)) hub.publish(event);
}

test("pictures in their order and Opus pass as they are", async () => {
  await using watched = watch();
  publish(watched.source, plain, opus);
  await until(() => watched.of("video").length === plain.samples.length);
  expect(watched.of("video")).toEqual(plain.samples);
  expect(watched.of("audio").map(({ data }) => data)).toEqual(opus.samples.map(({ data }) => data));
  expect(watched.tracks.map(({ video, audio }) => [video?.codecs, audio?.codec])).toEqual([
    [(plain.track as VideoTrack).codecs, "opus"],
  ]);
  expect([watched.program.isTranscoded, watched.program.missing]).toEqual([false, undefined]);
});

test("reordered pictures are encoded anew, at the same times and in their order", async () => {
  expect(fitnessOf(reordered.track as VideoTrack)).toBe("must_be_made");
  await using watched = watch();
  publish(watched.source, reordered);
  // The last ones stay in decoder and muxer until more comes.
  await until(() => watched.of("video").length >= reordered.samples.length - 10);
  const made = watched.of("video");
  expect(made[0]).toMatchObject({ keyframe: true, pts: Math.min(...reordered.samples.map(({ pts }) => pts)) });
  expect(made.every(({ pts, dts }) => pts === dts)).toBe(true);
  const times = reordered.samples.map(({ pts }) => pts).toSorted((a, b) => a - b);
  expect(made.map(({ pts }) => pts)).toEqual(times.slice(0, made.length));
  expect(made.filter(({ keyframe }) => keyframe)).toHaveLength(2);
  const [told] = watched.tracks;
  expect(fitnessOf(told!.video!)).toBe("fits");
  expect(avc.parseAvcConfig(told!.video!.description).profile).toBe(66);
  expect(watched.program.isTranscoded).toBe(true);
});

test("without an encoder it is said why there are no pictures", async () => {
  const reason = "FFmpeg cannot encode H.264 here.";
  await using watched = watch({ encoder: undefined, reason });
  publish(watched.source, reordered);
  await until(() => watched.program.missing !== undefined);
  expect(watched.program.missing).toBe(reason);
});

test("AAC becomes Opus of 10 ms, at the same times", async () => {
  await using watched = watch();
  publish(watched.source, plain, aac);
  await until(() => watched.of("audio").length > 200);
  const made = watched.of("audio");
  expect(watched.tracks[0]!.audio).toMatchObject({ codec: "opus", channels: 2, timescale: 48_000 });
  const firstSec = made[0]!.dts / 48_000;
  expect(Math.abs(firstSec - aac.samples[0]!.dts / 44_100)).toBeLessThan(0.03);
  for (const [n, sample] of made.entries()) {
    if (n > 0) expect(Math.abs(sample.dts - made[n - 1]!.dts - 480)).toBeLessThanOrEqual(1);
  }
});

test("nothing is left when it is closed, and the source has no subscriber", async () => {
  const watched = watch();
  publish(watched.source, reordered, aac);
  await until(() => watched.of("video").length > 0);
  await watched[Symbol.asyncDispose]();
  expect(watched.source.subscribers).toBe(0);
});
