/** How fast one account may act in chats, beside slow mode; and ids that sort in the order in which they were given. Per process. */
import { newId } from "../../lib/ids.ts";

export type PaceOptions = Readonly<{ burst: number; perSec: number; maxKeys: number; now: () => number }>;

/** A burst, then so many a second; whoever was quiet for longest is forgotten first. */
export class Pace {
  readonly #options: PaceOptions;
  readonly #byKey = new Map<string, { left: number; atMs: number }>();

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** 0 when it may, and counts it; else the milliseconds until it may. */
  take(key: string): number {
    const { burst, perSec, maxKeys, now } = this.#options;
    const atMs = now();
    const known = this.#byKey.get(key);
    const left = known === undefined ? burst : Math.min(burst, known.left + ((atMs - known.atMs) * perSec) / 1000);
    this.#byKey.delete(key);
    this.#byKey.set(key, { left: left < 1 ? left : left - 1, atMs });
    if (this.#byKey.size > maxKeys) {
      const [quietest] = this.#byKey.keys();
      if (quietest !== undefined) this.#byKey.delete(quietest);
    }
    return left < 1 ? Math.ceil(((1 - left) * 1000) / perSec) : 0;
  }
}

/** Two messages of one millisecond would sort by chance: the second is given the next one. */
export class IdClock {
  #lastMs = 0;

  next(nowMs: number = Date.now()): string {
    this.#lastMs = Math.max(nowMs, this.#lastMs + 1);
    return newId(this.#lastMs);
  }
}

const MOST_IDS = 10_000;

/** The newest ids that were added; older ones are forgotten. */
export class RecentIds {
  readonly #ids = new Set<string>();

  add(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size <= MOST_IDS) return;
    const [oldest] = this.#ids;
    if (oldest !== undefined) this.#ids.delete(oldest);
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  delete(id: string): void {
    this.#ids.delete(id);
  }
}
