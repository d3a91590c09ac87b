/** How much each of many may do: a burst, then so much a second. In bounded memory. */
import type { Clock } from "./clock.ts";

export type AllowanceOptions = Readonly<{
  burst: number;
  perSec: number;
  /** Who was quiet for longest is forgotten beyond so many, and begins with a full burst. */
  maxKeys: number;
}>;

export class KeyedAllowance {
  readonly #clock: Clock;
  readonly #options: AllowanceOptions;
  readonly #left = new Map<string, { left: number; atMs: number }>();

  constructor(clock: Clock, options: AllowanceOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Milliseconds until `key` may; 0: it may now, and has used `amount` of what it has. */
  take(key: string, amount = 1): number {
    const { burst, perSec, maxKeys } = this.#options;
    const atMs = this.#clock.monotonicMs();
    const known = this.#left.get(key);
    const left = known === undefined ? burst : Math.min(burst, known.left + ((atMs - known.atMs) * perSec) / 1000);
    const waitMs = left >= amount ? 0 : Math.ceil(((amount - left) * 1000) / perSec);
    // The one that was used last stands at the end.
    this.#left.delete(key);
    this.#left.set(key, { left: waitMs === 0 ? left - amount : left, atMs });
    if (this.#left.size > maxKeys) {
      const [quietest] = this.#left.keys();
      if (quietest !== undefined) this.#left.delete(quietest);
    }
    return waitMs;
  }
}
