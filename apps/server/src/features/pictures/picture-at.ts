/** Pictures out of stored media, for thumbnails. */
import { type Mp4Chunk, planMp4 } from "@rostrum/media/mp4/write-mp4";
import { type Ffmpeg, pipeInput, runFfmpeg } from "../../lib/ffmpeg.ts";

const WIDTH_PX = 640;
const TIMEOUT_MS = 20_000;
const MAX_JPEG_BYTES = 2 * 1024 * 1024;

/**
 * The picture that is on the screen at `atSec`, 640 pixels wide, as JPEG; null when there is none.
 * @param chunks the media around that moment, from a key frame on, on one timeline; called twice
 * @throws {FfmpegError} it cannot be decoded
 */
export async function pictureAt(
  ffmpeg: Ffmpeg,
  chunks: () => AsyncIterable<Mp4Chunk>,
  atSec: number,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  const plan = await planMp4(videoOf(chunks()), { fromSec: atSec, toSec: atSec + 0.001 });
  if (plan === null) return null;
  const pieces: Uint8Array[] = [];
  for await (const piece of plan.write(videoOf(chunks()))) pieces.push(piece);
  const scale = ["-frames:v", "1", "-vf", `scale=${WIDTH_PX}:-2:flags=fast_bilinear`, "-threads", "1"];
  const jpeg = ["-c:v", "mjpeg", "-q:v", "4", "-pix_fmt", "yuvj420p", "-f", "image2pipe", "pipe:1"];
  const limits = { maxOutputBytes: MAX_JPEG_BYTES, timeoutMs: TIMEOUT_MS, signal };
  const picture = await runFfmpeg(ffmpeg, [...pipeInput("mp4"), ...scale, ...jpeg], Buffer.concat(pieces), limits);
  return picture.length === 0 ? null : picture;
}

async function* videoOf(chunks: AsyncIterable<Mp4Chunk>): AsyncGenerator<Mp4Chunk> {
  for await (const chunk of chunks) if (chunk.track.kind === "video") yield chunk;
}
