/**
 * The bus between processes, on one Redis: a stream per topic keeps the newest events, a channel per topic tells what is new. Numbers
 * are given by a script, so they have no holes; what was not heard while the connection was away is read from the stream.
 */
import { randomBytes } from "node:crypto";
import type { Logger } from "../lib/log.ts";
import { AppError } from "../lib/app-error.ts";
import { type Bus, type BusEvent, LagError, type SubscribeOptions } from "../ports/bus.ts";
import { RedisLink } from "./bus-redis-link.ts";
import { follow } from "./bus-redis-follow.ts";
import { channelPrefix, KEPT_EVENTS, key, PUBLISH } from "./bus-redis-scripts.ts";
import { isAnswer, type Session } from "./bus-redis-session.ts";
import { FollowedTopic, type Kept } from "./bus-redis-topic.ts";
import { parse, read } from "./bus-redis-wire.ts";

/** A caller waits for Redis no longer than this, */
const PATIENCE_MS = 5000;
/** and no more callers than this. */
const MAX_PUBLISHING = 10_000;
/** Channels in one command. */
const CHANNELS_AT_ONCE = 500;

export class RedisBus implements Bus {
  readonly #link: RedisLink;
  readonly #log: Logger;
  readonly #topics = new Map<string, FollowedTopic>();
  readonly #ended = new AbortController();
  readonly #processId = randomBytes(8).toString("hex");
  #life = "";
  #published = 0;
  #publishing = 0;

