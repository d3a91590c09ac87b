/**
 * Whether packets wait on the way all the time. A link that is too narrow makes each of them wait; a busy machine that reads its socket
 * late, or a radio that stops for a moment, lets the last ones through at once.
 */
import { RecentLeast } from "../../../rtp/recent-least.ts";

/** What the way takes when nothing waits: the soonest of at least so long. A peer's clock drifts by less than 1 ms in twice that. */
const PATH_MS = 10_000;
/** Longer than most machines keep a thread waiting. */
const STANDING_MS = 200;

export class QueueDelay {
  readonly #path = new RecentLeast(PATH_MS);
  readonly #recent = new RecentLeast(STANDING_MS);

  /** One packet that arrived; send times on our clock, arrival times on the peer's. @returns what each one waited lately at least, in ms */
  packet(sendMs: number, arrivalMs: number): number {
    const delayMs = arrivalMs - sendMs;
    return this.#recent.push(delayMs, arrivalMs) - this.#path.push(delayMs, arrivalMs);
  }
}
