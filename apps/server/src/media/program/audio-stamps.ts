/** Decoding times of audio, counted in samples so that rounded milliseconds do not add up, and kept near the source's clock. */

/** A hole this long is a hole; anything less is the encoder's jitter. */
const GAP_MS = 100;
/** An offset this large that does not go away is closed at once: it would be seen on the lips. */
const LASTING_MS = 40;
const LASTING_FRAMES = 8;
/** Drift is worked off between these two bounds of the averaged offset. */
const DRIFT_BEGIN_MS = 12;
const DRIFT_END_MS = 3;
const AVERAGED_FRAMES = 64;
/** While it is worked off, what is left must be known sooner than it is gone. */
const AVERAGED_AT_WORK_FRAMES = 16;
/** The most that one frame is stretched or shortened while drift is worked off: 1/64 of it, 15 ms per second. */
const SLEW_DIVISOR = 64;

export class AudioStamps {
  readonly #timescale: number;
  #next: number;
  #started = false;
  #averageMs = 0;
  #drifting = false;
  /** Frames in a row that were late (negative) or early. */
  #lasting = 0;

  /** @param nextTicks no stamp is smaller */
  constructor(nextTicks: number, timescale: number) {
    this.#next = nextTicks;
    this.#timescale = timescale;
  }

  /** The stamp of a frame that lasts `durationTicks`; undefined when its time has passed already and it must be left out. */
  place(mediaMs: number, durationTicks: number): number | undefined {
    const target = (mediaMs * this.#timescale) / 1000;
    const offsetMs = ((target - this.#next) * 1000) / this.#timescale;
    if (!this.#started) return this.#begin(target, durationTicks);
    if (this.#isElsewhere(offsetMs)) {
      if (offsetMs < 0) return undefined;
      return this.#jump(target, durationTicks);
    }
    const dts = this.#next + this.#slewTicks(offsetMs, durationTicks);
    this.#next = dts + durationTicks;
    return dts;
  }

  #begin(target: number, durationTicks: number): number | undefined {
    if (target < this.#next - durationTicks / 2) return undefined;
    this.#started = true;
    return this.#jump(Math.max(target, this.#next), durationTicks);
  }

  #jump(target: number, durationTicks: number): number {
    const dts = Math.max(this.#next, Math.round(target));
    this.#next = dts + durationTicks;
    this.#averageMs = 0;
    this.#drifting = false;
    this.#lasting = 0;
    return dts;
  }

  #isElsewhere(offsetMs: number): boolean {
    const side = Math.abs(offsetMs) > LASTING_MS ? Math.sign(offsetMs) : 0;
    this.#lasting = side === Math.sign(this.#lasting) ? this.#lasting + side : side;
    return Math.abs(offsetMs) > GAP_MS || Math.abs(this.#lasting) >= LASTING_FRAMES;
  }

  #slewTicks(offsetMs: number, durationTicks: number): number {
    this.#averageMs += (offsetMs - this.#averageMs) / (this.#drifting ? AVERAGED_AT_WORK_FRAMES : AVERAGED_FRAMES);
    const size = Math.abs(this.#averageMs);
    this.#drifting = this.#drifting ? size > DRIFT_END_MS : size > DRIFT_BEGIN_MS;
    if (!this.#drifting) return 0;
    const ticks = Math.floor(durationTicks / SLEW_DIVISOR) * Math.sign(this.#averageMs);
    // What is worked off is off for all that follows: an average of the past alone would go too far.
    this.#averageMs -= (ticks * 1000) / this.#timescale;
    return ticks;
  }
}