  constructor(url: string, log: Logger) {
    this.#log = log;
    this.#link = new RedisLink(url, this.#processId, log, {
      onUp: (session) => this.#onUp(session),
      onLife: (session) => this.#onLife(session),
    });
  }

  /** @throws {AppError} `unavailable`: no Redis within `withinMs` */
  async opened(withinMs: number): Promise<Session> {
    return this.#link.up(performance.now() + withinMs);
  }

  /** Why Redis is away, in the words of the client. */
  get reason(): string {
    return this.#link.lastError;
  }

  get life(): string {
    return this.#life.split(":")[0] ?? "";
  }

  /**
   * Published once: an attempt whose end is not known is looked for in the topic before it is made again, and what an attempt left in
   * a buffer of a connection that was given up is refused by Redis.
   * @throws {AppError} `unavailable` after 5 s without Redis; the message says whether the event may have been published all the same
   */
  async publish(topic: string, data: unknown): Promise<number> {
    const json = JSON.stringify(data) as string | undefined;
    if (json === undefined) throw new TypeError(`${typeof data} cannot travel on the bus: it is not JSON.`);
    if (this.#ended.signal.aborted) throw new Error("The bus is closed.");
    if (this.#publishing >= MAX_PUBLISHING) throw this.#link.away();
    this.#publishing += 1;
    try {
      return await this.#publish(topic, json);
    } finally {
      this.#publishing -= 1;
    }
  }

  subscribe<T = unknown>(name: string, { after, signal }: SubscribeOptions): AsyncIterable<BusEvent<T>> {
    const stop = AbortSignal.any([signal, this.#ended.signal]);
    const topic = this.#topic(name);
    const place = topic.enter();
    // Asked for now, not at the first read: what is published from here on has a greater number.
    const first = this.#first(name, after);
    void first.then(
      ({ head }) => {
        topic.open(head);
        return this.#catchUp(name, topic);
      },
      () => undefined,
    );
    let left = false;
    const leave = (): void => {
      if (left) return;
      left = true;
      stop.removeEventListener("abort", leave);
      topic.leave(place);
      if (!topic.isFollowed) this.#forget(name, topic);
    };
    stop.addEventListener("abort", leave);
    if (stop.aborted) leave();
    return { [Symbol.asyncIterator]: () => follow(topic, place, first, stop, leave) as AsyncGenerator<BusEvent<T>> };
  }

  async head(topic: string): Promise<number> {
    return (await this.#ask(topic, "-", 0)).head;
  }

  async recent<T = unknown>(topic: string, count: number): Promise<{ head: number; events: readonly BusEvent<T>[] }> {
    const { head, events } = await this.#ask(topic, count < 1 ? "-" : "", Math.min(count, KEPT_EVENTS));
    // Numbers that somebody removed leave events of before behind.
    return { head, events: (events.at(-1)?.seq === head ? events : []) as readonly BusEvent<T>[] };
  }

  async health(): Promise<void> {
    if (this.#link.session === undefined) throw this.#link.away();
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await this.#link.close();
    this.#topics.clear();
  }

  async #publish(topic: string, json: string): Promise<number> {
    const untilMs = performance.now() + PATIENCE_MS;
    this.#published += 1;
    const id = `${this.#processId}.${this.#published}`;
    let perhaps = false;
    for (;;) {
      let session: Session;
      try {
        session = await this.#link.up(untilMs);
      } catch (cause) {
        throw perhaps ? outcomeUnknown(cause) : cause;
      }
      try {
        const keys = [...session.keys, key.head(topic), key.log(topic)];
        const channel = channelPrefix(session.database) + topic;
        const sent = session.run(PUBLISH, keys, ...session.signature, channel, id, json, perhaps ? "1" : "0");
        const { life } = session;
        const seq = Number(await before(untilMs, sent));
        if (life === this.#life) this.#topics.get(topic)?.know(seq);
        return seq;
      } catch (error) {
        if (isAnswer(error, "FORGOTTEN")) throw outcomeUnknown(error);
        if (isAnswer(error) && !isPassing(error)) {
          throw new AppError("unavailable", "The event bus does not take the event.", { cause: error });
        }
        perhaps ||= !isAnswer(error);
        await this.#link.failed(session, error);
      }
    }
  }

  /** Where a subscription begins, and what is kept behind it. */
  async #first(name: string, after: number | undefined): Promise<Kept> {
    const life = this.#life;
    // Without a session nobody knows what "from now on" means.
    let isExact = this.#link.session !== undefined;
    for (;;) {
      const session = this.#link.session ?? (await this.#link.up());
      if (session.life !== life) throw new LagError("The numbers of all topics have begun anew.");
      if (after === undefined && !isExact) throw new LagError("The bus was away when the subscription began.");
      try {
        const kept = await read(session, name, after ?? "-", KEPT_EVENTS);
        if (after === undefined || after === kept.head) return { head: kept.head, events: [] };
        if (after > kept.head) throw new LagError(`The topic has not reached number ${after}.`);
        if (kept.events.at(0)?.seq === after + 1 && kept.events.at(-1)?.seq === kept.head) return kept;
        throw new LagError(`What came after number ${after} is not kept.`);
      } catch (error) {
        if (error instanceof LagError) throw error;
        isExact = false;
        await this.#link.failed(session, error);
      }
    }
  }

  async #ask(name: string, after: "" | "-", count: number): Promise<Kept> {
    const untilMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const session = await this.#link.up(untilMs);
      try {
        return await before(untilMs, read(session, name, after, count));
      } catch (error) {
        await this.#link.failed(session, error);
      }
    }
  }

  #topic(name: string): FollowedTopic {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = new FollowedTopic();
      this.#topics.set(name, topic);
      const { session } = this.#link;
      if (session !== undefined) void this.#listen(session, [name]);
    }
    return topic;
  }

  #forget(name: string, topic: FollowedTopic): void {
    if (this.#topics.get(name) !== topic) return;
    this.#topics.delete(name);
    const { session } = this.#link;
    if (session !== undefined) this.#ignore(session, [channelPrefix(session.database) + name]);
  }

  #onUp(session: Session): void {
    session.subscriber.on("message", (channel: string, message: string) => this.#hear(session, channel, message));
    for (const topic of this.#topics.values()) topic.isHeard = false;
    if (this.#life !== "" && this.#life !== session.life) this.#endTopics();
    this.#life = session.life;
    void this.#listen(session, [...this.#topics.keys()]);
  }

  #onLife(session: Session): void {
    const channels = [...this.#topics.keys()].map((name) => channelPrefix(session.database) + name);
    this.#endTopics();
    this.#life = session.life;
    for (let at = 0; at < channels.length; at += CHANNELS_AT_ONCE) {
      this.#ignore(session, channels.slice(at, at + CHANNELS_AT_ONCE));
    }
  }

  #endTopics(): void {
    const topics = [...this.#topics.values()];
    this.#topics.clear();
    for (const topic of topics) topic.over();
  }

  /** Hears the channels, then reads what was said before that. Never rejects. */
  async #listen(session: Session, names: readonly string[]): Promise<void> {
    try {
      for (let at = 0; at < names.length; at += CHANNELS_AT_ONCE) {
        const some = names.slice(at, at + CHANNELS_AT_ONCE);
        await session.subscriber.subscribe(...some.map((name) => channelPrefix(session.database) + name));
        await Promise.all(some.map((name) => this.#isHeard(name)));
      }
    } catch (error) {
      session.end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #isHeard(name: string): Promise<void> {
    const topic = this.#topics.get(name);
    if (topic === undefined) return;
    topic.isHeard = true;
    await this.#catchUp(name, topic);
  }

  #ignore(session: Session, channels: readonly string[]): void {
    session.subscriber.unsubscribe(...channels).catch((error: unknown) => this.#link.failed(session, error));
  }

  #hear(session: Session, channel: string, message: string): void {
    const name = channel.slice(channelPrefix(session.database).length);
    const topic = this.#topics.get(name);
    // Its last follower left while the channel was being opened again.
    if (topic === undefined) return this.#ignore(session, [channel]);
    const said = parse(message);
    if (said === undefined)
      return this.#log.warn({ topic: name }, "what was said on a channel of the bus is not an event");
    if (said.life !== session.life) return void this.#link.renew(session);
    if (!topic.hear(said.event)) void this.#catchUp(name, topic);
  }

  /** Never rejects: with the next session it is tried again. */
  async #catchUp(name: string, topic: FollowedTopic): Promise<void> {
    const { session } = this.#link;
    if (session === undefined) return;
    try {
      await topic.catchUp((after) => this.#readOn(session, name, after));
    } catch (error) {
      this.#log.debug({ err: error, topic: name }, "a topic of the bus could not be read");
    }
  }

  async #readOn(session: Session, name: string, after: number): Promise<Kept> {
    try {
      return await read(session, name, after, KEPT_EVENTS);
    } catch (error) {
      await this.#link.failed(session, error);
      throw error;
    }
  }
}

/** Redis says that it cannot now, not that it will not: another try may find it well, or another in its place. */
function isPassing(error: Error): boolean {
  return /^(STALE|LOADING|READONLY|MASTERDOWN|BUSY|TRYAGAIN)/.test(error.message);
}

const outcomeUnknown = (cause: unknown): AppError =>
  new AppError(
    "unavailable",
    "The event bus went away while it was told: whether the event was published is not known.",
    {
      cause,
    },
  );

/** @throws {Error} "Command timed out" at `untilMs`; the command goes on */
async function before<T>(untilMs: number, running: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("Command timed out")), Math.max(0, untilMs - performance.now()));
  try {
    return await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
  }
}
