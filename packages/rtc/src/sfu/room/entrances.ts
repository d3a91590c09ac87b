/** How often each identity comes into a room: all who are there are told each time, and the library opens a connection. */
import { Allowance } from "../signal/rate.ts";

/** A client that has trouble with its network tries some times in a row, then ever more slowly. */
const BURST = 20;
const PER_SEC = 1;

export class Entrances {
  readonly #byIdentity = new Map<string, Allowance>();

  /** False when it comes again and again. @param nowMs of the steady clock */
  take(identity: string, nowMs: number): boolean {
    const allowance = this.#byIdentity.get(identity) ?? new Allowance(BURST, PER_SEC, nowMs);
    this.#byIdentity.set(identity, allowance);
    return allowance.take(nowMs);
  }

  /** Forgets who has not come for a while; call it now and then. @param nowMs of the steady clock */
  forget(nowMs: number): void {
    for (const [identity, allowance] of this.#byIdentity)
      if (allowance.isFull(nowMs)) this.#byIdentity.delete(identity);
  }
}
