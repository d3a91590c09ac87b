/** How much later than the source's its pictures come when they are encoded anew. Pure; ms of a monotonic clock. */

/** Decoding, encoding and two pipes, usually. */
const USUAL_MS = 200;
/** What has waited for the encoder to begin comes in a burst, later than what follows. */
const BURST_MS = 2000;
const KEPT = 61;

export class EncodingLag {
  #beganMs = 0;
  #latest: readonly number[] = [];
  #ms = USUAL_MS;

  /** So late half of the pictures are. */
  get ms(): number {
    return this.#ms;
  }

  /** Another source, or another encoder. */
  begin(nowMs: number): void {
    this.#beganMs = nowMs;
    this.#latest = [];
    this.#ms = USUAL_MS;
  }

  /** A picture has come so much later than the source had sent it. */
  came(lateMs: number, nowMs: number): void {
    if (nowMs - this.#beganMs < BURST_MS) return;
    this.#latest = [...this.#latest.slice(1 - KEPT), lateMs];
    if (this.#latest.length < KEPT) return;
    this.#ms = Math.max(0, this.#latest.toSorted((a, b) => a - b)[(KEPT - 1) / 2] ?? USUAL_MS);
  }
}
