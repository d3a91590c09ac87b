/** What is sent later than it was made: RTP times of pictures, lateness of sounds. Pure; ticks of 90 kHz, monotonic ms. */

const TICKS_PER_MS = 90;
/** Pictures that are this late or less keep their own times. */
const NEAR_LIVE_MS = 60;
/** Late ones are dated so long before live: what comes live after them has still later times of its own. */
const BEHIND_LIVE_MS = 40;

/** The source's newest picture, and when it came. */
export type LiveEdge = Readonly<{ ticks: number; atMs: number }>;

/** By how much a sound comes later than a live one would; negative: earlier. */
export function soundLateMs(soundSec: number, live: LiveEdge, nowMs: number): number {
  return live.ticks / TICKS_PER_MS + nowMs - live.atMs - soundSec * 1000;
}

/** A picture, and how much later than the source's it usually is here: encoding takes its time. */
type Dated = Readonly<{ ticks: number; lagMs: number }>;

/**
 * Who joins is sent everything since the last key frame, faster than it was made. With its own times a browser would play that at the
 * usual speed, and stay behind by as much for good. Dated by the moment of sending it is shown as it comes, and live after that.
 */
export class LiveStamps {
  #last = Number.NEGATIVE_INFINITY;

  /** The time of the picture that is sent now; later than all before. */
  stamp({ ticks, lagMs }: Dated, live: LiveEdge, nowMs: number): number {
    const usualTicks = live.ticks + Math.round((nowMs - live.atMs - lagMs) * TICKS_PER_MS);
    const isLate = ticks < live.ticks && usualTicks - ticks > NEAR_LIVE_MS * TICKS_PER_MS;
    this.#last = Math.max(this.#last + 1, isLate ? usualTicks - BEHIND_LIVE_MS * TICKS_PER_MS : ticks);
    return this.#last;
  }
}
