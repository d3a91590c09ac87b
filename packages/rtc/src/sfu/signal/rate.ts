/** How much a peer may ask for: an allowance that is used up by what it sends and refills with time. */

export class Allowance {
  readonly #burst: number;
  readonly #perSec: number;
  #left: number;
  #lastMs: number;

  /** @param burst how many at once after a quiet time @param perSec how many for ever */
  constructor(burst: number, perSec: number, nowMs: number) {
    this.#burst = burst;
    this.#perSec = perSec;
    this.#left = burst;
    this.#lastMs = nowMs;
  }

  /** Whether nothing was taken for so long that all of it is there again. */
  isFull(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#left === this.#burst;
  }

  /** Whether anything is left. */
  hasAny(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#left > 0;
  }

  /** Takes that much also when less is left: what comes later waits for it. */
  spend(nowMs: number, amount: number): void {
    this.#refill(nowMs);
    this.#left -= amount;
  }

  /** False when less than that is left; nothing is taken then. */
  take(nowMs: number, amount = 1): boolean {
    this.#refill(nowMs);
    if (this.#left < amount) return false;
    this.#left -= amount;
    return true;
  }

  #refill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    this.#left = Math.min(this.#burst, this.#left + (elapsedMs / 1000) * this.#perSec);
  }
}
