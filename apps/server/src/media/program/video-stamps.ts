/** Decoding and presentation times of video in 90 kHz ticks, evened out to the nominal frame duration. */
import { VIDEO_TIMESCALE } from "../hub/program-event.ts";
import { FrameRate } from "./frame-rate.ts";

const TICKS_PER_MS = VIDEO_TIMESCALE / 1000;
/** How far a stamp may be from the source's own: what rounding to milliseconds explains. */
const TOLERANCE_TICKS = 2 * TICKS_PER_MS;
/** Pictures that belong before the epoch's begin are decoded and shown so much faster, until they have caught up. */
const CATCH_UP = 4;
const CATCH_UP_FRAMES = 16;
const DEFAULT_FRAME_TICKS = VIDEO_TIMESCALE / 30;
const MAX_USUAL_TICKS = VIDEO_TIMESCALE / 10;

/** Where pictures that come so much late, from `from` on, are in time again; in the unit of both. */
export const caughtUpAt = (from: number, late: number): number => from + late / (CATCH_UP - 1);

export class VideoStamps {
  readonly #rate: FrameRate;
  /** Not rounded, so that 3753.75 ticks of 23.976 fps do not add up to an error. */
  #exact: number | undefined;
  #dts: number;
  #lastMs: number | undefined;
  readonly #fromTicks: number;
  readonly #lateTicks: number;
  #placed = 0;

  /**
   * @param nextTicks no stamp is smaller
   * @param lateTicks how long before that the first picture should have been shown
   */
  constructor(nextTicks: number, hintFps: number | undefined, lateTicks = 0) {
    this.#dts = nextTicks - 1;
    this.#rate = new FrameRate(hintFps);
    this.#fromTicks = nextTicks;
    this.#lateTicks = lateTicks;
  }

  /** The nominal rate; undefined while nobody knows. */
  get fps(): number | undefined {
    return this.#rate.fps;
  }

  /** What the newest frame probably lasts. `lastTicks` is what the one before it lasted. */
  usualTicks(lastTicks: number | undefined): number {
    if (this.#rate.fps !== undefined) return Math.round(VIDEO_TIMESCALE / this.#rate.fps);
    return Math.min(lastTicks ?? DEFAULT_FRAME_TICKS, MAX_USUAL_TICKS);
  }

  /**
   * `mediaMs` is the decoding time on the program's timeline. `dts` grows by at least one tick with every call: pictures that
   * are decoded before the epoch begins, because they are shown later, follow one another closely, and are shown in time.
   */
  place(mediaMs: number, compositionMs: number): { dts: number; pts: number } {
    if (this.#lastMs !== undefined) this.#rate.observe(mediaMs - this.#lastMs);
    this.#lastMs = mediaMs;
    const frameTicks = this.#rate.fps === undefined ? undefined : VIDEO_TIMESCALE / this.#rate.fps;
    const exact = this.#even(mediaMs * TICKS_PER_MS, frameTicks);
    const isCatchingUp = this.#exact !== undefined && this.#placed < CATCH_UP_FRAMES && frameTicks !== undefined;
    const dts = Math.max(
      Math.round(this.#caughtUp(exact)),
      this.#dts + (isCatchingUp ? Math.floor(frameTicks / CATCH_UP) : 1),
    );
    this.#placed += 1;
    this.#exact = exact;
    this.#dts = dts;
    const pts = Math.round(this.#caughtUp(exact + evenComposition(compositionMs * TICKS_PER_MS, frameTicks)));
    return { dts, pts: compositionMs < 0 ? Math.max(0, pts) : Math.max(dts, pts) };
  }

  #caughtUp(ticks: number): number {
    if (ticks >= caughtUpAt(this.#fromTicks, this.#lateTicks)) return ticks;
    return this.#fromTicks + (ticks - this.#fromTicks + this.#lateTicks) / CATCH_UP;
  }

  #even(target: number, frameTicks: number | undefined): number {
    if (this.#exact === undefined || frameTicks === undefined) return target;
    const frames = Math.max(1, Math.round((target - this.#exact) / frameTicks));
    const predicted = this.#exact + frames * frameTicks;
    return Math.min(Math.max(predicted, target - TOLERANCE_TICKS), target + TOLERANCE_TICKS);
  }
}

function evenComposition(ticks: number, frameTicks: number | undefined): number {
  if (frameTicks === undefined) return Math.round(ticks);
  const even = Math.round(ticks / frameTicks) * frameTicks;
  return Math.round(Math.abs(even - ticks) <= TOLERANCE_TICKS ? even : ticks);
}
