/** What a source's clock that runs faster or slower than ours adds up to, taken back so slowly that nobody sees it. Pure but for its own state. */

/** The sample that came soonest within so long tells where the source's clock is: all others waited somewhere. */
const WINDOW_MS = 10_000;
/** Differences up to this are what networks and rounding do. */
const TOLERATED_MS = 20;
/** What is beyond is taken back within this time, */
const TAKE_BACK_MS = 60_000;
/** and by this share of the time at most. Clocks are much better; a frame rate is still recognised. */
const MAX_SLEW = 0.0014;
/** A pause counts no longer than this, so that no single sample is moved much. */
const MAX_STEP_MS = 1000;

export class SourceDrift {
  #shiftMs = 0;
  #slew = 0;
  #lastMs: number | undefined;
  #window: { fromMs: number; leadMs: number } | undefined;
  /** How far ahead of its arrival the media was at the begin. */
  #usualMs: number | undefined;

  /** What is to be added to the source's times. */
  get shiftMs(): number {
    return this.#shiftMs;
  }

  /** Takes samples of one track in the order of their coming. `mediaMs` is without the shift, `arrivalMs` monotonic. */
  push(mediaMs: number, arrivalMs: number): void {
    const elapsedMs = Math.min(MAX_STEP_MS, Math.max(0, arrivalMs - (this.#lastMs ?? arrivalMs)));
    this.#lastMs = arrivalMs;
    this.#shiftMs -= this.#slew * elapsedMs;
    const leadMs = mediaMs + this.#shiftMs - arrivalMs;
    this.#window ??= { fromMs: arrivalMs, leadMs };
    this.#window.leadMs = Math.max(this.#window.leadMs, leadMs);
    if (arrivalMs - this.#window.fromMs < WINDOW_MS) return;
    this.#usualMs ??= this.#window.leadMs;
    this.#slew = slewFor(this.#window.leadMs - this.#usualMs);
    this.#window = undefined;
  }

  /** Another track is listened to from now on. The shift stays. */
  restart(): void {
    this.#window = undefined;
    this.#usualMs = undefined;
    this.#slew = 0;
    this.#lastMs = undefined;
  }
}

function slewFor(aheadMs: number): number {
  const beyondMs = Math.sign(aheadMs) * Math.max(0, Math.abs(aheadMs) - TOLERATED_MS);
  return Math.max(-MAX_SLEW, Math.min(MAX_SLEW, beyondMs / TAKE_BACK_MS));
}
