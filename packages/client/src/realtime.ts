/**
 * What happens in a show, as it happens: over one WebSocket, or by polling where none passes. Hides which of the two it is, comes back
 * by itself, misses nothing and tells nothing twice. DESIGN §5.
 */
import { REALTIME_CLOSE, type ServerMessage } from "@rostrum/contract/realtime";
import { ApiError } from "./api-error.ts";
import type { Http } from "./http.ts";
import { Outbox, type SendMessage } from "./realtime-outbox.ts";
import { Poller } from "./realtime-poller.ts";
import { RealtimeSocket } from "./realtime-socket.ts";
import { REALTIME_TIMING, type RealtimeTiming } from "./realtime-timing.ts";
import { FollowedTopic, type TopicFollower } from "./realtime-topic.ts";

/**
 * - `connecting`: for the first time · `live`: over the socket, which has been heard · `polling`: every 4 s, no socket passes
 * - `waiting`: the connection was lost; the next try is at `retryAtMs` (Unix ms) · `closed`: by the page
 */
export type RealtimeState =
  | Readonly<{ kind: "connecting" | "live" | "polling" | "closed" }>
  | Readonly<{ kind: "waiting"; retryAtMs: number }>;

export type RealtimeOptions = Readonly<{
  /** `ws:` or `wss:`, of `/realtime`. */
  url: string;
  http: Http;
  onState?: (state: RealtimeState) => void;
  /** Default: the global one. */
  WebSocket?: typeof globalThis.WebSocket;
  timing?: Partial<RealtimeTiming>;
}>;

export interface Realtime {
  readonly state: RealtimeState;
  /** @param token a playback token, for who may watch only with one. Returns what ends it. */
  follow(topic: string, follower: TopicFollower, token?: string): () => void;
  /**
   * Resolves when the server has stored it. What is under way while a connection is lost is sent again, and done once.
   * @throws {ApiError} it was refused; `offline` when there was no answer within 30 s
   */
  send<T = unknown>(action: string, body: unknown): Promise<T>;
  /** Goes on as who the cookies say now. What is followed stays followed. */
  reconnect(): void;
  close(): void;
}

/** So many sockets in a row on which nothing came mean that none passes, or that nobody is there: polling tells. */
const BLOCKED_AFTER = 2;

/** Says when the network is back; programs without a window have none. */
const page = globalThis as unknown as Partial<Pick<EventTarget, "addEventListener" | "removeEventListener">>;

export function createRealtime(options: RealtimeOptions): Realtime {
  return new Session(options);
}

class Session implements Realtime {
  readonly #options: RealtimeOptions;
  readonly #timing: RealtimeTiming;
  readonly #topics = new Map<string, FollowedTopic>();
  readonly #outbox: Outbox;
  readonly #poller: Poller;
  #state: RealtimeState = { kind: "connecting" };
  #socket: RealtimeSocket | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  /** Connections in a row that brought nothing. */
  #failures = 0;
  #neverHeard = 0;
  /** Something came over the socket of now. */
  #isHeard = false;
  #renewal: Promise<boolean> | undefined;
  #isClosed = false;

