/** What clients follow, and that it stays theirs: whoever may not follow a topic any more is told so. */
import { MAX_TOPICS, Topic } from "@rostrum/contract/realtime";
import type { Caller, RealtimeRules } from "../http/realtime-rules.ts";
import { AppError } from "../lib/app-error.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import type { Bus } from "../ports/bus.ts";
import type { Connection } from "./connection.ts";
import { Entrance, type Ticket, ticketKey } from "./entrance.ts";
import { errorBodyOf } from "./errors.ts";
import { FanOut } from "./fan-out.ts";
import { Feeds } from "./feeds.ts";
import { inTurns } from "./in-turns.ts";

/** Questions to the store at a time when a whole audience is asked for again. */
const CHECKS_AT_ONCE = 4;

export type FollowersOptions = Readonly<{
  bus: Bus;
  clock: Clock;
  log: Logger;
  rules: RealtimeRules;
  onSent: (bytes: number) => void;
}>;

/** People with the same rights: one answer for all of them. */
type Group = Readonly<{ ticket: Ticket; connections: Connection[] }>;

export class Followers {
  /** Also for those who poll. */
  readonly feeds: Feeds;
  readonly entrance: Entrance;
  readonly #fanOut: FanOut;
  readonly #log: Logger;
  /** Counts what has changed about who may follow what. */
  #changes = 0;
  /** Topics whose followers are being asked for; true: again after that. */
  readonly #checks = new Map<string, boolean>();
  /** A bus that was away has a gap in every topic: their states are read one topic after the other. */
  #resets: Promise<void> = Promise.resolve();

  constructor({ bus, clock, log, rules, onSent }: FollowersOptions) {
    this.#log = log;
    this.feeds = new Feeds({
      bus,
      clock,
      log,
      amendOf: (topic) => rules.topics[Topic.parse(topic).kind]?.amend,
      onPending: (topic) => this.#fanOut.wake(topic),
      onGap: (topic) => this.#resetAll(topic),
    });
    this.entrance = new Entrance(rules, this.feeds);
    this.#fanOut = new FanOut({ clock, flush: (topic) => this.feeds.get(topic)?.flush(), onSent });
  }

