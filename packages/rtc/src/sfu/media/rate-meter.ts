/** How many bits per second passed lately: a sliding window of buckets, without allocation per packet. */

const BUCKETS = 10;

/** Times must not run backwards; an older one counts for the newest bucket. */
export class RateMeter {
  readonly #bucketMs: number;
  /** Of the buckets that are over. */
  readonly #bytes = new Float64Array(BUCKETS);
  /** Of the newest one, so that most packets only touch this object. */
  #newestBytes = 0;
  #newest = 0;
  /** When the newest bucket ends: until then nothing has to be moved on. */
  #untilMs = -Infinity;
  #total = 0;
  /** When the first byte of the present activity came, so that a young stream is not divided by the whole window. */
  #sinceMs = -1;

  /** @param windowMs what is looked back at; a multiple of 10 */
  constructor(windowMs = 1_000) {
    this.#bucketMs = windowMs / BUCKETS;
  }

  add(bytes: number, nowMs: number): void {
    if (nowMs >= this.#untilMs) this.#advance(nowMs);
    if (this.#total === 0) this.#sinceMs = nowMs;
    this.#newestBytes += bytes;
    this.#total += bytes;
  }

  /** Bits per second over the window, or over what of it has passed since bytes began to flow (at least a fifth of it). */
  bps(nowMs: number): number {
    this.#advance(nowMs);
    if (this.#total === 0) return 0;
    // The newest bucket is not over yet.
    const windowMs = this.#bucketMs * (BUCKETS - 1) + Math.max(0, nowMs - this.#newest * this.#bucketMs);
    const spanMs = Math.min(windowMs, Math.max(nowMs - this.#sinceMs, this.#bucketMs * 2));
    return (this.#total * 8_000) / spanMs;
  }

  /** Forgets everything. */
  reset(): void {
    this.#bytes.fill(0);
    this.#newestBytes = 0;
    this.#total = 0;
  }

  #advance(nowMs: number): void {
    const bucket = Math.floor(nowMs / this.#bucketMs);
    const steps = Math.min(bucket - this.#newest, BUCKETS);
    if (steps <= 0) return;
    this.#bytes[this.#newest % BUCKETS] = this.#newestBytes;
    this.#newestBytes = 0;
    for (let step = 1; step <= steps; step++) {
      const at = (this.#newest + step) % BUCKETS;
      this.#total -= this.#bytes[at] ?? 0;
      this.#bytes[at] = 0;
    }
    this.#newest = bucket;
    this.#untilMs = (bucket + 1) * this.#bucketMs;
  }
}
