/** The nominal frame rate of a source whose timestamps are rounded to milliseconds. */

const COMMON_FPS = [
  10,
  12,
  12.5,
  15,
  20,
  24_000 / 1001,
  24,
  25,
  30_000 / 1001,
  30,
  48_000 / 1001,
  48,
  50,
  60_000 / 1001,
  60,
  100,
  120_000 / 1001,
  120,
];
/** Least frames and length of a measurement: rounding to 1 ms leaves less than 0.05 %, half the distance of 29.97 to 30. */
const WINDOW_FRAMES = 64;
const WINDOW_MS = 2100;
/** Rounding moves each end of a step by less than a millisecond. */
const MAX_SPREAD_MS = 2;
/** A promise this far from what is measured is not believed. */
const MAX_DEVIATION = 0.01;
const SNAP = 0.0015;

/** `hintFps` is what bitstream or metadata promise; it is kept while the measurement does not contradict it. */
export class FrameRate {
  #fps: number | undefined;
  #count = 0;
  #sumMs = 0;
  #leastMs = Infinity;
  #mostMs = 0;

  constructor(hintFps: number | undefined) {
    this.#fps = hintFps !== undefined && hintFps >= 1 && hintFps <= 300 ? snap(hintFps) : undefined;
  }

  /** Undefined when nothing is promised and no constant rate was seen. */
  get fps(): number | undefined {
    return this.#fps;
  }

  /** Takes the distance between the timestamps of two neighbours in decoding order. */
  observe(stepMs: number): void {
    this.#count += 1;
    this.#sumMs += stepMs;
    this.#leastMs = Math.min(this.#leastMs, stepMs);
    this.#mostMs = Math.max(this.#mostMs, stepMs);
    const isLong = this.#sumMs >= WINDOW_MS;
    if (this.#count < WINDOW_FRAMES || (!isLong && this.#count < WINDOW_FRAMES * 16)) return;
    if (isLong && this.#mostMs - this.#leastMs <= MAX_SPREAD_MS) this.#measured((this.#count * 1000) / this.#sumMs);
    this.#count = 0;
    this.#sumMs = 0;
    this.#leastMs = Infinity;
    this.#mostMs = 0;
  }

  #measured(fps: number): void {
    const known = this.#fps;
    if (known === undefined || Math.abs(fps / known - 1) > MAX_DEVIATION) this.#fps = snap(fps);
  }
}

function snap(fps: number): number {
  const nearest = COMMON_FPS.toSorted((a, b) => Math.abs(a - fps) - Math.abs(b - fps))[0] ?? fps;
  return Math.abs(nearest / fps - 1) <= SNAP ? nearest : fps;
}
