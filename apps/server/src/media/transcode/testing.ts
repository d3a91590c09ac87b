/** For tests of transcoding: sources that FFmpeg encodes, and an origin with real ladders on a program that the test feeds. */
import { Fmp4Reader } from "@rostrum/media/fmp4/reader";
import type { Sample, Track } from "@rostrum/media/sample";
import { type Ffmpeg, runFfmpeg } from "../../lib/ffmpeg.ts";
import type { ProgramEvent } from "../hub/program-event.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { createLogger } from "../../lib/log.ts";
import { createMetrics } from "../../lib/metrics.ts";
import { type TestOrigin, startTestOrigin } from "../deliver/testing.ts";
import type { ProgramHub } from "../hub/program-hub.ts";
import type { EncoderChoice } from "./encoders.ts";
import type { LadderWish } from "./ladder.ts";
import { Ladders } from "./ladders.ts";

export type SourceMedia = Readonly<{ track: Track; samples: readonly Sample[] }>;

const WALL_MS = Date.parse("2026-01-02T03:04:05.000Z");
const TO_FMP4 = ["-video_track_timescale", "90000", "-movflags", "+frag_every_frame+empty_moov+default_base_moof"];
const LIMITS = { maxOutputBytes: 64 * 1024 * 1024, timeoutMs: 60_000 };

/** One track, encoded from `input` (a lavfi graph) with `codec`, moved so that its first decoding time is `fromTicks`. */
export async function encodeSource(
  ffmpeg: Ffmpeg,
  input: string,
  codec: readonly string[],
  fromTicks = 0,
): Promise<SourceMedia> {
  const args = ["-f", "lavfi", "-i", input, ...codec, ...TO_FMP4, "-f", "mp4", "pipe:1"];
  const signal = new AbortController().signal;
  const events = new Fmp4Reader().push(await runFfmpeg(ffmpeg, args, new Uint8Array(), { ...LIMITS, signal }));
  const [track] = events.flatMap((event) => (event.type === "init" ? [event.track] : []));
  const samples = events.flatMap((event) => (event.type === "fragment" ? event.fragment.samples : []));
  if (track === undefined) throw new Error("FFmpeg wrote no track");
  const shift = fromTicks - (samples[0]?.dts ?? 0);
  const moved = samples.map((sample) => ({ ...sample, dts: sample.dts + shift, pts: sample.pts + shift }));
  return {
    track,
    samples: moved.map((sample, n) => ({
      ...sample,
      duration: (moved[n + 1]?.dts ?? sample.dts + sample.duration) - sample.dts,
    })),
  };
}

/** x264 as live encoders use it, without B-frames. */
export const x264 = (gopFrames: number, ...more: string[]): string[] => [
  ...["-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-pix_fmt", "yuv420p"],
  ...["-g", String(gopFrames), "-keyint_min", String(gopFrames), "-sc_threshold", "0", ...more],
];

/** As a program publishes them. */
export function eventsOf({ track, samples }: SourceMedia): ProgramEvent[] {
  return samples.map((sample) => ({
    type: "sample",
    sample,
    wallMs: Math.round(WALL_MS + (sample.dts * 1000) / track.timescale),
  }));
}

export type Rig = AsyncDisposable &
  Readonly<{
    origin: TestOrigin;
    ladders: Ladders;
    /** What the channel wants; may be changed. */
    wish: { now: LadderWish };
    /** Process ids of the children so far. */
    pids: () => number[];
    /** Attaches a hub to the broadcast `show`; resolves when its ladder listens. */
    attach(): Promise<ProgramHub>;
  }>;

export type RigOptions = Readonly<{
  ffmpeg: Ffmpeg;
  choice: EncoderChoice;
  wish: LadderWish;
  maxCores?: number;
  clock?: Clock;
}>;

type Begins = Readonly<{ msg: string; pid: number }>;
const BEGINS = ["transcoding begins", "making AAC begins"];

/** Lets what is waiting happen. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Resolves when `look` is true. Leaves the processor to the encoders in between. */
export async function until(look: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 20));
}

export async function openRig({ ffmpeg, choice, wish, maxCores = 8, clock = systemClock }: RigOptions): Promise<Rig> {
  const lines: string[] = [];
  const wanted = { now: wish };
  const ladders = new Ladders({
    ffmpeg,
    clock,
    log: createLogger("info", false, { write: (line) => void lines.push(line) }),
    metrics: createMetrics(),
    choice: Promise.resolve(choice),
    wish: () => Promise.resolve(wanted.now),
    maxCores,
  });
  const origin = await startTestOrigin({
    startLadder: (id, hub, output, signal) => ladders.run(id, hub, output, signal),
  });
  return {
    origin,
    ladders,
    wish: wanted,
    pids: () =>
      lines.map((line) => JSON.parse(line) as Begins).flatMap(({ msg, pid }) => (BEGINS.includes(msg) ? [pid] : [])),
    async attach() {
      const hub = origin.attach();
      await until(() => ladders.health("show") !== null);
      return hub;
    },
    async [Symbol.asyncDispose]() {
      await origin[Symbol.asyncDispose]();
      ladders.close();
    },
  };
}
