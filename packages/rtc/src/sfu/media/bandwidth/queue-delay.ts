/**
 * Whether packets wait on the way all the time. A link that is too narrow makes each of them wait; a busy machine that reads its socket
 * late, or a radio that stops for a moment, lets the last ones through at once.
 */
import { RecentLeast } from "../../../rtp/recent-least.ts";

/** What the way takes when nothing waits: the soonest of at least so long. A peer's clock drifts by less than 1 ms in twice that. */
const PATH_MS = 10_000;
/** Longer than most machines keep a thread waiting. */
const STANDING_MS = 200;
/** In less time than so many take, each may have been read late. */
const STANDING_PACKETS = 10;

export class QueueDelay {
  readonly #path = new RecentLeast(PATH_MS);
  /** The least of the stretch before the present one, and of this. */
  #before = Infinity;
  #least = Infinity;
  #packets = 0;
  #sinceMs = -Infinity;

  /** One packet that arrived; send times on our clock, arrival times on the peer's. @returns what each one waited lately at least, in ms */
  packet(sendMs: number, arrivalMs: number): number {
    const delayMs = arrivalMs - sendMs;
    if (this.#packets >= STANDING_PACKETS && arrivalMs - this.#sinceMs >= STANDING_MS) {
      this.#before = this.#least;
      this.#least = Infinity;
      this.#packets = 0;
    }
    if (this.#packets === 0) this.#sinceMs = arrivalMs;
    this.#packets += 1;
    this.#least = Math.min(this.#least, delayMs);
    return Math.min(this.#before, this.#least) - this.#path.push(delayMs, arrivalMs);
  }
}
