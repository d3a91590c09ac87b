/** How many connections of a kind there may be, in all and from one network. */

/** Many people may sit behind one address, but they do not take every place. */
const NETWORK_SHARE = 0.25;

export class Places {
  readonly #max: number;
  readonly #byNetwork = new Map<string, number>();
  #count = 0;

  /** @param max connections at a time */
  constructor(max: number) {
    this.#max = max;
  }

  get count(): number {
    return this.#count;
  }

  /** Gives back the place; undefined when there is none left. @param network undefined: nobody's in particular */
  take(network: string | undefined): (() => void) | undefined {
    if (this.#count >= this.#max || !this.isOpenTo(network)) return undefined;
    this.#add(network, 1);
    let isTaken = true;
    return () => {
      if (isTaken) this.#add(network, -1);
      isTaken = false;
    };
  }

  /** Whether a place that became free would be one for this network. */
  isOpenTo(network: string | undefined): boolean {
    return network === undefined || (this.#byNetwork.get(network) ?? 0) < this.#max * NETWORK_SHARE;
  }

  #add(network: string | undefined, by: number): void {
    this.#count += by;
    if (network === undefined) return;
    const count = (this.#byNetwork.get(network) ?? 0) + by;
    if (count > 0) this.#byNetwork.set(network, count);
    else this.#byNetwork.delete(network);
  }
}

/** `settle`: it is kept until `leave`. Calling either twice is harmless. */
export type YieldingPlace = Readonly<{ settle: () => void; leave: () => void }>;

type Unsettled = Readonly<{ network: string | undefined; sinceMs: number; yield: () => void }>;

/** How long a place is kept in any case, on a steady clock. */
export type Hold = Readonly<{ ms: number; nowMs: () => number }>;

/**
 * Places that are kept by whoever proves to need them: those who come and do nothing more lose theirs to who comes next. A flood of them
 * that goes on can keep others out all the same, and pushes out who needs longer than the hold to settle.
 */
export class YieldingPlaces {
  readonly #places: Places;
  readonly #hold: Hold;
  /** The oldest first. */
  readonly #unsettled = new Set<Unsettled>();

  /** @param max connections at a time @param hold nobody gives way sooner; at once unless told */
  constructor(max: number, hold: Hold = { ms: 0, nowMs: () => 0 }) {
    this.#places = new Places(max);
    this.#hold = hold;
  }

  get count(): number {
    return this.#places.count;
  }

  /**
   * Where all places are taken, who has held one the longest without having settled gives way.
   * @param onYield called when that happens to this one; the place is another's then
   */
  take(network: string | undefined, onYield: () => void): YieldingPlace | undefined {
    const leave = this.#places.take(network) ?? this.#takeFromOldest(network);
    if (leave === undefined) return undefined;
    const unsettled: Unsettled = {
      network,
      sinceMs: this.#hold.nowMs(),
      yield: () => {
        place.leave();
        onYield();
      },
    };
    const place = {
      settle: () => void this.#unsettled.delete(unsettled),
      leave: () => {
        this.#unsettled.delete(unsettled);
        leave();
      },
    };
    this.#unsettled.add(unsettled);
    return place;
  }

  #takeFromOldest(network: string | undefined): (() => void) | undefined {
    const isOpen = this.#places.isOpenTo(network);
    const { ms, nowMs } = this.#hold;
    for (const one of this.#unsettled) {
      if (nowMs() - one.sinceMs < ms) break;
      if (!isOpen && one.network !== network) continue;
      one.yield();
      break;
    }
    return this.#places.take(network);
  }
}
