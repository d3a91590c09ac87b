/** After media came that the browser has no decoder for: when to try again. Times are monotonic ms. Pure. */
import { retryDelayMs } from "./backoff.ts";

/** Failures that lie closer together are one row of them: each makes the next pause longer. */
const SAME_ROW_MS = 30_000;
/** A try that shows nothing for so long is made again. */
const TRY_MS = 10_000;

export class CodecWait {
  #state: "idle" | "waiting" | "trying" = "idle";
  #failures = 0;
  #failedAtMs = Number.NEGATIVE_INFINITY;
  #tryAtMs = 0;
  #hasOffer = false;

  /** Nothing that can be decoded has been shown since the last failure. */
  get isWaiting(): boolean {
    return this.#state !== "idle";
  }

  /** The first one asks for another offer at once. @param random from 0 to 1 */
  failed(nowMs: number, random: number): void {
    this.#failures = nowMs - this.#failedAtMs > SAME_ROW_MS ? 0 : this.#failures + 1;
    this.#failedAtMs = nowMs;
    this.#tryAtMs = this.#failures === 0 ? nowMs : nowMs + retryDelayMs(this.#failures - 1, random);
    this.#hasOffer = false;
    this.#state = "waiting";
  }

  /** A new offer has something that the browser decodes. */
  offered(): void {
    this.#hasOffer = true;
  }

  /** True: begin now. One offer is tried once. */
  tries(nowMs: number): boolean {
    if (this.#state === "idle" || !this.#hasOffer || nowMs < this.#tryAtMs) return false;
    this.#state = "trying";
    this.#hasOffer = false;
    this.#tryAtMs = nowMs + TRY_MS;
    return true;
  }

  /** Something is there to be played. True: the wait ends with this. */
  shown(): boolean {
    if (this.#state !== "trying") return false;
    this.#state = "idle";
    return true;
  }
}
