/** How many bytes a second may come, with a second's worth at once. Pure but for its own state. */
export class RateLimit {
  readonly #bytesPerSec: number;
  #allowed: number;
  #atMs: number | undefined;

  constructor(bytesPerSec: number) {
    this.#bytesPerSec = bytesPerSec;
    this.#allowed = bytesPerSec;
  }

  /** Counts `bytes` that have come; the answer is for how many ms nothing more should be read. */
  take(bytes: number, nowMs: number): number {
    const refill = ((nowMs - (this.#atMs ?? nowMs)) / 1000) * this.#bytesPerSec;
    this.#atMs = nowMs;
    this.#allowed = Math.min(this.#bytesPerSec, this.#allowed + refill) - bytes;
    return this.#allowed >= 0 ? 0 : Math.ceil((-this.#allowed / this.#bytesPerSec) * 1000);
  }
}