  /** Tells the client where it stands, and what comes from then on; or why not. */
  async subscribe(connection: Connection, topic: Topic, cursor?: string, token?: string): Promise<void> {
    const changes = this.#changes;
    const ticket: Ticket = { caller: connection.caller, token };
    try {
      if (connection.topics.size >= MAX_TOPICS && !connection.topics.has(topic.name)) {
        throw new AppError("conflict", `One page follows at most ${MAX_TOPICS} topics.`);
      }
      await this.#enter(topic, ticket, () => [connection], cursor);
    } catch (error) {
      return this.#refuse(connection, topic.name, error);
    }
    // What was asked for may have changed while it was answered.
    if (connection.caller !== ticket.caller) await this.#recheckTopic(connection, topic.name);
    if (changes !== this.#changes) void this.#check(topic.name);
  }

  unsubscribe(connection: Connection, topic: string): void {
    this.#fanOut.remove(topic, connection);
  }

  /** The client is gone. */
  forget(connection: Connection): void {
    for (const topic of connection.topics.keys()) this.#fanOut.remove(topic, connection);
  }

  /** Something has changed about who may follow the topics of this id; undefined: of any. */
  recheck(id?: string): void {
    this.#changes += 1;
    const isConcerned = (topic: string): boolean => id === undefined || topic.endsWith(`:${id}`);
    // Also of topics that nobody follows yet.
    this.entrance.forget(isConcerned);
    const topics = [...this.#fanOut.topics].filter(isConcerned);
    void inTurns(topics, CHECKS_AT_ONCE, (topic) => this.#check(topic));
  }

  /** The client's rights have changed, and `caller` with them. */
  async recheckConnection(connection: Connection): Promise<void> {
    for (const name of connection.topics.keys()) await this.#recheckTopic(connection, name);
  }

  /** Playback tokens end by themselves: whoever follows by one is asked for again. */
  async recheckTokens(connection: Connection): Promise<void> {
    for (const [name, { token }] of connection.topics) {
      if (token !== undefined) await this.#recheckTopic(connection, name);
    }
  }

  sweep(): void {
    this.feeds.sweep((topic) => this.#fanOut.isFollowed(topic));
  }

  close(): void {
    this.#fanOut.close();
    this.feeds.close();
  }

  /** Nothing may come between what is told here and the next tick: after `enter` nothing is waited for. */
  async #enter(topic: Topic, ticket: Ticket, whom: () => readonly Connection[], cursor?: string): Promise<void> {
    const { feed, state } = await this.entrance.enter(topic, ticket, cursor);
    const from = state?.cursor ?? cursor ?? feed.cursor;
    const missed = feed.since(from);
    if (missed === undefined || this.feeds.get(topic.name) !== feed) {
      throw new AppError("unavailable", "Too much is going on here. Try again in a moment.");
    }
    const place = `"topic":${JSON.stringify(topic.name)},"cursor":"${from}"`;
    const first =
      state === null ? `{"type":"subscribed",${place}}` : `{"type":"reset",${place},"snapshot":${state.snapshot}}`;
    for (const connection of whom()) {
      if (!connection.isHere) continue;
      this.#fanOut.add(topic.name, connection, ticket.token);
      connection.sendText(missed === "" ? `[${first}]` : `[${first},${missed}]`);
    }
  }

  #refuse(connection: Connection, topic: string, error: unknown): void {
    this.#fanOut.remove(topic, connection);
    connection.send({ type: "refused", topic, ...errorBodyOf(error, this.#log) });
  }

  /** Never rejects. */
  async #recheckTopic(connection: Connection, name: string): Promise<void> {
    this.entrance.forget((topic) => topic === name);
    const ticket: Ticket = { caller: connection.caller, token: connection.topics.get(name)?.token };
    await this.#admit(name, { ticket, connections: [connection] });
  }

  /** Asks for all who follow the topic whether it is still for them. Never rejects. */
  async #check(name: string): Promise<void> {
    if (this.#checks.has(name)) return void this.#checks.set(name, true);
    do {
      this.#checks.set(name, false);
      this.entrance.forget((topic) => topic === name);
      await inTurns(this.#groups(name), CHECKS_AT_ONCE, (group) => this.#admit(name, group));
    } while (this.#checks.get(name) === true);
    this.#checks.delete(name);
  }

  /** Never rejects. What cannot be found out is refused, too: the client asks again. */
  async #admit(name: string, { ticket, connections }: Group): Promise<void> {
    try {
      await this.entrance.admit(Topic.parse(name), ticket);
    } catch (error) {
      for (const connection of this.#stillThere(name, ticket, connections)) this.#refuse(connection, name, error);
    }
  }

  /** Events were missed by this process itself. */
  #resetAll(name: string): void {
    this.#resets = this.#resets.then(() =>
      inTurns(this.#groups(name), CHECKS_AT_ONCE, (group) => this.#reset(name, group)),
    );
  }

  /** Never rejects. */
  async #reset(name: string, { ticket, connections }: Group): Promise<void> {
    try {
      await this.#enter(Topic.parse(name), ticket, () => this.#stillThere(name, ticket, connections));
    } catch (error) {
      for (const connection of this.#stillThere(name, ticket, connections)) this.#refuse(connection, name, error);
    }
  }

  #groups(name: string): Iterable<Group> {
    const groups = new Map<string, Group>();
    for (const connection of this.#fanOut.followersOf(name)) {
      const ticket: Ticket = { caller: connection.caller, token: connection.topics.get(name)?.token };
      const key = ticketKey(ticket);
      const group = groups.get(key) ?? { ticket, connections: [] };
      group.connections.push(connection);
      groups.set(key, group);
    }
    return groups.values();
  }

  /** Whose question it still is: who left, or came in by another right meanwhile, was asked for then. */
  #stillThere(name: string, ticket: Ticket, connections: readonly Connection[]): Connection[] {
    return connections.filter((connection) => {
      const following = connection.topics.get(name);
      const now = { caller: connection.caller, token: following?.token };
      return following !== undefined && ticketKey(now) === ticketKey(ticket);
    });
  }
}

/** The same person with other rights is another one. */
export function sameCaller(one: Caller, other: Caller): boolean {
  return JSON.stringify(one.viewer) === JSON.stringify(other.viewer);
}
