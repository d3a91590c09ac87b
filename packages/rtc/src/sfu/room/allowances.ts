/** What a room lets each identity do, however often it goes and comes back. */
import { Allowance } from "../signal/rate.ts";

/** A client that has trouble with its network tries some times in a row, then ever more slowly. */
const COMINGS = { burst: 20, perSec: 1 };
/** Some thousand small changes, or four of one who has all the metadata that there may be. */
const TOLD_BYTES = { burst: 512 * 1024, perSec: 128 * 1024 };
/** More than a stream of bytes has that fills a good line. */
const DATA_PACKETS = { burst: 5_000, perSec: 1_000 };

export type IdentityAllowances = Readonly<{
  /** All who are there are told each time, and the library opens a connection. */
  comings: Allowance;
  /** Of its comings and changes, to each of the others. */
  toldBytes: Allowance;
  /** That it sends. */
  dataPackets: Allowance;
}>;

export class Allowances {
  readonly #byIdentity = new Map<string, IdentityAllowances>();

  /** Not to be kept: `forget` makes new ones of those that are full. @param nowMs of the steady clock */
  of(identity: string, nowMs: number): IdentityAllowances {
    let known = this.#byIdentity.get(identity);
    if (known === undefined) {
      known = {
        comings: new Allowance(COMINGS.burst, COMINGS.perSec, nowMs),
        toldBytes: new Allowance(TOLD_BYTES.burst, TOLD_BYTES.perSec, nowMs),
        dataPackets: new Allowance(DATA_PACKETS.burst, DATA_PACKETS.perSec, nowMs),
      };
      this.#byIdentity.set(identity, known);
    }
    return known;
  }

  /** Forgets who has done nothing for a while; call it now and then. @param nowMs of the steady clock */
  forget(nowMs: number): void {
    for (const [identity, { comings, toldBytes, dataPackets }] of this.#byIdentity)
      if ([comings, toldBytes, dataPackets].every((one) => one.isFull(nowMs))) this.#byIdentity.delete(identity);
  }
}