  constructor(options: RealtimeOptions) {
    this.#options = options;
    this.#timing = { ...REALTIME_TIMING, ...options.timing };
    this.#outbox = new Outbox(this.#timing.sendWithinMs, (message) => this.#carry(message));
    this.#poller = new Poller({
      http: options.http,
      timing: this.#timing,
      outbox: this.#outbox,
      asked: () => this.#asked(),
      onMessage: (message) => this.#take(message),
      onTried: (works) => this.#polled(works),
    });
    page.addEventListener?.("online", this.#hurry);
    this.#connect();
  }

  get state(): RealtimeState {
    return this.#state;
  }

  follow(name: string, follower: TopicFollower, token?: string): () => void {
    const topic = this.#topics.get(name) ?? new FollowedTopic();
    this.#topics.set(name, topic);
    topic.followers.add(follower);
    topic.token = token ?? topic.token;
    // Who comes second needs the state, too.
    topic.begin();
    this.#ask(name, topic);
    return () => {
      topic.followers.delete(follower);
      if (topic.followers.size > 0 || this.#topics.get(name) !== topic) return;
      this.#topics.delete(name);
      this.#socket?.send({ type: "unsubscribe", topic: name });
    };
  }

  send<T>(action: string, body: unknown): Promise<T> {
    return this.#outbox.send(action, body) as Promise<T>;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#retry);
    page.removeEventListener?.("online", this.#hurry);
    this.#socket?.close();
    this.#socket = undefined;
    this.#poller.stop();
    this.#outbox.close();
    this.#setState({ kind: "closed" });
  }

  /** The network is back. */
  readonly #hurry = (): void => {
    if (this.#retry !== undefined) this.#connect();
    else this.#socket?.ask();
    this.#poller.hurry();
  };

  #setState(state: RealtimeState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.#options.onState?.(state);
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const { url, WebSocket: Socket = globalThis.WebSocket } = this.#options;
    this.#isHeard = false;
    this.#socket = new RealtimeSocket(url, Socket, this.#timing, {
      onOpen: () => this.#opened(),
      onMessage: (message) => {
        this.#heard();
        this.#take(message);
      },
      onClosed: (code) => this.#lost(code),
    });
  }

  /** What it passes on is not known yet: polling goes on until something comes. */
  #opened(): void {
    for (const [name, topic] of this.#topics) if (!topic.isRefused) this.#ask(name, topic);
    this.#outbox.carryAll();
  }

  #heard(): void {
    if (this.#isHeard) return;
    this.#isHeard = true;
    this.#neverHeard = 0;
    this.#setState({ kind: "live" });
    if (!this.#poller.isRunning) return;
    this.#poller.stop();
    this.#outbox.carryAll();
  }

  #lost(code: number): void {
    this.#socket = undefined;
    if (!this.#isHeard) this.#neverHeard += 1;
    if (code === REALTIME_CLOSE.unauthenticated) void this.#renew();
    const pauseMs = this.#poller.works ? this.#timing.trySocketEveryMs : this.#timing.pauseMs(this.#failures);
    this.#failures += 1;
    this.#connectAfter(pauseMs);
    if (this.#state.kind !== "polling")
      this.#setState({ kind: "waiting", retryAtMs: Math.round(Date.now() + pauseMs) });
    if (this.#neverHeard >= BLOCKED_AFTER) this.#poller.start();
    if (this.#poller.isRunning) this.#outbox.carryAll();
  }

  /** A renewal that is under way is waited for: the connection is to be the account's again. */
  #connectAfter(pauseMs: number): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      void (this.#renewal ?? Promise.resolve()).then(() => {
        if (!this.#isClosed && this.#socket === undefined) this.#connect();
      });
    }, pauseMs);
  }

  #polled(works: boolean): void {
    const retryAtMs = Math.round(Date.now() + this.#timing.pollEveryMs);
    this.#setState(works ? { kind: "polling" } : { kind: "waiting", retryAtMs });
  }

  #take(message: ServerMessage): void {
    if (message.type === "pong") return;
    if (message.type === "nack") return this.#takeRefusal(message);
    this.#failures = 0;
    if (message.type === "ack") return this.#outbox.resolve(message.id, message.result);
    const topic = this.#topics.get(message.topic);
    if (topic !== undefined) this.#go(message, topic);
  }

  #go(message: Extract<ServerMessage, { topic: string }>, topic: FollowedTopic): void {
    const name = message.topic;
    const step = topic.take(message);
    if (step === "reset") this.#ask(name, topic);
    if (step === "later") this.#askLater(name, topic);
    if (step === "renew" && message.type === "refused") {
      void this.#renew().then((isFresh) => (isFresh ? this.reconnect() : topic.refuse(message)));
    }
  }

  #takeRefusal({ id, error: { code, message, details } }: Extract<ServerMessage, { type: "nack" }>): void {
    const reject = (): void => this.#outbox.reject(id, new ApiError(code, message, { status: 0, details }));
    if (code !== "unauthenticated" || !this.#outbox.mayRenew(id)) return reject();
    void this.#renew().then((isFresh) => (isFresh ? this.reconnect() : reject()));
  }

  /** Those who ask while one is under way share it. False: the session has ended, or nobody could say. */
  #renew(): Promise<boolean> {
    this.#renewal ??= this.#options.http
      .renew()
      .catch(() => false)
      .finally(() => (this.#renewal = undefined));
    return this.#renewal;
  }

  reconnect(): void {
    if (this.#isClosed) return;
    if (this.#poller.isRunning) {
      this.#poller.restart();
      if (this.#socket === undefined) return;
    }
    this.#socket?.close();
    this.#connect();
  }

  #ask(name: string, { cursor, token }: FollowedTopic): void {
    const place = { ...(cursor === undefined ? {} : { cursor }), ...(token === undefined ? {} : { token }) };
    // Nothing is lost when no socket is open: all is asked for when one is.
    if (this.#socket?.send({ type: "subscribe", topic: name, ...place }) !== true) this.#poller.hurry();
  }

  /** Polls come again by themselves. */
  #askLater(name: string, topic: FollowedTopic): void {
    const socket = this.#socket;
    if (socket?.isOpen !== true) return;
    setTimeout(
      () => {
        if (this.#socket === socket && this.#topics.get(name) === topic) this.#ask(name, topic);
      },
      this.#timing.pauseMs(topic.failures - 1),
    );
  }

  #asked(): { topics: string; token: string | undefined } {
    const asked = [...this.#topics].filter(([, { isRefused }]) => !isRefused);
    return {
      topics: asked.map(([name, { cursor }]) => (cursor === undefined ? name : `${name}@${cursor}`)).join(","),
      token: asked.find(([, topic]) => topic.token !== undefined)?.[1].token,
    };
  }

  #carry(message: SendMessage): void {
    if (this.#poller.isRunning) this.#poller.carry(message);
    else this.#socket?.send({ type: "send", ...message });
  }
}
