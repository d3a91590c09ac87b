/** What FFmpeg finds in an upload: one pass over the packets, nothing is decoded. */
import { type Ffmpeg, PICTURE_LIMIT, startFfmpeg } from "../../../lib/ffmpeg.ts";
import type { Container } from "../../../lib/container.ts";

/** An uploaded file on this disk. */
export type Upload = Readonly<{ path: string; container: Container }>;

/** `fps` is undefined when it is not one that is in use. `plain`: H.264, 8 bit 4:2:0, square pixels, upright. */
export type Facts = Readonly<{ durationMs: number; hasAudio: boolean; fps: number | undefined; plain: boolean }>;

export type Probed = { readonly ok: true; readonly facts: Facts } | { readonly ok: false; readonly reason: string };

const USUAL_FPS = [24_000 / 1001, 24, 25, 30_000 / 1001, 30, 48, 50, 60_000 / 1001, 60];
const NO_PICTURE = "There is no picture in this file; upload a video.";
const BROKEN = "This file is broken or not complete; export it again and upload it anew.";
const EMPTY = "This video is shorter than a second; there is nothing to play.";

/**
 * Arguments that read the upload: one demuxer, which may open nothing but this file. References to other files inside of it
 * are not followed.
 */
export function uploadInput({ path, container }: Upload): string[] {
  const drefs = container === "mov" ? ["-enable_drefs", "0", "-use_absolute_path", "0"] : [];
  return [...PICTURE_LIMIT, "-protocol_whitelist", "file", "-f", container, ...drefs, "-i", `file:${path}`];
}

/** Reads all of it. The signal ends it with `ok: false`. */
export async function probeUpload(ffmpeg: Ffmpeg, upload: Upload, signal: AbortSignal): Promise<Probed> {
  const args = ["-loglevel", "info", "-nostats", "-progress", "pipe:1", ...uploadInput(upload)];
  const copy = ["-map", "0:V:0", "-map", "0:a:0?", "-c", "copy", "-map_metadata", "-1", "-map_chapters", "-1"];
  const child = startFfmpeg(ffmpeg, [...args, ...copy, "-f", "null", "-"], signal);
  child.stdin.end();
  let durationMs = 0;
  followProgress(child.stdout, (ms) => (durationMs = ms));
  const { code, stderr } = await child.closed;
  if (/matches no streams/.test(stderr)) return { ok: false, reason: NO_PICTURE };
  if (code !== 0) return { ok: false, reason: BROKEN };
  if (durationMs < 1000) return { ok: false, reason: EMPTY };
  return { ok: true, facts: { durationMs, ...readStreams(stderr) } };
}

/** Calls `tell` with the position in ms whenever FFmpeg writes one to its `-progress` output. */
export function followProgress(output: NodeJS.ReadableStream, tell: (positionMs: number) => void): void {
  let open = "";
  output.setEncoding("utf8").on("data", (text: string) => {
    const lines = (open + text).split("\n");
    open = lines.pop() ?? "";
    for (const line of lines) {
      // Microseconds, whatever the name says: that of later versions is not known to the older ones.
      const us = /^out_time_ms=(\d+)$/.exec(line.trim())?.[1];
      if (us !== undefined) tell(Number(us) / 1000);
    }
  });
}

function readStreams(stderr: string): Omit<Facts, "durationMs"> {
  const lines = stderr.split("\n").filter((line) => /^\s*Stream #0:\d/.test(line));
  const video = lines.find((line) => line.includes(" Video: ")) ?? "";
  const squarePixels = !/\[SAR (?!1:1 )/.test(video);
  const fps = Number(/, ([\d.]+) fps/.exec(video)?.[1]);
  return {
    hasAudio: lines.some((line) => line.includes(" Audio: ")),
    fps: USUAL_FPS.find((usual) => Math.abs(usual - fps) < 0.02),
    plain: /Video: h264/.test(video) && /, yuvj?420p[(,]/.test(video) && squarePixels && !/rotation of/.test(stderr),
  };
}
