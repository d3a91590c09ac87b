/** When the packets of one viewer may go out: a burst at once, then at a rate that its line is likely to carry. Pure; monotonic ms. */

/** What may go out at once: less than the receive buffers of sockets hold. */
const BURST_BYTES = 40_000;
const MIN_BPS = 20_000_000;
const MAX_BPS = 100_000_000;
/** How much faster than it plays a show may be sent, to one who has just come. */
const OVER_MEDIA = 4;
/** A receiver's estimate is at most 1.5 times what it gets: twice as much fills no queue for long. */
const OVER_ESTIMATE = 2;
/** Below this much more than the media itself a viewer would never catch up. */
const LEAST_OVER_MEDIA = 1.5;

export class Pacer {
  #budgetBytes = BURST_BYTES;
  #atMs: number;
  #bps = MIN_BPS;

  constructor(nowMs: number) {
    this.#atMs = nowMs;
  }

  /** @param mediaBps what the show takes @param estimateBps what the viewer believes to get through; undefined: it has not said */
  setRates(mediaBps: number, estimateBps: number | undefined): void {
    const free = Math.min(MAX_BPS, Math.max(MIN_BPS, OVER_MEDIA * mediaBps));
    const carried = estimateBps === undefined ? free : OVER_ESTIMATE * estimateBps;
    this.#bps = Math.max(LEAST_OVER_MEDIA * mediaBps, Math.min(free, carried));
  }

  /** Whether the next packet may go out now. */
  maySend(nowMs: number): boolean {
    const earned = ((nowMs - this.#atMs) * this.#bps) / 8000;
    this.#budgetBytes = Math.min(BURST_BYTES, this.#budgetBytes + Math.max(0, earned));
    this.#atMs = nowMs;
    return this.#budgetBytes > 0;
  }

  sent(bytes: number): void {
    this.#budgetBytes -= bytes;
  }
}
