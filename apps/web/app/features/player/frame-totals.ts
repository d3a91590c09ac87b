/** Frames since the page was opened: a <video> counts anew for each source that it is given. Pure. */

export type Frames = Readonly<{ shown: number; dropped: number }>;

export class FrameTotals {
  #before: Frames = { shown: 0, dropped: 0 };
  #now: Frames = { shown: 0, dropped: 0 };

  /** What the video counts for its present source. Ask often. */
  count(now: Frames): void {
    if (now.shown < this.#now.shown) this.#before = this.total;
    this.#now = now;
  }

  get total(): Frames {
    return { shown: this.#before.shown + this.#now.shown, dropped: this.#before.dropped + this.#now.dropped };
  }
}
