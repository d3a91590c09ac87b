/** Decides when a ladder that falls behind real time gives up its highest rung, and when that may be tried again. Pure. */
import type { Rung } from "./ladder.ts";

/** An encoder that is further behind than this for that long cannot carry what it has. */
const BEHIND_SEC = 1.5;
const BEHIND_FOR_MS = 4000;
/** A new child begins behind and catches up. */
const SETTLE_MS = 5000;
/** A rung that was given up is tried again after this; each time it was in vain, after twice as long. */
const FIRST_RETRY_MS = 120_000;
const LONGEST_RETRY_MS = 1_800_000;

type Shed = { untilMs: number; retryMs: number };

export class Shedding {
  readonly #shed = new Map<string, Shed>();
  #settledAtMs = 0;
  #behindSinceMs: number | undefined;

  /** A child begins. */
  started(nowMs: number): void {
    this.#settledAtMs = nowMs + SETTLE_MS;
    this.#behindSinceMs = undefined;
  }

  /** True: it has been behind for so long that the highest rung must go. */
  isTooSlow(behindSec: number, nowMs: number): boolean {
    if (behindSec <= BEHIND_SEC || nowMs < this.#settledAtMs) this.#behindSinceMs = undefined;
    else this.#behindSinceMs ??= nowMs;
    return this.#behindSinceMs !== undefined && nowMs - this.#behindSinceMs >= BEHIND_FOR_MS;
  }

  /** This rung is not tried again for a while. */
  shed(name: string, nowMs: number): void {
    const before = this.#shed.get(name);
    const retryMs = before === undefined ? FIRST_RETRY_MS : Math.min(LONGEST_RETRY_MS, before.retryMs * 2);
    this.#shed.set(name, { untilMs: nowMs + retryMs, retryMs });
  }

  isShed(name: string, nowMs: number): boolean {
    return (this.#shed.get(name)?.untilMs ?? 0) > nowMs;
  }

  /** The rungs below the lowest one that was shed. @param rungs highest first */
  allowed(rungs: readonly Rung[], nowMs: number): readonly Rung[] {
    return rungs.slice(rungs.findLastIndex(({ name }) => this.isShed(name, nowMs)) + 1);
  }
}
