/** For tests of transcoding: sources that FFmpeg encodes, and what an origin made of them. */
import { Fmp4Reader } from "@rostrum/media/fmp4/reader";
import type { Sample, Track } from "@rostrum/media/sample";
import { type Ffmpeg, runFfmpeg } from "../../lib/ffmpeg.ts";
import type { ProgramEvent } from "../hub/program-event.ts";

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
