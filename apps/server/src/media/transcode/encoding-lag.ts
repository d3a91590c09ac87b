/** How much later than the source's its pictures come when they are encoded anew. Pure; ms of a monotonic clock. */

/** Decoding, encoding and two pipes, usually. */
const USUAL_MS = 200;
/** What has waited for the encoder to begin comes in a burst, each picture less late than the one before: over when none was for this long. */
const CALM_MS = 1000;
/** So much less late, at least, makes it part of the burst. */
const FALL_MS = 50;
const KEPT = 61;

export class EncodingLag {
  #leastMs = Number.POSITIVE_INFINITY;
  #fellAtMs = 0;
  #isBurst = true;
  #latest: readonly number[] = [];
  #ms = USUAL_MS;

  /** So late half of the pictures are. */
  get ms(): number {
    return this.#ms;
  }

  /** Another source, or another encoder. */
  begin(): void {
    this.#leastMs = Number.POSITIVE_INFINITY;
    this.#isBurst = true;
    this.#latest = [];
    this.#ms = USUAL_MS;
  }

  /** A picture has come so much later than the source had sent it. */
  came(lateMs: number, nowMs: number): void {
    if (this.#isBurst) this.#watchBurst(lateMs, nowMs);
    if (this.#isBurst) return;
    this.#latest = [...this.#latest.slice(1 - KEPT), lateMs];
    if (this.#latest.length < KEPT) return;
    this.#ms = Math.max(0, this.#latest.toSorted((a, b) => a - b)[(KEPT - 1) / 2] ?? USUAL_MS);
  }

  #watchBurst(lateMs: number, nowMs: number): void {
    if (lateMs < this.#leastMs - FALL_MS) {
      this.#leastMs = lateMs;
      this.#fellAtMs = nowMs;
    }
    this.#isBurst = nowMs - this.#fellAtMs < CALM_MS;
  }
}
