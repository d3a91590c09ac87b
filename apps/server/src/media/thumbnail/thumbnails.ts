/** JPEGs of what is shown now: the newest key frame through FFmpeg, on demand, kept for some seconds. */
import { concat } from "@rostrum/media/bytes";
import { MalformedError } from "@rostrum/media/errors";
import { writeFragment } from "@rostrum/media/fmp4/fragment";
import { writeInit } from "@rostrum/media/fmp4/init";
import type { Clock } from "../../lib/clock.ts";
import { type Ffmpeg, FfmpegError, pipeInput, runFfmpeg } from "../../lib/ffmpeg.ts";
import type { Logger } from "../../lib/log.ts";
import type { Keyframe } from "../program/connected-source.ts";

export type ThumbnailOptions = Readonly<{ ffmpeg: Ffmpeg; clock: Clock; log: Logger; signal: AbortSignal }>;

/** `keyframe` undefined: it could not be drawn, which may be tried again; `jpeg` is then what there was before. */
type Entry = { jpeg: Promise<Uint8Array | null>; keyframe: Keyframe | undefined; madeMs: number };

const KEPT_MS = 5000;
const TIMEOUT_MS = 5000;
const MAX_JPEG_BYTES = 2 * 1024 * 1024;
/** FFmpeg children at a time; who comes when as many wait gets what was there before, or nothing. */
const MAX_RUNNING = 2;
const MAX_WAITING = 20;

const ARGS = [
  ...pipeInput("mp4"),
  ...["-frames:v", "1", "-vf", "scale=640:-2:flags=fast_bilinear", "-threads", "1"],
  ...["-c:v", "mjpeg", "-q:v", "5", "-pix_fmt", "yuvj420p", "-f", "image2pipe", "pipe:1"],
];

export class Thumbnails {
  readonly #options: ThumbnailOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #waiting: Array<() => void> = [];
  #running = 0;

  constructor(options: ThumbnailOptions) {
    this.#options = options;
  }

  /**
   * 640 pixels wide; null when there is no key frame or it cannot be drawn. Asking often costs one child per `keptMs` (5 s) and
   * broadcast, and none while the key frame is the same.
   */
  async get(broadcastId: string, keyframe: Keyframe | undefined, keptMs = KEPT_MS): Promise<Uint8Array | null> {
    const known = this.#entries.get(broadcastId);
    const nowMs = this.#options.clock.monotonicMs();
    if (known !== undefined && (nowMs - known.madeMs < keptMs || known.keyframe === keyframe)) return known.jpeg;
    if (keyframe === undefined) return null;
    if (this.#waiting.length >= MAX_WAITING) return known?.jpeg ?? null;
    const made = this.#make(broadcastId, keyframe);
    const entry: Entry = { jpeg: made.then((jpeg) => jpeg ?? known?.jpeg ?? null), keyframe, madeMs: nowMs };
    this.#entries.set(broadcastId, entry);
    if ((await made) === null) entry.keyframe = undefined;
    return entry.jpeg;
  }

  /** Forgets what was made of this broadcast. */
  forget(broadcastId: string): void {
    this.#entries.delete(broadcastId);
  }

  async #make(broadcastId: string, { track, data }: Keyframe): Promise<Uint8Array | null> {
    await this.#begin();
    try {
      const picture = { kind: "video", pts: 0, dts: 0, duration: 1, keyframe: true, data } as const;
      const input = concat([writeInit(track), writeFragment(track, 1, [picture])]);
      const limits = { maxOutputBytes: MAX_JPEG_BYTES, timeoutMs: TIMEOUT_MS, signal: this.#options.signal };
      const jpeg = await runFfmpeg(this.#options.ffmpeg, ARGS, input, limits);
      return jpeg.length === 0 ? null : jpeg;
    } catch (error) {
      const expected = [FfmpegError, MalformedError, RangeError].some((kind) => error instanceof kind);
      if (!expected || !(error instanceof Error)) throw error;
      this.#options.log.debug({ broadcastId, error: error.message }, "no thumbnail");
      return null;
    } finally {
      this.#finish();
    }
  }

  async #begin(): Promise<void> {
    if (this.#running >= MAX_RUNNING) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
  }

  /** The place goes on to who waits longest. */
  #finish(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
