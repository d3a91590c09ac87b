/** Which moment of the show is shown, by its RTP time, and where live is. Pure; seconds, monotonic ms. */
import { EdgeClock } from "../realtime/edge-clock.ts";
import type { ShowClock } from "./protocol.ts";

const WRAP = 2 ** 32;

type Told = Readonly<{ clock: ShowClock; atMs: number }>;
type Shown = Readonly<{ sec: number; atMs: number; forMs: number }>;

export class ShowTime {
  readonly #edge = new EdgeClock();
  #told: Told | undefined;
  #shown: Shown | undefined;

  /** The server says how RTP times lie in the show: with its answer, as soon as it knows, and now and then. */
  told(clock: ShowClock, atMs: number): void {
    this.#told = { clock, atMs };
    this.#edge.observe(clock.mediaSec, atMs / 1000);
  }

  /** Unix ms of media time 0; undefined before it was told. */
  get wallZeroMs(): number | undefined {
    return this.#told?.clock.wallZeroMs;
  }

  /** Media of this RTP time came. */
  came(rtpTimestamp: number, atMs: number): void {
    const sec = this.#secOf(rtpTimestamp, atMs);
    if (sec !== undefined) this.#edge.observe(sec, atMs / 1000);
  }

  /** Media of this RTP time is shown. @param forMs how long the picture moves on by itself, where nobody tells of single frames */
  shown(rtpTimestamp: number, atMs: number, forMs = 0): void {
    const sec = this.#secOf(rtpTimestamp, atMs);
    if (sec !== undefined) this.#shown = { sec, atMs, forMs };
  }

  /** Media time of what is shown; undefined while it is not known. */
  shownSec(nowMs: number): number | undefined {
    if (this.#shown === undefined) return undefined;
    const { sec, atMs, forMs } = this.#shown;
    return sec + Math.min(Math.max(0, nowMs - atMs), forMs) / 1000;
  }

  /** Where live is now; undefined while it is not known. */
  edgeSec(nowMs: number): number | undefined {
    return this.#edge.edgeSec(nowMs / 1000);
  }

  #secOf(rtpTimestamp: number, atMs: number): number | undefined {
    if (this.#told === undefined) return undefined;
    const { clock, atMs: toldAtMs } = this.#told;
    // RTP times begin anew every 13 hours: the one that is next to what is expected is meant.
    const expectedSec = clock.mediaSec + (atMs - toldAtMs) / 1000;
    const wrapSec = WRAP / clock.rateHz;
    const sinceZero = (((rtpTimestamp - clock.rtp) % WRAP) + WRAP) % WRAP;
    const withinSec = sinceZero / clock.rateHz;
    return withinSec + Math.round((expectedSec - withinSec) / wrapSec) * wrapSec;
  }
}
