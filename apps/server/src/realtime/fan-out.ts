/** Who follows what, and the tick: one frame for each socket with news; sockets with the same news share its bytes. */
import type { Cancel, Clock } from "../lib/clock.ts";
import { type Connection, textFrame } from "./connection.ts";

/**
 * Twenty times a second; down to six where an audience is so large that writing to it takes more than a part of the time between:
 * a write costs the same however much it carries (docs/performance.md).
 */
const TICK_MS = { least: 50, most: 140 } as const;
const TICK_SHARE = 1 / 10;
const NOBODY: ReadonlySet<Connection> = new Set();

export type FanOutOptions = Readonly<{
  clock: Clock;
  /** What is new in a topic, as a message; undefined: nothing. */
  flush: (topic: string) => string | undefined;
  onSent: (bytes: number) => void;
}>;

export class FanOut {
  readonly #options: FanOutOptions;
  readonly #followers = new Map<string, Set<Connection>>();
  readonly #pending = new Set<string>();
  #cancelTick: Cancel | undefined;
  #pauseMs: number = TICK_MS.least;

  constructor(options: FanOutOptions) {
    this.#options = options;
  }

  get topics(): Iterable<string> {
    return this.#followers.keys();
  }

  isFollowed(topic: string): boolean {
    return this.#followers.has(topic);
  }

  followersOf(topic: string): ReadonlySet<Connection> {
    return this.#followers.get(topic) ?? NOBODY;
  }

  /** From the next tick on. @param token a playback token with which it is asked again whether the topic is for this client */
  add(topic: string, connection: Connection, token: string | undefined): void {
    connection.topics.set(topic, { token });
    const followers = this.#followers.get(topic) ?? new Set();
    this.#followers.set(topic, followers.add(connection));
  }

  remove(topic: string, connection: Connection): void {
    connection.topics.delete(topic);
    const followers = this.#followers.get(topic);
    followers?.delete(connection);
    if (followers?.size === 0) this.#followers.delete(topic);
  }

  /** The topic has news for the next tick. */
  wake(topic: string): void {
    this.#pending.add(topic);
    this.#cancelTick ??= this.#options.clock.after(this.#pauseMs, () => this.#tick());
  }

  close(): void {
    this.#cancelTick?.();
  }

  #tick(): void {
    this.#cancelTick = undefined;
    const { clock } = this.#options;
    const beganMs = clock.monotonicMs();
    this.#flush();
    const wantedMs = (clock.monotonicMs() - beganMs) / TICK_SHARE;
    this.#pauseMs = Math.min(TICK_MS.most, Math.max(TICK_MS.least, wantedMs));
  }

  #flush(): void {
    const texts: string[] = [];
    const touched: Connection[] = [];
    for (const topic of this.#pending) {
      const text = this.#options.flush(topic);
      if (text === undefined) continue;
      const key = `${texts.push(text) - 1} `;
      for (const connection of this.followersOf(topic)) {
        if (connection.tickKey === "") touched.push(connection);
        connection.tickKey += key;
      }
    }
    this.#pending.clear();
    this.#write(texts, touched);
  }

  #write(texts: readonly string[], touched: readonly Connection[]): void {
    const frames = new Map<string, Buffer>();
    for (const connection of touched) {
      const key = connection.tickKey;
      connection.tickKey = "";
      const frame = frames.get(key) ?? frameOf(key, texts);
      frames.set(key, frame);
      connection.write(frame);
      this.#options.onSent(frame.length);
    }
  }
}

/** @param key the places of its texts, each with a space behind it */
function frameOf(key: string, texts: readonly string[]): Buffer {
  const places = key.trimEnd().split(" ");
  return textFrame(`[${places.map((place) => texts[Number(place)]).join(",")}]`);
}
