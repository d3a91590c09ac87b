/**
 * Events between roles. Every topic is an ordered log with sequence numbers from 1; a subscriber says after which number it wants to go on.
 * Topics: `broadcast:<id>`, `channel:<id>`, `health:<id>`, `media` (commands to media nodes), `broadcasts` (every state change).
 */

export type BusEvent<T = unknown> = Readonly<{ seq: number; atMs: number; data: T }>;

export type SubscribeOptions = Readonly<{
  /** Deliver events with a greater number. Left out: only what is published from now on. */
  after?: number;
  signal: AbortSignal;
}>;

export interface Bus {
  /** Letters and digits that change when numbers may begin anew: a number means something only together with it. */
  readonly life: string;
  /** Resolves with the event's number once every later `subscribe` will see it. `data` must survive JSON. */
  publish(topic: string, data: unknown): Promise<number>;
  /**
   * Ends when `signal` aborts. A subscriber that lags behind by more than the topic keeps (1,000 events) gets
   * `LagError` thrown from the iterator and must read the state anew. When this call returns, the subscription is in place.
   */
  subscribe<T = unknown>(topic: string, options: SubscribeOptions): AsyncIterable<BusEvent<T>>;
  /** The number of the newest event, 0 when there is none. */
  head(topic: string): Promise<number>;
  /** The newest events that are still kept, oldest first and without a hole, at most `count`; the last one's number is `head`. */
  recent<T = unknown>(topic: string, count: number): Promise<{ head: number; events: readonly BusEvent<T>[] }>;
  /** Rejects with a sentence while events cannot travel. */
  health(): Promise<void>;
  close(): Promise<void>;
}

/** The wanted events are gone: read a snapshot, then subscribe again after `head`. */
export class LagError extends Error {
  override readonly name = "LagError";
}
