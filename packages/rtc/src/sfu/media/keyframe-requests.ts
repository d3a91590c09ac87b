/** How often a source is asked for a key frame: at once the first time, then more and more seldom until one comes. */

/** RFC 5104 §4.3.1.2 leaves the pace to us; a browser's encoder makes one in about 100 ms. */
const LEAST_GAP_MS = 300;
const MOST_GAP_MS = 2_000;

export class KeyframeRequests {
  #gapMs = LEAST_GAP_MS;
  #askedAtMs = -Infinity;

  /** Whether a request may be sent now; then it counts as sent. */
  ask(nowMs: number): boolean {
    if (nowMs - this.#askedAtMs < this.#gapMs) return false;
    // A request long after the last one is a new need.
    const isRepeat = nowMs - this.#askedAtMs < 2 * this.#gapMs + LEAST_GAP_MS;
    this.#gapMs = isRepeat ? Math.min(MOST_GAP_MS, this.#gapMs * 1.5) : LEAST_GAP_MS;
    this.#askedAtMs = nowMs;
    return true;
  }

  /** A key frame begins: the next need is served at the first pace. */
  came(): void {
    this.#gapMs = LEAST_GAP_MS;
  }
}
