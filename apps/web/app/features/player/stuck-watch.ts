/** Tells when a video stands still although it has media to go on with: some browsers do at a seam. Pure. */

/** What the video is doing. */
export type Standing = Readonly<{
  sec: number;
  /** How much media lies before it. */
  aheadSec: number;
  /** Neither paused nor at its end. */
  isToPlay: boolean;
  /** It seeks, or has shown nothing yet: that may take a while. */
  isBeginning: boolean;
}>;

const STUCK_MS = 1000;
const STUCK_BEGINNING_MS = 5000;
const AGAIN_MS = 2000;
const AHEAD_SEC = 0.5;
/** Browsers round where they are moved to; what plays moves further between two looks. */
const MOVED_SEC = 0.02;
/** The first reads again what is there; if that is what stops it, those after leave some of it out. */
const STEPS_SEC = [0.001, 0.1, 0.5] as const;

/** Whether a stall is counted, and whose fault it is, does not matter here. */
export class StuckWatch {
  #sec = Number.NaN;
  #sinceMs = 0;
  #nudgedAtMs = Number.NEGATIVE_INFINITY;
  #nudges = 0;

  /** By how much to move on, now; 0 while there is no need. Ask often. Times are monotonic. */
  check({ sec, aheadSec, isToPlay, isBeginning }: Standing, nowMs: number): number {
    // Also true of the first time.
    if (!(Math.abs(sec - this.#sec) < MOVED_SEC)) {
      this.#sec = sec;
      this.#sinceMs = nowMs;
      this.#nudges = 0;
      return 0;
    }
    if (!isToPlay || aheadSec < AHEAD_SEC) {
      this.#sinceMs = nowMs;
      return 0;
    }
    if (nowMs - this.#sinceMs < (isBeginning ? STUCK_BEGINNING_MS : STUCK_MS)) return 0;
    return nowMs - this.#nudgedAtMs < AGAIN_MS ? 0 : this.#nudge(sec, aheadSec, nowMs);
  }

  /** Where it is moved to is the same place: only what it does by itself ends the watch. */
  #nudge(sec: number, aheadSec: number, nowMs: number): number {
    const stepSec = Math.min(STEPS_SEC[Math.min(this.#nudges, STEPS_SEC.length - 1)] ?? 0, aheadSec / 2);
    this.#nudges += 1;
    this.#nudgedAtMs = nowMs;
    this.#sinceMs = nowMs;
    this.#sec = sec + stepSec;
    return stepSec;
  }
}
