/** The page's one realtime connection: opened by the first who follows something, closed when nobody has for a while. */
import { ApiError } from "@rostrum/client/api-error";
import type { Realtime, RealtimeState } from "@rostrum/client/realtime";
import type { TopicFollower } from "@rostrum/client/realtime-topic";
import { browserApi } from "../api.ts";

export type { RealtimeState };

/** Ways from one page to the next keep the connection. */
const IDLE_MS = 10_000;

const IDLE: RealtimeState = { kind: "connecting" };

/** A connection speaks for one person: another one who signs in gets another one. */
export class PageConnection {
  readonly #listeners = new Set<() => void>();
  readonly #connect: (onState: (state: RealtimeState) => void) => Realtime;
  #open: Realtime | undefined;
  #person: string | null = null;
  #state: RealtimeState = IDLE;
  #users = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;

  /** @param connect opens a connection as who the cookies say */
  constructor(connect: (onState: (state: RealtimeState) => void) => Realtime) {
    this.#connect = connect;
  }

  readonly state = (): RealtimeState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  follow(person: string | null, topic: string, follower: TopicFollower, token?: string): () => void {
    const connection = this.#of(person);
    const leave = connection.follow(topic, follower, token);
    this.#users += 1;
    clearTimeout(this.#idle);
    return () => {
      leave();
      this.#users -= 1;
      if (this.#users === 0) this.#closeSoon();
    };
  }

  /** @throws {ApiError} also when somebody else has signed in since: what they follow is not taken from them */
  send<T>(person: string | null, action: string, body: unknown): Promise<T> {
    if (this.#users > 0 && this.#person !== person) {
      const message = "Somebody else is signed in on this page now. Send it again.";
      return Promise.reject(new ApiError("unauthenticated", message, { status: 0 }));
    }
    const sent = this.#of(person).send<T>(action, body);
    const closeIfUnused = (): void => {
      if (this.#users === 0) this.#closeSoon();
    };
    void sent.then(closeIfUnused, closeIfUnused);
    return sent;
  }

  /** Goes on as who the cookies say now: what a visitor has said about their age is one. */
  reconnect(): void {
    this.#open?.reconnect();
  }

  #of(person: string | null): Realtime {
    if (this.#open !== undefined && this.#person === person) return this.#open;
    this.#close();
    this.#person = person;
    this.#open = this.#connect((state) => this.#say(state));
    return this.#open;
  }

  #closeSoon(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#close(), IDLE_MS);
  }

  #close(): void {
    clearTimeout(this.#idle);
    this.#open?.close();
    this.#open = undefined;
    this.#say(IDLE);
  }

  #say(state: RealtimeState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

let ofThisPage: PageConnection | undefined;

/** Only in browsers: never while a page is rendered on the server. */
export function pageConnection(): PageConnection {
  ofThisPage ??= new PageConnection((onState) => browserApi().realtime({ url: address(), onState }));
  return ofThisPage;
}

function address(): string {
  const { protocol, host } = location;
  return `${protocol === "https:" ? "wss:" : "ws:"}//${host}/realtime`;
}
