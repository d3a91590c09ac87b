/** One publisher, many subscribers. The publisher never waits; a subscriber that lags loses samples up to a key frame. */
import { CurrentGop } from "./current-gop.ts";
import type { ProgramEvent } from "./program-event.ts";
import { SubscriberQueue, type QueueLimits } from "./queue.ts";

export type SubscribeOptions = QueueLimits &
  Readonly<{
    /** Names the step in logs and metrics. */
    name: string;
    /** Where a late subscriber begins: at the next key frame (unless told), or at the newest one with everything since. */
    from?: "next_keyframe" | "current_gop";
    signal: AbortSignal;
  }>;

/**
 * Batches of events for one reader, oldest first, never empty. Ends after `end`, when the hub closes, or when the signal aborts.
 * A subscriber that comes late gets the current `tracks` first and then goes on at a key frame.
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
  readonly #gop = new CurrentGop<ProgramEvent>();
  #tracks: ProgramEvent | undefined;
  #hasSamples = false;
  #closed = false;

  constructor(options: HubOptions = {}) {
    this.#onDrop = options.onDrop ?? (() => {});
  }

  /** Nothing is published any more. */
  get isClosed(): boolean {
    return this.#closed;
  }

  get subscribers(): number {
    return this.#subscriptions.size;
  }

  /** Hands `event` to every subscriber and returns at once. `end` closes the hub. After the close nothing is published. */
  publish(event: ProgramEvent): void {
    if (this.#closed) return;
    if (event.type === "tracks") {
      this.#tracks = { ...event, discontinuity: false };
      this.#gop.tracks(event.video !== undefined);
    } else if (event.type === "sample") {
      this.#hasSamples = true;
      this.#gop.push(event, event);
    }
    for (const subscription of this.#subscriptions) {
      const dropped = subscription.push(event);
      if (dropped > 0) this.#onDrop(subscription.name, dropped);
    }
    if (event.type === "end") this.close();
  }

  /** The subscription is in place when this returns; what is published before the first read waits in its queue. */
  subscribe(options: SubscribeOptions): Subscription {
    const subscription = new HubSubscription(options, () => this.#subscriptions.delete(subscription));
    const gop = options.from === "current_gop" ? this.#gop.read() : [];
    const waits = this.#hasSamples && gop.length === 0;
    if (this.#tracks !== undefined) subscription.begin([this.#tracks, ...gop], waits);
    if (this.#closed) subscription.finish();
    else this.#subscriptions.add(subscription);
    return subscription;
  }

  /** Late subscribers get nothing of what was published until now. */
  forgetGop(): void {
    this.#gop.forget();
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

  /** The first events of a late subscriber. */
  begin(events: readonly ProgramEvent[], waitsForKeyframe: boolean): void {
    for (const event of events) this.#queue.push(event);
    if (waitsForKeyframe) this.#queue.startAtKeyframe();
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
