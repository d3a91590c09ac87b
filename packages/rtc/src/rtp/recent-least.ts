/** The least of the values of the last while, without keeping them. */

type Window = { fromMs: number; least: number };

export class RecentLeast {
  readonly #windowMs: number;
  #before: number = Number.POSITIVE_INFINITY;
  #now: Window | undefined;

  /** @param windowMs values count for at least so long, and at most for twice that */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Undefined before the first value. */
  get value(): number | undefined {
    return this.#now === undefined ? undefined : Math.min(this.#before, this.#now.least);
  }

  /** @param nowMs on a steady clock @returns the least, with this one */
  push(value: number, nowMs: number): number {
    const now = this.#now;
    if (now === undefined) this.#now = { fromMs: nowMs, least: value };
    else if (nowMs - now.fromMs < this.#windowMs) now.least = Math.min(now.least, value);
    else {
      this.#before = nowMs - now.fromMs < 2 * this.#windowMs ? now.least : Number.POSITIVE_INFINITY;
      this.#now = { fromMs: nowMs, least: value };
    }
    return Math.min(this.#before, this.#now?.least ?? value);
  }
}
