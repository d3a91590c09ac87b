/** Requests that wait for media to come: one list, bounded, none left behind by a viewer that went away. */
import type { ServerResponse } from "node:http";
import type { Cancel, Clock } from "../../../lib/clock.ts";
import type { Client } from "./client.ts";

/** `ready` is asked after each change and true once it has answered. `expire` answers when the wait was too long. */
export type Waiter = Readonly<{ res: ServerResponse; client: Client; ready: () => boolean; expire: () => void }>;

type Held = Waiter & { readonly dueMs: number; readonly list: Set<Held>; readonly onClose: () => void };

/** A player waits for a playlist and a part of each rendition. */
const MAX_PER_CONNECTION = 4;
/** A whole school may sit behind one address, but it does not take every place. */
const NETWORK_SHARE = 0.25;
/** How often overdue requests are looked for. */
const SWEEP_MS = 500;

export class Waiters {
  readonly #clock: Clock;
  readonly #max: number;
  /** How many wait for each connection and network. */
  readonly #held = new Map<Client["connection"] | string, number>();
  readonly #lists = new Map<object | string, Set<Held>>();
  #count = 0;
  #sweep: Cancel | undefined;

  /** @param max requests waiting at a time, over all lists */
  constructor(clock: Clock, max: number) {
    this.#clock = clock;
    this.#max = max;
  }

  get count(): number {
    return this.#count;
  }

  /** False: too many wait already, of all or of this client. `key` stands for what is waited for. */
  add(key: object | string, waiter: Waiter, timeoutMs: number): boolean {
    if (this.#count >= this.#max || !this.#hasRoom(waiter.client)) return false;
    const list = this.#lists.get(key) ?? new Set<Held>();
    this.#lists.set(key, list);
    const onClose = (): void => this.#drop(held);
    const held: Held = { ...waiter, list, onClose, dueMs: this.#clock.monotonicMs() + timeoutMs };
    list.add(held);
    this.#tally(held, 1);
    waiter.res.once("close", onClose);
    this.#sweep ??= this.#clock.every(SWEEP_MS, () => this.#expireDue());
    return true;
  }

  /** Asks everybody who waits for `key`. */
  wake(key: object | string): void {
    for (const held of this.#lists.get(key) ?? []) if (held.ready()) this.#drop(held);
  }

  /** Answers everybody who waits for `key` as expired, and forgets it. */
  release(key: object | string): void {
    for (const held of this.#lists.get(key) ?? []) {
      this.#drop(held);
      held.expire();
    }
    this.#lists.delete(key);
  }

  /** Releases all. */
  close(): void {
    for (const key of [...this.#lists.keys()]) this.release(key);
  }

  #hasRoom({ connection, network }: Client): boolean {
    if ((this.#held.get(connection) ?? 0) >= MAX_PER_CONNECTION) return false;
    return network === undefined || (this.#held.get(network) ?? 0) < Math.ceil(this.#max * NETWORK_SHARE);
  }

  #tally({ client: { connection, network } }: Held, by: 1 | -1): void {
    this.#count += by;
    for (const one of [connection, network]) {
      if (one === undefined) continue;
      const count = (this.#held.get(one) ?? 0) + by;
      if (count === 0) this.#held.delete(one);
      else this.#held.set(one, count);
    }
  }

  #drop(held: Held): void {
    if (!held.list.delete(held)) return;
    held.res.off("close", held.onClose);
    this.#tally(held, -1);
    if (this.#count > 0) return;
    this.#sweep?.();
    this.#sweep = undefined;
  }

  #expireDue(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const list of this.#lists.values()) {
      for (const held of list) {
        if (held.dueMs > nowMs) continue;
        this.#drop(held);
        held.expire();
      }
    }
  }
}
