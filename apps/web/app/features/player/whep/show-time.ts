/** Which moment of the show a frame is, by its RTP time, and where live is. Pure; seconds, monotonic ms. */
import { EdgeClock } from "../realtime/edge-clock.ts";
import type { ShowClock } from "./protocol.ts";

const WRAP = 2 ** 32;

export class ShowTime {
  readonly #clock: ShowClock;
  readonly #askedAtMs: number;
  readonly #edge = new EdgeClock();
  #shownSec: number | undefined;

  /** @param answeredAtMs when the clock came */
  constructor(clock: ShowClock, answeredAtMs: number) {
    this.#clock = clock;
    this.#askedAtMs = answeredAtMs;
  }

  /** Media time of the frame that is shown; undefined before the first one. */
  get shownSec(): number | undefined {
    return this.#shownSec;
  }

  get wallZeroMs(): number {
    return this.#clock.wallZeroMs;
  }

  /** A frame of this RTP time is shown; all of it came at `cameAtMs`. */
  shown(rtpTimestamp: number, cameAtMs: number): void {
    const { rtp, rateHz, mediaSec } = this.#clock;
    // RTP times begin anew every 13 hours: the one that is next to what is expected is meant.
    const expectedSec = this.#shownSec ?? mediaSec + (cameAtMs - this.#askedAtMs) / 1000;
    const wrapSec = WRAP / rateHz;
    const sinceZero = (((rtpTimestamp - rtp) % WRAP) + WRAP) % WRAP;
    const withinSec = sinceZero / rateHz;
    this.#shownSec = withinSec + Math.round((expectedSec - withinSec) / wrapSec) * wrapSec;
    this.#edge.observe(this.#shownSec, cameAtMs / 1000);
  }

  /** Where live is now. */
  edgeSec(nowMs: number): number {
    return this.#edge.edgeSec(nowMs / 1000) ?? this.#clock.mediaSec + (nowMs - this.#askedAtMs) / 1000;
  }
}
