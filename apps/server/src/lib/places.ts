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
    const ofNetwork = network === undefined ? 0 : (this.#byNetwork.get(network) ?? 0);
    if (this.#count >= this.#max || ofNetwork >= this.#max * NETWORK_SHARE) return undefined;
    this.#add(network, 1);
    let isTaken = true;
    return () => {
      if (isTaken) this.#add(network, -1);
      isTaken = false;
    };
  }

  #add(network: string | undefined, by: number): void {
    this.#count += by;
    if (network === undefined) return;
    const count = (this.#byNetwork.get(network) ?? 0) + by;
    if (count > 0) this.#byNetwork.set(network, count);
    else this.#byNetwork.delete(network);
  }
}
