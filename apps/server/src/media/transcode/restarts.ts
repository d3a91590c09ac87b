/** When a child that broke off is started again: at once the first time, then later and later. Pure. */

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** A child that has run for so long was not to blame for what comes after. */
const STEADY_MS = 60_000;

export class Restarts {
  #count = 0;
  #inARow = 0;
  #startedAtMs = 0;
  #notBeforeMs = 0;
  #reason: string | null = null;

  /** How often one broke off. */
  get count(): number {
    return this.#count;
  }
  /** How many broke off one after the other, none of them steady. */
  get inARow(): number {
    return this.#inARow;
  }
  /** Why the last one broke off; null when the one that runs now has been steady. */
  get reason(): string | null {
    return this.#reason;
  }

  mayStart(nowMs: number): boolean {
    return nowMs >= this.#notBeforeMs;
  }

  started(nowMs: number): void {
    this.#startedAtMs = nowMs;
  }

  /** It broke off. Returns after how many milliseconds the next one may start. */
  failed(reason: string, nowMs: number): number {
    this.#inARow = nowMs - this.#startedAtMs > STEADY_MS ? 1 : this.#inARow + 1;
    this.#count += 1;
    this.#reason = reason;
    const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#inARow - 1));
    this.#notBeforeMs = nowMs + delayMs;
    return delayMs;
  }

  /** The child that runs is well. */
  isWell(nowMs: number): void {
    if (nowMs - this.#startedAtMs > STEADY_MS) this.#reason = null;
  }
}
