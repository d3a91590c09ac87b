/** Decoding and presentation times of video in 90 kHz ticks, evened out to the nominal frame duration. */
import { VIDEO_TIMESCALE } from "../hub/program-event.ts";
import { FrameRate } from "./frame-rate.ts";

const TICKS_PER_MS = VIDEO_TIMESCALE / 1000;
/** How far a stamp may be from the source's own: what rounding to milliseconds explains. */
const TOLERANCE_TICKS = 2 * TICKS_PER_MS;
const DEFAULT_FRAME_TICKS = VIDEO_TIMESCALE / 30;
const MAX_USUAL_TICKS = VIDEO_TIMESCALE / 10;

export class VideoStamps {
  readonly #rate: FrameRate;
  /** Not rounded, so that 3753.75 ticks of 23.976 fps do not add up to an error. */
  #exact: number | undefined;
  #dts: number;
  #lastMs: number | undefined;

  /** @param nextTicks no stamp is smaller */
  constructor(nextTicks: number, hintFps: number | undefined) {
    this.#dts = nextTicks - 1;
    this.#rate = new FrameRate(hintFps);
  }

  /** What the newest frame probably lasts. `lastTicks` is what the one before it lasted. */
  usualTicks(lastTicks: number | undefined): number {
    if (this.#rate.fps !== undefined) return Math.round(VIDEO_TIMESCALE / this.#rate.fps);
    return Math.min(lastTicks ?? DEFAULT_FRAME_TICKS, MAX_USUAL_TICKS);
  }

  /** `dts` grows by at least one tick with every call. `mediaMs` is the decoding time on the program's timeline. */
  place(mediaMs: number, compositionMs: number): { dts: number; pts: number } {
    if (this.#lastMs !== undefined) this.#rate.observe(mediaMs - this.#lastMs);
    this.#lastMs = mediaMs;
    const frameTicks = this.#rate.fps === undefined ? undefined : VIDEO_TIMESCALE / this.#rate.fps;
    const exact = this.#even(mediaMs * TICKS_PER_MS, frameTicks);
    const dts = Math.max(Math.round(exact), this.#dts + 1);
    this.#exact = exact;
    this.#dts = dts;
    return { dts, pts: Math.max(0, dts + evenComposition(compositionMs * TICKS_PER_MS, frameTicks)) };
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
