/** The slates of this node: encoded once for each look and shape, kept in memory, made one after the other in the background. */
import type { Ffmpeg } from "../../lib/ffmpeg.ts";
import type { Logger } from "../../lib/log.ts";
import type { Clock } from "../../lib/clock.ts";
import type { SlateLook } from "../plane.ts";
import type { SlateShape } from "../program/program.ts";
import type { SlatePicture } from "../program/slate-player.ts";
import { encodeSlate } from "./encode-slate.ts";

export type SlatesOptions = Readonly<{ ffmpeg: Ffmpeg; clock: Clock; log: Logger; signal: AbortSignal }>;

type Entry = { picture: SlatePicture | undefined; failedAtMs: number | undefined };

/** Some hundred kilobytes each; the one that was not asked for the longest goes first. */
const MAX_KEPT = 32;
const MAX_WAITING = 32;
const RETRY_MS = 30_000;

export class Slates {
  readonly #options: SlatesOptions;
  readonly #entries = new Map<string, Entry>();
  #waiting: (() => Promise<void>)[] = [];
  #isRunning = false;

  constructor(options: SlatesOptions) {
    this.#options = options;
  }

  /** Undefined while it is being made, and while that fails. Asking is cheap. */
  get(look: SlateLook, shape: SlateShape): SlatePicture | undefined {
    const fps = Math.round(shape.fps * 1000) / 1000;
    const key = [shape.widthPx, shape.heightPx, fps, look.background, look.text].join(" ");
    const known = this.#entries.get(key);
    const nowMs = this.#options.clock.monotonicMs();
    if (known === undefined) this.#make(key, look, { ...shape, fps });
    else {
      this.#entries.delete(key);
      const isDue = known.failedAtMs !== undefined && nowMs - known.failedAtMs > RETRY_MS;
      if (isDue) this.#make(key, look, { ...shape, fps });
      else this.#entries.set(key, known);
    }
    return known?.picture;
  }

  #make(key: string, look: SlateLook, shape: SlateShape): void {
    if (this.#waiting.length >= MAX_WAITING) return;
    const entry: Entry = { picture: undefined, failedAtMs: undefined };
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MAX_KEPT && oldest !== undefined) this.#entries.delete(oldest);
    this.#waiting.push(() => this.#encode(entry, look, shape));
    if (!this.#isRunning) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) await next();
    this.#isRunning = false;
  }

  async #encode(entry: Entry, look: SlateLook, shape: SlateShape): Promise<void> {
    const { ffmpeg, clock, log, signal } = this.#options;
    if (signal.aborted) return;
    try {
      entry.picture = await encodeSlate(ffmpeg, look, shape, signal);
    } catch (err) {
      entry.failedAtMs = clock.monotonicMs();
      if (!signal.aborted) log.warn({ err, ...shape }, "a slate could not be made; the last picture stands in for it");
    }
  }
}
