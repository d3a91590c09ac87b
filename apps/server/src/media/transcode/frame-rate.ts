/** How many pictures a second a source sends, as far as encoders must know it. */
import { VIDEO_TIMESCALE } from "../hub/program-event.ts";

const SAMPLES = 31;

export class FrameRate {
  #durations: number[] = [];
  #promised: number | undefined;

  /** A source begins that promises this rate; undefined: it does not say. */
  begin(promised: number | undefined): void {
    this.#durations = [];
    this.#promised = promised;
  }

  add(durationTicks: number): void {
    this.#durations.push(durationTicks);
    if (this.#durations.length > SAMPLES) this.#durations.shift();
  }

  /** What was measured, else what was promised. */
  get value(): number | undefined {
    if (this.#durations.length < SAMPLES) return this.#promised;
    const median = this.#durations.toSorted((a, b) => a - b)[Math.floor(SAMPLES / 2)] ?? 0;
    return median > 0 ? VIDEO_TIMESCALE / median : this.#promised;
  }
}
