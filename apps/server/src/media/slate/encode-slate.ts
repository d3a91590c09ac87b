/** Draws and encodes a slate: a closed group of pictures that can be repeated without end. */
import { concat } from "@rostrum/media/bytes";
import { Fmp4Reader } from "@rostrum/media/fmp4/reader";
import { type Ffmpeg, FfmpegError, runFfmpeg } from "../../lib/ffmpeg.ts";
import { drawSvg } from "../../lib/raster.ts";
import { VIDEO_TIMESCALE } from "../hub/program-event.ts";
import type { SlateLook } from "../plane.ts";
import type { SlateShape } from "../program/program.ts";
import type { SlatePicture } from "../program/slate-player.ts";
import { slateSvg } from "./slate-svg.ts";

const LOOP_SEC = 2;
const TIMEOUT_MS = 30_000;
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_SIDE_PX = 4096;

/** Exact, as FFmpeg takes it: the rates of television are those of 1001 ms. */
export function rateOf(fps: number): string {
  const television = Math.round(fps * 1.001);
  const isTelevision = Math.abs((television * 1000) / 1001 - fps) < 0.002 && Math.abs(Math.round(fps) - fps) > 0.002;
  return isTelevision ? `${television * 1000}/1001` : `${Math.round(fps * 1000)}/1000`;
}

/**
 * H.264 of the shape's size and rate, main profile, without B-frames, two seconds long.
 * @throws {FfmpegError} FFmpeg or the drawing failed, or the size is none that can be encoded
 */
export async function encodeSlate(
  ffmpeg: Ffmpeg,
  look: SlateLook,
  { widthPx, heightPx, fps }: SlateShape,
  signal: AbortSignal,
): Promise<SlatePicture> {
  const size = { widthPx: widthPx & ~1, heightPx: heightPx & ~1 };
  if (Math.min(size.widthPx, size.heightPx) < 16 || Math.max(size.widthPx, size.heightPx) > MAX_SIDE_PX) {
    throw new FfmpegError(`a slate of ${widthPx}×${heightPx} cannot be made`);
  }
  const frames = Math.max(2, Math.round(fps * LOOP_SEC));
  const limits = { maxOutputBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS, signal };
  const pixels = await draw(look, size);
  const output = await runFfmpeg(ffmpeg, slateArgs(size, rateOf(fps), frames), pixels, limits);
  return readSlate(output, fps);
}

/** One raw picture on stdin, `frames` encoded ones on stdout. */
function slateArgs(
  { widthPx, heightPx }: { widthPx: number; heightPx: number },
  rate: string,
  frames: number,
): string[] {
  return [
    ...["-protocol_whitelist", "pipe", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", `${widthPx}x${heightPx}`],
    ...["-r", rate, "-i", "pipe:0"],
    ...[
      "-vf",
      `loop=loop=${frames - 1}:size=1:start=0,setpts=N,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p`,
    ],
    ...["-r", rate, "-frames:v", String(frames), "-c:v", "libx264", "-profile:v", "main", "-preset", "veryfast"],
    ...["-tune", "stillimage", "-crf", "24", "-bf", "0", "-g", String(frames), "-keyint_min", String(frames)],
    ...["-sc_threshold", "0", "-threads", "1", "-colorspace", "bt709", "-color_range", "tv"],
    ...["-video_track_timescale", String(VIDEO_TIMESCALE), "-movflags", "+frag_keyframe+empty_moov+default_base_moof"],
    ...["-f", "mp4", "pipe:1"],
  ];
}

/** Where text cannot be drawn the colour alone is better than nothing. */
async function draw(look: SlateLook, size: { widthPx: number; heightPx: number }): Promise<Uint8Array> {
  try {
    return await drawSvg(slateSvg(look, size), size);
  } catch {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) =>
      Number.parseInt(look.background.slice(at, at + 2), 16),
    );
    const pixels = new Uint8Array(size.widthPx * size.heightPx * 3);
    for (let at = 0; at < pixels.length; at += 3) pixels.set([red, green, blue], at);
    return pixels;
  }
}

function readSlate(output: Uint8Array, fps: number): SlatePicture {
  const events = [...new Fmp4Reader().push(output)];
  const track = events.flatMap((event) => (event.type === "init" ? [event.track] : []))[0];
  const samples = events.flatMap((event) => (event.type === "fragment" ? event.fragment.samples : []));
  if (track?.kind !== "video" || samples[0]?.keyframe !== true) {
    throw new FfmpegError("FFmpeg made no slate that begins with a key frame");
  }
  const pictures = samples.map(({ data, keyframe }) => ({ data: concat([data]), keyframe }));
  return { track: { ...track, timescale: VIDEO_TIMESCALE }, fps, pictures };
}
