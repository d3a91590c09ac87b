/** How much one client may say: a burst, then so many messages a second. */
import type { Clock } from "../lib/clock.ts";

const BURST = 60;
const PER_SEC = 20;

export class Allowance {
  readonly #clock: Clock;
  #left = BURST;
  #atMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#atMs = clock.monotonicMs();
  }

  /** False: it has used all of it. */
  take(): boolean {
    const nowMs = this.#clock.monotonicMs();
    this.#left = Math.min(BURST, this.#left + ((nowMs - this.#atMs) * PER_SEC) / 1000);
    this.#atMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
