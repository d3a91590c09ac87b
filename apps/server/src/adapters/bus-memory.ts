/** The bus inside one process: an ordered log per topic, kept in memory and gone at its end. */
import { randomBytes } from "node:crypto";
import { type Bus, type BusEvent, LagError, type SubscribeOptions } from "../ports/bus.ts";

/** What a topic keeps for subscribers that lag or come back. */
const EVENTS_PER_TOPIC = 1000;
/** Topics that keep events; beyond, the one that was quiet for longest keeps its number only. */
const TOPICS_WITH_EVENTS = 2000;
/** So does every topic that was quiet for this long: nobody who comes back later is told what he missed. */
const QUIET_MS = 60 * 60_000;

type Topic = { head: number; events: BusEvent[]; readonly waiting: Set<() => void> };

/**
 * The caller closes it; that ends every subscription.
 * @param now wall time in ms
 */
export function createMemoryBus(now: () => number = Date.now): Bus {
  return new MemoryBus(now);
}

class MemoryBus implements Bus {
  readonly life = randomBytes(8).toString("hex");
  readonly #topics = new Map<string, Topic>();
  /** Topics that hold events, the one published to last at the end. */
  readonly #filled = new Set<Topic>();
  readonly #ended = new AbortController();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async publish(name: string, data: unknown): Promise<number> {
    if (this.#ended.signal.aborted) throw new Error("The bus is closed.");
    const copy = throughJson(data);
    const topic = this.#topic(name);
    topic.head += 1;
    topic.events.push({ seq: topic.head, atMs: this.#now(), data: copy });
    // Cut in large steps: shifting one by one moves the whole array each time.
    if (topic.events.length >= 2 * EVENTS_PER_TOPIC) topic.events = topic.events.slice(-EVENTS_PER_TOPIC);
    this.#keep(topic);
    for (const wake of topic.waiting) wake();
    return topic.head;
  }

  subscribe<T = unknown>(name: string, { after, signal }: SubscribeOptions): AsyncIterable<BusEvent<T>> {
    const topic = this.#topic(name);
    // Taken now, not at the first read: what is published in between is delivered.
    const from = after ?? topic.head;
    const stop = AbortSignal.any([signal, this.#ended.signal]);
    return { [Symbol.asyncIterator]: () => follow(name, topic, from, stop) as AsyncGenerator<BusEvent<T>> };
  }

  async head(name: string): Promise<number> {
    return this.#topics.get(name)?.head ?? 0;
  }

  async recent<T = unknown>(name: string, count: number): Promise<{ head: number; events: readonly BusEvent<T>[] }> {
    const topic = this.#topics.get(name);
    if (topic === undefined || count < 1) return { head: topic?.head ?? 0, events: [] };
    const events = topic.events.slice(-Math.min(count, EVENTS_PER_TOPIC)) as BusEvent<T>[];
    return { head: topic.head, events };
  }

  async health(): Promise<void> {
    if (this.#ended.signal.aborted) throw new Error("The bus is closed.");
  }

  async close(): Promise<void> {
    this.#ended.abort();
    this.#topics.clear();
    this.#filled.clear();
  }

  #topic(name: string): Topic {
    const known = this.#topics.get(name);
    if (known !== undefined) return known;
    const topic: Topic = { head: 0, events: [], waiting: new Set() };
    this.#topics.set(name, topic);
    return topic;
  }

  #keep(topic: Topic): void {
    this.#filled.delete(topic);
    this.#filled.add(topic);
    for (const quietest of this.#filled) {
      const quietMs = this.#now() - (quietest.events.at(-1)?.atMs ?? 0);
      if (this.#filled.size <= TOPICS_WITH_EVENTS && quietMs < QUIET_MS) return;
      quietest.events = [];
      this.#filled.delete(quietest);
    }
  }
}

async function* follow(name: string, topic: Topic, from: number, stop: AbortSignal): AsyncGenerator<BusEvent> {
  let seen = from;
  while (!stop.aborted) {
    const oldest = topic.head - Math.min(topic.events.length, EVENTS_PER_TOPIC);
    if (seen < oldest || seen > topic.head) {
      throw new LagError(
        `"${name}" keeps the events after ${oldest} up to ${topic.head}; those after ${seen} are gone.`,
      );
    }
    if (seen === topic.head) {
      await published(topic, stop);
      continue;
    }
    const event = topic.events.at(seen - topic.head);
    seen += 1;
    if (event !== undefined) yield event;
  }
}

/** Resolves at the next event or when `stop` aborts; leaves no listener behind. */
function published(topic: Topic, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      topic.waiting.delete(wake);
      stop.removeEventListener("abort", wake);
      resolve();
    };
    topic.waiting.add(wake);
    stop.addEventListener("abort", wake);
  });
}

/** What another process would receive: a copy, and only what JSON can carry. */
function throughJson(data: unknown): unknown {
  const text = JSON.stringify(data) as string | undefined;
  if (text === undefined) throw new TypeError(`${typeof data} cannot travel on the bus: it is not JSON.`);
  return JSON.parse(text) as unknown;
}
