/** How far a source is behind itself: media that waited somewhere comes in a burst, and a live program cannot take it as live. */
import { wrappedDifferenceMs } from "./source-clock.ts";

/** A step of the source's clock beyond this is a jump, not a delay. */
const JUMP_MS = 120_000;
/** How long a lag must stay before it is the source's new normal. */
const SETTLE_MS = 1500;
/** A lag that changes by less than this within the time above stays. */
const SETTLED_BY_MS = 150;

type Last = { timestampMs: number; arrivalMs: number };

export class SourceLag {
  #last: Last | undefined;
  #lagMs = 0;
  #settled = { atMs: 0, lagMs: 0 };

  /** How much later than usual the newest sample came, in ms; 0 when it is in time. */
  get ms(): number {
    return this.#lagMs;
  }

  /** Takes the timestamps of one track in the order of their coming. */
  push(timestampMs: number, arrivalMs: number): void {
    const last = this.#last;
    this.#last = { timestampMs, arrivalMs };
    if (last === undefined) return;
    const stepMs = wrappedDifferenceMs(timestampMs, last.timestampMs);
    if (Math.abs(stepMs) > JUMP_MS) return this.#reset(arrivalMs);
    this.#lagMs = Math.max(0, this.#lagMs + (arrivalMs - last.arrivalMs) - stepMs);
    if (Math.abs(this.#lagMs - this.#settled.lagMs) > SETTLED_BY_MS || this.#lagMs === 0) {
      this.#settled = { atMs: arrivalMs, lagMs: this.#lagMs };
    } else if (arrivalMs - this.#settled.atMs > SETTLE_MS) this.#reset(arrivalMs);
  }

  #reset(atMs: number): void {
    this.#lagMs = 0;
    this.#settled = { atMs, lagMs: 0 };
  }
}
