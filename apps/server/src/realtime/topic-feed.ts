/** One topic as this process knows it: its newest events as JSON, each made into text once for everybody who follows it. */
import { setTimeout as delay } from "node:timers/promises";
import type { TopicRules } from "../http/realtime-rules.ts";
import type { Logger } from "../lib/log.ts";
import { type Bus, LagError } from "../ports/bus.ts";

/** For clients that come back: of the last events so many are kept, */
const KEEP_EVENTS = 1000;
/** and no more characters than this, but always what has not been sent yet. */
const KEEP_CHARS = 500_000;
const RETRY_MS = 1000;

export type TopicFeedOptions = Readonly<{
  topic: string;
  /** Its name on the bus. */
  busTopic: string;
  bus: Bus;
  log: Logger;
  amend?: TopicRules["amend"];
  /** Events are there that `flush` will give out. */
  onPending: () => void;
  /** Events were missed: everybody who follows needs the state anew. */
  onGap: () => void;
}>;

export class TopicFeed {
  /** Resolves when what was published before the feed was opened can be replayed, or when it was closed. */
  readonly ready: Promise<void>;
  readonly #options: TopicFeedOptions;
  readonly #stop = new AbortController();
  /** Of the numbers: another life of the bus counts anew. */
  #life: string;
  /** Events behind `#before`, in order, as JSON. */
  #events: string[] = [];
  #chars = 0;
  #before = 0;
  #flushed = 0;
  #isReady: () => void = () => {};

  constructor(options: TopicFeedOptions) {
    this.#options = options;
    this.#life = options.bus.life;
    this.ready = new Promise((resolve) => (this.#isReady = resolve));
    this.#run().catch((err: unknown) => options.log.error({ err, topic: options.topic }, "a topic is not followed"));
  }

  /** The place up to which everybody has been told. */
  get cursor(): string {
    return `${this.#life}.${this.#flushed}`;
  }

  close(): void {
    this.#stop.abort();
    this.#isReady();
  }

  /** What has come since the last flush, as one message for everybody; undefined: nothing. */
  flush(): string | undefined {
    const from = this.#flushed;
    this.#flushed = this.#newest;
    if (this.#flushed === from) return undefined;
    const message = this.#message(from);
    this.#trim();
    return message;
  }

  /**
   * What somebody who knows the events up to `cursor` has to be told so that the next flush goes on from there: "" for nothing,
   * undefined when that is not known any more.
   */
  since(cursor: string): string | undefined {
    const [life, number] = cursor.split(".");
    const from = Number(number);
    if (life !== this.#life || !(from >= this.#before)) return undefined;
    // Another process was quicker with what comes here next: the client leaves out what it knows.
    if (from >= this.#flushed) return from <= this.#newest + KEEP_EVENTS ? "" : undefined;
    return this.#message(from);
  }

  get #newest(): number {
    return this.#before + this.#events.length;
  }

  /** The events behind `from` up to the last flush. */
  #message(from: number): string {
    const events = this.#events.slice(from - this.#before, this.#flushed - this.#before);
    return `{"type":"events","topic":${JSON.stringify(this.#options.topic)},"cursor":"${this.cursor}","events":[${events.join(",")}]}`;
  }

  /** Call it when all has been flushed. */
  #trim(): void {
    let drop = 0;
    while (this.#events.length - drop > KEEP_EVENTS || this.#chars > KEEP_CHARS) {
      this.#chars -= this.#events[drop]?.length ?? 0;
      drop += 1;
    }
    if (drop === 0) return;
    this.#events.splice(0, drop);
    this.#before += drop;
  }

  async #run(): Promise<void> {
    const { log, topic } = this.#options;
    const { signal } = this.#stop;
    let isOpen = false;
    let wasOpen = false;
    while (!signal.aborted) {
      try {
        if (!isOpen) await this.#open();
        if (wasOpen && !isOpen) this.#options.onGap();
        isOpen = wasOpen = true;
        // It ends by itself with this feed or with the bus.
        return await this.#take();
      } catch (err) {
        if (signal.aborted) return;
        if (err instanceof LagError || this.#options.bus.life !== this.#life) isOpen = false;
        if (err instanceof LagError) continue;
        log.warn({ err, topic }, "a topic of the bus is not heard; subscribing again");
        await delay(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  async #take(): Promise<void> {
    const { bus, busTopic, onPending } = this.#options;
    if (bus.life !== this.#life) throw new LagError("The numbers have begun anew since they were read.");
    for await (const event of bus.subscribe(busTopic, { after: this.#newest, signal: this.#stop.signal })) {
      this.#amendBefore(event.data);
      const text = JSON.stringify(event.data);
      this.#events.push(text);
      this.#chars += text.length;
      onPending();
    }
  }

  /** What was taken back is told to nobody any more. */
  #amendBefore(event: unknown): void {
    const amended = this.#options.amend?.(event);
    if (!amended) return;
    this.#events = this.#events.map((text) => {
      const earlier: unknown = JSON.parse(text);
      const now = amended(earlier);
      return now === earlier ? text : JSON.stringify(now);
    });
    this.#chars = sizeOf(this.#events);
  }

  /** Begins with what the bus still has, or where it stands. */
  async #open(): Promise<void> {
    const { bus, busTopic } = this.#options;
    const { life } = bus;
    const kept = await bus.recent(busTopic, KEEP_EVENTS);
    // Read before the numbers began anew, or after: nobody knows.
    if (bus.life !== life) throw new LagError("The numbers have begun anew while they were read.");
    this.#life = life;
    this.#events = this.#amended(kept.events.map(({ data }) => data)).map((data) => JSON.stringify(data));
    this.#chars = sizeOf(this.#events);
    this.#before = kept.head - this.#events.length;
    this.#flushed = kept.head;
    this.#trim();
    this.#isReady();
  }

  /** As they stand now that all of them have happened. */
  #amended(events: unknown[]): readonly unknown[] {
    for (const [at, event] of events.entries()) {
      const amended = this.#options.amend?.(event);
      if (amended) for (let before = 0; before < at; before += 1) events[before] = amended(events[before]);
    }
    return events;
  }
}

function sizeOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}
