/** Where live is now, told by frames that come with jitter. Pure; seconds. */

/** How fast an edge that was seen once is forgotten, when none came as early since: clocks drift, delays grow. */
const FORGET_SEC_PER_SEC = 0.01;

export class EdgeClock {
  #offsetSec: number | undefined;
  #atSec = 0;
  #newestSec = 0;

  /** A frame that ends at `mediaSec` came at `nowSec` of a monotonic clock. */
  observe(mediaSec: number, nowSec: number): void {
    this.#newestSec = mediaSec;
    const offset = mediaSec - nowSec;
    const kept = this.#offsetSec === undefined ? offset : this.#offsetSec - (nowSec - this.#atSec) * FORGET_SEC_PER_SEC;
    // A jump of media time is no jitter.
    this.#offsetSec = Math.abs(offset - kept) > 2 ? offset : Math.max(offset, kept);
    this.#atSec = nowSec;
  }

  /** Undefined before the first frame. Never far beyond what has come. */
  edgeSec(nowSec: number): number | undefined {
    if (this.#offsetSec === undefined) return undefined;
    return Math.min(nowSec + this.#offsetSec, this.#newestSec + 2);
  }
}
