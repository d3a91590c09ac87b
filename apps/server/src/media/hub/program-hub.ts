/** One publisher, many subscribers. The publisher never waits; a subscriber that lags loses samples up to a key frame. */
import type { ProgramEvent } from "./program-event.ts";
import { SubscriberQueue, type QueueLimits } from "./queue.ts";

export type SubscribeOptions = QueueLimits &
  Readonly<{
    /** Names the step in logs and metrics. */
    name: string;
    signal: AbortSignal;
  }>;

/**
 * Batches of events for one reader, oldest first, never empty. Ends after `end`, when the hub closes, or when the signal aborts.
 * A subscriber that comes late gets the current `tracks` first and then goes on at the next key frame.
 */
export interface Subscription extends AsyncIterable<readonly ProgramEvent[]> {
  readonly name: string;
  /** Samples this subscriber lost because it was too slow. */
  readonly droppedSamples: number;
}

export type HubOptions = Readonly<{
  /** Called for every loss with the number of samples lost since the last call. */
  onDrop?: (subscriber: string, samples: number) => void;
}>;

export class ProgramHub {
  readonly #subscriptions = new Set<HubSubscription>();
  readonly #onDrop: (subscriber: string, samples: number) => void;
  #tracks: ProgramEvent | undefined;
  #hasSamples = false;
  #closed = false;

  constructor(options: HubOptions = {}) {
    this.#onDrop = options.onDrop ?? (() => {});
  }

  get subscribers(): number {
    return this.#subscriptions.size;
  }

  /** Hands `event` to every subscriber and returns at once. `end` closes the hub. After the close nothing is published. */
  publish(event: ProgramEvent): void {
    if (this.#closed) return;
    if (event.type === "tracks") this.#tracks = { ...event, discontinuity: false };
    if (event.type === "sample") this.#hasSamples = true;
    for (const subscription of this.#subscriptions) {
      const dropped = subscription.push(event);
      if (dropped > 0) this.#onDrop(subscription.name, dropped);
    }
    if (event.type === "end") this.close();
  }

  /** The subscription is in place when this returns; what is published before the first read waits in its queue. */
  subscribe(options: SubscribeOptions): Subscription {
    const subscription = new HubSubscription(options, () => this.#subscriptions.delete(subscription));
    if (this.#tracks !== undefined) subscription.begin(this.#tracks, this.#hasSamples);
    if (this.#closed) subscription.finish();
    else this.#subscriptions.add(subscription);
    return subscription;
  }

  /** Subscribers still read what is queued, then their iteration ends. */
  close(): void {
    this.#closed = true;
    for (const subscription of this.#subscriptions) subscription.finish();
    this.#subscriptions.clear();
  }
}

type Batch = IteratorResult<readonly ProgramEvent[], undefined>;
const DONE: Batch = { done: true, value: undefined };

class HubSubscription implements Subscription, AsyncIterator<readonly ProgramEvent[], undefined> {
  readonly name: string;
  readonly #queue: SubscriberQueue;
  readonly #leave: () => void;
  readonly #signal: AbortSignal;
  #wake: ((batch: Batch) => void) | undefined;
  #finished = false;
  #dropped = 0;

  constructor(options: SubscribeOptions, leave: () => void) {
    this.name = options.name;
    this.#queue = new SubscriberQueue(options);
    this.#leave = leave;
    this.#signal = options.signal;
    if (options.signal.aborted) this.#finished = true;
    else options.signal.addEventListener("abort", this.#abort, { once: true });
  }

  get droppedSamples(): number {
    return this.#dropped;
  }

  /** The first event of a late subscriber. */
  begin(tracks: ProgramEvent, late: boolean): void {
    this.#queue.push(tracks);
    if (late) this.#queue.startAtKeyframe();
  }

  push(event: ProgramEvent): number {
    const dropped = this.#queue.push(event);
    this.#dropped += dropped;
    if (this.#wake !== undefined && !this.#queue.isEmpty) this.#deliver({ done: false, value: this.#queue.take() });
    return dropped;
  }

  /** Nothing more comes; what is queued can still be read. */
  finish(): void {
    this.#finished = true;
    this.#signal.removeEventListener("abort", this.#abort);
    this.#deliver(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Batch> {
    if (!this.#queue.isEmpty) return Promise.resolve({ done: false, value: this.#queue.take() });
    if (this.#finished) return Promise.resolve(DONE);
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  return(): Promise<Batch> {
    this.#abort();
    return Promise.resolve(DONE);
  }

  readonly #abort = (): void => {
    this.#queue.take();
    this.#leave();
    this.finish();
  };

  #deliver(batch: Batch): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.(batch);
  }
}
