/** The topics that somebody follows through this process. */
import { AppError } from "../lib/app-error.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import type { TopicRules } from "../http/realtime-rules.ts";
import type { Bus } from "../ports/bus.ts";
import { clientTopic } from "../ports/bus-events.ts";
import { TopicFeed } from "./topic-feed.ts";

/** Kept for so long after the last one who asked: who polls, or connects again, finds it warm. */
const IDLE_MS = 30_000;
/** Nobody waits longer for a bus that does not answer. */
const READY_WITHIN_MS = 5000;

export type FeedsOptions = Readonly<{
  bus: Bus;
  clock: Clock;
  log: Logger;
  amendOf: (topic: string) => TopicRules["amend"];
  onPending: (topic: string) => void;
  onGap: (topic: string) => void;
}>;

export class Feeds {
  readonly #options: FeedsOptions;
  readonly #feeds = new Map<string, { feed: TopicFeed; usedAtMs: number }>();

  constructor(options: FeedsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#feeds.size;
  }

  /** Undefined: nobody has opened it. */
  get(topic: string): TopicFeed | undefined {
    return this.#feeds.get(topic)?.feed;
  }

  /** The topic's feed, able to replay what the bus keeps. @throws {AppError} unavailable when the bus does not answer */
  async open(topic: string): Promise<TopicFeed> {
    const known = this.#feeds.get(topic) ?? this.#add(topic);
    known.usedAtMs = this.#options.clock.monotonicMs();
    await this.#ready(known.feed);
    return known.feed;
  }

  /** Closes what nobody has asked for lately. @param isFollowed by a socket */
  sweep(isFollowed: (topic: string) => boolean): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const [topic, entry] of this.#feeds) {
      if (isFollowed(topic)) entry.usedAtMs = nowMs;
      if (nowMs - entry.usedAtMs < IDLE_MS) continue;
      entry.feed.close();
      this.#feeds.delete(topic);
    }
  }

  close(): void {
    for (const { feed } of this.#feeds.values()) feed.close();
    this.#feeds.clear();
  }

  #add(topic: string): { feed: TopicFeed; usedAtMs: number } {
    const { bus, log, amendOf, onPending, onGap } = this.#options;
    const events = { onPending: () => onPending(topic), onGap: () => onGap(topic) };
    const amend = amendOf(topic);
    const rule = amend === undefined ? {} : { amend };
    const entry = {
      feed: new TopicFeed({ topic, busTopic: clientTopic(topic), bus, log, ...rule, ...events }),
      usedAtMs: 0,
    };
    this.#feeds.set(topic, entry);
    return entry;
  }

  #ready({ ready }: TopicFeed): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new AppError("unavailable", "Events cannot be followed now. Try again soon."));
      const cancel = this.#options.clock.after(READY_WITHIN_MS, late);
      void ready.then(resolve).finally(cancel);
    });
  }
}
