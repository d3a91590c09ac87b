/** The least of the values of the last while, without keeping them. */

/** The `number`-th stretch of time as long as a window, and the least of what came in it. */
type Stretch = { number: number; least: number };

export class RecentLeast {
  readonly #windowMs: number;
  /** Of the stretch right before `#now`. */
  #before: number = Number.POSITIVE_INFINITY;
  #now: Stretch | undefined;

  /** @param windowMs values count for at least so long, and at most for twice that */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** As it was when the last value came. Undefined before the first one. */
  get value(): number | undefined {
    return this.#now === undefined ? undefined : Math.min(this.#before, this.#now.least);
  }

  /** @param nowMs on a steady clock; a little older than the last one counts as the same stretch @returns the least, with this one */
  push(value: number, nowMs: number): number {
    const number = Math.floor(nowMs / this.#windowMs);
    const now = this.#now;
    if (now?.number === number || now?.number === number + 1) {
      now.least = Math.min(now.least, value);
      return Math.min(this.#before, now.least);
    }
    this.#before = now?.number === number - 1 ? now.least : Number.POSITIVE_INFINITY;
    this.#now = { number, least: value };
    return Math.min(this.#before, value);
  }
}
