/**
 * The form in which a video is kept for playing it live: H.264 with a key frame every two seconds and AAC at 48 kHz in stereo,
 * interleaved in one FLV, so that it goes out without FFmpeg.
 */
import { createReadStream } from "node:fs";
import { MalformedError, ProtocolViolation, UnsupportedError } from "@rostrum/media/errors";
import { type Ffmpeg, FfmpegError, runFfmpeg, startFfmpeg } from "../../../lib/ffmpeg.ts";
import { readFlvEvents } from "./flv-events.ts";
import { type Findings, Inspection } from "./inspection.ts";
import { type Facts, followProgress, probeUpload, type Upload, uploadInput } from "./probe.ts";

export type Mezzanine = Readonly<{ durationMs: number; widthPx: number; heightPx: number }>;

export type Made =
  | { readonly ok: true; readonly mezzanine: Mezzanine }
  | { readonly ok: false; readonly reason: string };

export type MezzanineOptions = Readonly<{
  ffmpeg: Ffmpeg;
  upload: Upload;
  /** Where it is written. */
  output: string;
  /** 0 to 1. */
  onProgress: (progress: number) => void;
  signal: AbortSignal;
}>;

const DEFAULT_FPS = 30;
const MAX_PICTURE_BYTES = 1024 * 1024;
const KEYFRAME_SEC = 2;
const AUDIO_FILTER = "aresample=async=1:first_pts=0,apad";
const AUDIO_ARGS = ["-c:a", "aac", "-b:a", "160k", "-ar", "48000", "-ac", "2"];
const SILENCE = ["-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo"];
/** Never enlarged; pixels become square, sides even. */
const FIT = "min(1,min(1920/(iw*sar),1080/ih))";
const FAILED =
  "This video could not be prepared: FFmpeg stopped in the middle of it. Export it as MP4 (H.264) and try again.";
const UNREADABLE = "This video could not be prepared: what FFmpeg made of it cannot be played.";

type Run = MezzanineOptions & Readonly<{ facts: Facts }>;

/** Copies the picture when it can go out as it is, and encodes it otherwise. The caller removes `output`. */
export async function makeMezzanine(options: MezzanineOptions): Promise<Made> {
  const probed = await probeUpload(options.ffmpeg, options.upload, options.signal);
  return probed.ok ? makeFrom({ ...options, facts: probed.facts }) : probed;
}

async function makeFrom(options: Run): Promise<Made> {
  if (options.facts.plain && (await run(options, ["-c:v", "copy"], 0.5))) {
    const found = await inspect(options.output);
    if (found?.fits === true) return { ok: true, mezzanine: mezzanineOf(found) };
  }
  if (options.signal.aborted || !(await run(options, encodeArgs(options.facts.fps ?? DEFAULT_FPS), 1))) {
    return { ok: false, reason: FAILED };
  }
  const found = await inspect(options.output);
  return found === null ? { ok: false, reason: UNREADABLE } : { ok: true, mezzanine: mezzanineOf(found) };
}

const mezzanineOf = ({ durationMs, widthPx, heightPx }: Findings): Mezzanine => ({ durationMs, widthPx, heightPx });

function encodeArgs(fps: number): string[] {
  const size = `scale=w='trunc(${FIT}*iw*sar/2)*2':h='trunc(${FIT}*ih/2)*2'`;
  const filter = `yadif=deint=interlaced,${size},setsar=1,fps=${fps},format=yuv420p`;
  const gop = String(Math.round(fps * KEYFRAME_SEC));
  return [
    ...["-vf", filter, "-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-bf", "0"],
    ...["-crf", "21", "-maxrate", "6000k", "-bufsize", "12000k"],
    ...["-g", gop, "-keyint_min", gop, "-sc_threshold", "0"],
  ];
}

/** True when FFmpeg came to the end. `share` is how much of the progress this run is. */
async function run(options: Run, video: readonly string[], share: number): Promise<boolean> {
  const { ffmpeg, upload, facts, output, signal } = options;
  const audio = facts.hasAudio ? ["-map", "0:a:0", "-af", AUDIO_FILTER] : ["-map", "1:a:0"];
  const child = startFfmpeg(
    ffmpeg,
    [
      ...["-y", "-nostats", "-progress", "pipe:1", ...uploadInput(upload), ...(facts.hasAudio ? [] : SILENCE)],
      ...["-map", "0:V:0", ...audio, "-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn"],
      ...[...video, ...AUDIO_ARGS, "-shortest", "-f", "flv", `file:${output}`],
    ],
    signal,
  );
  child.stdin.end();
  followProgress(child.stdout, (ms) => options.onProgress(Math.min(1, ms / facts.durationMs) * share));
  return (await child.closed).code === 0;
}

/** Null for what our own reader does not take. */
async function inspect(file: string): Promise<Findings | null> {
  const inspection = new Inspection();
  try {
    for await (const event of readFlvEvents(createReadStream(file))) inspection.push(event);
  } catch (error) {
    if (error instanceof MalformedError || error instanceof ProtocolViolation || error instanceof UnsupportedError) {
      return null;
    }
    throw error;
  }
  return inspection.findings();
}

/** A picture of the mezzanine as JPEG, 480 pixels wide at most; null when there is none to be had. */
export async function mezzaninePicture(
  ffmpeg: Ffmpeg,
  file: string,
  options: { atMs: number; signal: AbortSignal },
): Promise<Uint8Array | null> {
  const input = ["-protocol_whitelist", "file", "-ss", String(options.atMs / 1000), "-f", "flv", "-i", `file:${file}`];
  const picture = ["-an", "-frames:v", "1", "-vf", "scale='min(480,iw)':-2", "-q:v", "4", "-f", "mjpeg", "pipe:1"];
  try {
    const limits = { maxOutputBytes: MAX_PICTURE_BYTES, timeoutMs: 20_000, signal: options.signal };
    const jpeg = await runFfmpeg(ffmpeg, [...input, ...picture], new Uint8Array(), limits);
    return jpeg.length === 0 ? null : jpeg;
  } catch (error) {
    if (error instanceof FfmpegError) return null;
    throw error;
  }
}
