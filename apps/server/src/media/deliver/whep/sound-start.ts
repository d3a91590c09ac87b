/** With which packet of sound a viewer begins. Pure but for its own state; monotonic ms. */

/** Later than its picture by no more than this it is live. */
const LIVE_MS = 30;
/** What is of the past comes faster than it was made, each packet less late than the one before: over when none was for this long. */
const CALM_MS = 300;
/** So much less late, at least, makes it part of the past. */
const FALL_MS = 10;
/** Packets of one source are not all equally late: it begins with one of the first. */
const NEAR_LEAST_MS = 20;
const AT_LAST_MS = 2000;

/**
 * A browser plays sound at its own speed: what it gets too late at the beginning keeps it, and the picture, behind for minutes. Sound
 * that comes late all the time, as of some sources, is heard soon all the same.
 */
export class SoundStart {
  #hasBegun = false;
  #firstMs: number | undefined;
  #leastMs = Number.POSITIVE_INFINITY;
  /** How late it was when it last became less late by FALL_MS, and when that was. */
  #fellToMs = Number.POSITIVE_INFINITY;
  #fellAtMs = 0;

  /** Whether a packet that comes so much later than its picture is to be sent; all that follow are, too. */
  takes(lateMs: number, nowMs: number): boolean {
    this.#hasBegun ||= this.#isLive(lateMs, nowMs);
    return this.#hasBegun;
  }

  #isLive(lateMs: number, nowMs: number): boolean {
    this.#firstMs ??= nowMs;
    if (lateMs < this.#fellToMs - FALL_MS) {
      this.#fellToMs = lateMs;
      this.#fellAtMs = nowMs;
    }
    this.#leastMs = Math.min(this.#leastMs, lateMs);
    const isCalm = nowMs - this.#fellAtMs > CALM_MS && lateMs < this.#leastMs + NEAR_LEAST_MS;
    return lateMs <= LIVE_MS || isCalm || nowMs - this.#firstMs > AT_LAST_MS;
  }
}
