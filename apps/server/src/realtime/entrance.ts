/** How a topic is entered, by whatever transport: who may, and what is told first. The same question is asked once at a time. */
import type { Topic } from "@rostrum/contract/realtime";
import type { Caller, RealtimeRules, TopicRules } from "../http/realtime-rules.ts";
import { AppError } from "../lib/app-error.ts";
import type { Feeds } from "./feeds.ts";
import type { TopicFeed } from "./topic-feed.ts";

/** `cursor` stands before the state was read: what was flushed since then may stand in it, or not. `snapshot` is JSON. */
export type State = Readonly<{ cursor: string; snapshot: string }>;

/** `state` is null when the events behind the caller's cursor are all there. */
export type Entered = Readonly<{ feed: TopicFeed; state: State | null }>;

/** With what a topic is asked for. */
export type Ticket = Readonly<{ caller: Caller; token: string | undefined }>;

export class Entrance {
  readonly #rules: RealtimeRules;
  readonly #feeds: Feeds;
  /** What is being asked right now, by topic and person: a whole audience that comes at once is one question. */
  readonly #admissions = new Map<string, Promise<void>>();
  readonly #states = new Map<string, Promise<State>>();

  constructor(rules: RealtimeRules, feeds: Feeds) {
    this.#rules = rules;
    this.#feeds = feeds;
  }

  /** Questions that are under way. */
  get asking(): number {
    return this.#admissions.size + this.#states.size;
  }

  /** @throws {AppError} the caller may not follow it */
  admit(topic: Topic, ticket: Ticket): Promise<void> {
    return once(this.#admissions, keyOf(topic, ticket), () =>
      this.#rulesOf(topic).admit(ticket.caller, topic.id, ticket.token),
    );
  }

  /** @throws {AppError} the caller may not follow it; unavailable when the bus does not answer */
  async enter(topic: Topic, ticket: Ticket, cursor: string | undefined): Promise<Entered> {
    await this.admit(topic, ticket);
    const feed = await this.#feeds.open(topic.name);
    if (cursor !== undefined && feed.since(cursor) !== undefined) return { feed, state: null };
    const state = await once(this.#states, keyOf(topic, ticket), () => this.#read(topic, ticket, feed.cursor));
    return { feed, state };
  }

  /** Something about these topics has changed: answers that are under way count for nobody who asks from now on. */
  forget(isConcerned: (topic: string) => boolean): void {
    for (const asked of [this.#admissions, this.#states]) {
      for (const key of asked.keys()) if (isConcerned(key.slice(0, key.indexOf(" ")))) asked.delete(key);
    }
  }

  async #read(topic: Topic, { caller, token }: Ticket, cursor: string): Promise<State> {
    const snapshot = await this.#rulesOf(topic).snapshot(caller, topic.id, token);
    return { cursor, snapshot: JSON.stringify(snapshot ?? null) };
  }

  #rulesOf({ kind, name }: Topic): TopicRules {
    const rules = this.#rules.topics[kind];
    if (rules === undefined) throw new AppError("not_found", `There is no topic "${name}".`);
    return rules;
  }
}

/** The same for those who have the same rights. */
export function ticketKey({ caller: { viewer }, token }: Ticket): string {
  const who = viewer.kind === "anonymous" ? "-" : `${viewer.accountId}/${viewer.tokenId ?? ""}`;
  return `${who} ${viewer.age?.years ?? ""} ${token ?? ""} ${(viewer.passes ?? []).join("~")}`;
}

function keyOf({ name }: Topic, ticket: Ticket): string {
  return `${name} ${ticketKey(ticket)}`;
}

function once<T>(running: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const known = running.get(key);
  if (known !== undefined) return known;
  const answer = ask().finally(() => {
    if (running.get(key) === answer) running.delete(key);
  });
  running.set(key, answer);
  return answer;
}
