/** Arguments of the FFmpeg child that makes a ladder. Pure. */
import { pipeInput } from "../../lib/ffmpeg.ts";
import type { Encoder } from "./encoders.ts";
import type { Rung } from "./ladder.ts";

export type LadderArgs = Readonly<{
  encoder: Encoder;
  rungs: readonly Rung[];
  /** Frames a second, for the encoder's rate control only: pictures keep the source's times. */
  fps: number;
  /** Cores of the machine. */
  cores: number;
}>;

/** Key frames come where the source has them, and nowhere else: this many frames never pass between two of the source's. */
const NO_OWN_KEYFRAMES = 100_000;
/** A rung of so many lines is encoded by several threads. */
const LARGE_PX = 720;

/** Fragmented MP4 of one video track on stdin; the first rung on stdout, the others on `pipe:3` and up, one fragment a picture. */
export function ladderArgs({ encoder, rungs, fps, cores }: LadderArgs): string[] {
  const outputs = rungs.flatMap((rung, index) => [
    ...["-map", `[o${index}]`],
    ...encoderArgs(encoder, rung, fps, rung.heightPx >= LARGE_PX ? Math.min(4, cores) : Math.min(2, cores)),
    ...muxerArgs(`pipe:${index === 0 ? 1 : index + 2}`),
  ]);
  return [
    ...encoder.globalArgs,
    "-copyts",
    // Only what is needed to begin: the init segment says everything.
    ...["-probesize", "5000", "-analyzeduration", "0"],
    // More threads would hold back as many pictures.
    ...["-threads", "1"],
    ...pipeInput("mp4"),
    ...["-filter_complex", filterGraph(encoder, rungs)],
    ...outputs,
  ];
}

function filterGraph({ filterEnd }: Encoder, rungs: readonly Rung[]): string {
  const inputs = rungs.map((_, index) => `[i${index}]`);
  const scaled = rungs.map(
    ({ width, height }, index) => `[i${index}]scale=${width}:${height}:flags=bicubic,${filterEnd}[o${index}]`,
  );
  return [`[0:v:0]split=${rungs.length}${inputs.join("")}`, ...scaled].join(";");
}

/** Rate control, key frames and times are the same for every encoder. */
export function encoderArgs(encoder: Encoder, rung: Rung, fps: number, threads: number): string[] {
  const rate = String(rung.videoBitrateBps);
  return [
    ...encoder.passthroughArgs,
    ...["-enc_time_base", "1:90000"],
    ...encoder.codecArgs({ fps, threads }),
    ...["-bf", "0", "-g", String(NO_OWN_KEYFRAMES), "-force_key_frames", "source"],
    ...["-b:v", rate, "-maxrate", rate, "-bufsize", rate],
  ];
}

/** Times of fragments are those of the pictures, in 90 kHz ticks since media time zero. */
export function muxerArgs(pipe: string): string[] {
  return [
    ...["-video_track_timescale", "90000", "-avoid_negative_ts", "disabled"],
    ...["-movflags", "+frag_every_frame+empty_moov+default_base_moof+skip_trailer+frag_discont"],
    ...["-flush_packets", "1", "-f", "mp4", pipe],
  ];
}
