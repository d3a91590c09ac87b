/** Arguments of the FFmpeg children that make of a program what WebRTC can carry, and what of it needs making. Pure. */
import * as avc from "@rostrum/media/codec/avc";
import { serializeDops } from "@rostrum/media/codec/opus";
import { MalformedError } from "@rostrum/media/errors";
import type { AudioTrack, VideoTrack } from "@rostrum/media/sample";
import { audioTrack } from "@rostrum/media/track-from-config";
import { pipeInput } from "../../lib/ffmpeg.ts";
import type { Encoder } from "./encoders.ts";
import { encoderArgs, muxerArgs } from "./ffmpeg-args.ts";

/** `watch`: it seems to fit, but only its pictures tell whether they are reordered. */
export type Fitness = "fits" | "watch" | "must_be_made";

/** Larger pictures are made smaller: a zero-latency encoder has to keep up. */
const MAX_LINES = 1080;
const BASELINE = 66;
/** Samples at 48 kHz that libopus looks ahead when it is told to hurry. */
const PRE_SKIP = 120;
const OPUS_BPS = 128_000;
/** A rung of so many lines is encoded by several threads. */
const LARGE_PX = 720;

/**
 * Whether WebRTC can carry the pictures as they are: H.264 of 8 bits and 4:2:0, whole frames, in the order in which they are shown.
 * Receivers show pictures as they come.
 */
export function fitnessOf({ codec, description }: VideoTrack): Fitness {
  if (codec !== "avc") return "must_be_made";
  try {
    const sps = avc.parseSps(avc.parseAvcConfig(description).sps[0] ?? new Uint8Array());
    if (sps.chroma !== "4:2:0" || sps.bitDepthLuma !== 8 || sps.bitDepthChroma !== 8 || sps.interlaced)
      return "must_be_made";
    if (sps.profile === BASELINE || sps.reorderFrames === 0) return "fits";
    return sps.reorderFrames === undefined ? "watch" : "must_be_made";
  } catch (error) {
    if (error instanceof MalformedError) return "must_be_made";
    throw error;
  }
}

/** Fragmented MP4 of one video track on stdin; H.264 without reordering on stdout, key frames where the source has them. */
export function rtcVideoArgs(track: VideoTrack, encoder: Encoder, fps: number, cores: number): string[] {
  const { width, height } = madeSize(track);
  const lines = Math.min(width, height);
  const rung = { name: "rtc", heightPx: lines, width, height, videoBitrateBps: bitrateFor(lines, fps) };
  return [
    ...encoder.globalArgs,
    "-copyts",
    ...["-probesize", "5000", "-analyzeduration", "0", "-threads", "1"],
    ...pipeInput("mp4"),
    ...["-map", "0:v:0", "-vf", `scale=${width}:${height}:flags=bicubic,${encoder.filterEnd}`],
    ...encoderArgs(encoder, rung, fps, lines >= LARGE_PX ? Math.min(4, cores) : Math.min(2, cores)),
    // Every browser decodes it; what hardware encoders call it differs from one to the other.
    ...(encoder.hardware ? [] : ["-profile:v", "baseline"]),
    ...muxerArgs("pipe:1"),
  ];
}

/** Fragmented MP4 of one sound track on stdin; Opus of 10 ms a packet on stdout: each packet waits for the next one in the muxer. */
export function rtcAudioArgs({ channels }: AudioTrack): string[] {
  return [
    "-copyts",
    ...["-probesize", "1024", "-analyzeduration", "0", "-threads", "1"],
    ...pipeInput("mp4"),
    ...["-map", "0:a:0", "-c:a", "libopus", "-b:a", String(OPUS_BPS), "-application", "lowdelay"],
    ...["-frame_duration", "10", "-ar", "48000", "-ac", String(Math.min(2, channels))],
    ...["-avoid_negative_ts", "disabled"],
    ...["-movflags", "+frag_every_frame+empty_moov+default_base_moof+skip_trailer+frag_discont"],
    // FFmpeg before 4.3 calls Opus in MP4 an experiment.
    ...["-flush_packets", "1", "-strict", "-2", "-f", "mp4", "pipe:1"],
  ];
}

/** What the sound is after it was made. */
export function madeAudioTrack({ channels }: AudioTrack): AudioTrack {
  const config = { preSkip: PRE_SKIP, inputSampleRateHz: 48_000, outputGain: 0, mappingFamily: 0, mapping: undefined };
  return audioTrack("opus", serializeDops({ ...config, channels: Math.min(2, channels) }));
}

function madeSize({ widthPx, heightPx }: VideoTrack): { width: number; height: number } {
  const scale = Math.min(1, MAX_LINES / Math.min(widthPx, heightPx));
  return { width: even(widthPx * scale), height: even(heightPx * scale) };
}

/** About what live encoders are told for such a picture. */
function bitrateFor(lines: number, fps: number): number {
  const base = lines > 720 ? 4_500_000 : lines > 480 ? 2_500_000 : lines > 360 ? 1_500_000 : 800_000;
  return fps > 45 ? Math.round(base * 1.35) : base;
}

const even = (value: number): number => Math.max(2, 2 * Math.round(value / 2));
