/** Holds a session with Redis for as long as the bus is open: looks for another when one is over, with growing pauses. */
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../lib/log.ts";
import { AppError } from "../lib/app-error.ts";
import { Session, isAnswer } from "./bus-redis-session.ts";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
/** A session that lasted so long was a good one: the pauses are short again. */
const GOOD_AFTER_MS = 10_000;
const SAY_EVERY_MS = 60_000;

export type LinkHooks = Readonly<{
  /** A session has begun; its life may be another one. */
  onUp: (session: Session) => void;
  /** The session goes on in another life: Redis was emptied. */
  onLife: (session: Session) => void;
}>;

export class RedisLink {
  readonly #url: string;
  readonly #processId: string;
  readonly #log: Logger;
  readonly #hooks: LinkHooks;
  readonly #closed = new AbortController();
  readonly #waiting = new Set<() => void>();
  readonly #renewals = new WeakMap<Session, Promise<void>>();
  readonly #running: Promise<void>;
  #session: Session | undefined;
  #lastError: unknown;

  constructor(url: string, processId: string, log: Logger, hooks: LinkHooks) {
    this.#url = url;
    this.#processId = processId;
    this.#log = log;
    this.#hooks = hooks;
    this.#running = this.#run();
  }

  /** Undefined while Redis is away. */
  get session(): Session | undefined {
    return this.#session?.isOver === true ? undefined : this.#session;
  }

  /** Why there is no session. */
  get lastError(): string {
    const error = this.#lastError;
    return error instanceof Error
      ? error.message || (error as NodeJS.ErrnoException).code || error.name
      : String(error);
  }

  /**
   * The session, when there is one again.
   * @param untilMs on performance's clock; left out: for as long as the link is open
   * @throws {AppError} `unavailable` at that time
   */
  async up(untilMs?: number): Promise<Session> {
    for (;;) {
      if (this.#closed.signal.aborted) throw new Error("The bus is closed.");
      const leftMs = untilMs === undefined ? undefined : untilMs - performance.now();
      if (leftMs !== undefined && leftMs <= 0) throw this.away();
      const { session } = this;
      if (session !== undefined) return session;
      await this.#changed(leftMs);
    }
  }

  away(): AppError {
    return new AppError("unavailable", "The event bus does not answer: Redis is away. Try again in a moment.", {
      cause: this.#lastError,
    });
  }

  /** What to do with a session after a command did not succeed. */
  async failed(session: Session, error: unknown): Promise<void> {
    if (isAnswer(error, "STALE")) return this.renew(session);
    // A late answer is not the end yet: that is for the heartbeat to say.
    if (error instanceof Error && error.message === "Command timed out") return;
    session.end(error instanceof Error ? error : new Error(String(error)));
  }

  /** Learns anew in which life the numbers are; never rejects. */
  renew(session: Session): Promise<void> {
    const running = this.#renewals.get(session);
    if (running !== undefined) return running;
    const renewal = this.#renew(session).finally(() => this.#renewals.delete(session));
    this.#renewals.set(session, renewal);
    return renewal;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#session?.end(new Error("the bus was closed"));
    this.#wake();
    await this.#running;
  }

  async #renew(session: Session): Promise<void> {
    const { life } = session;
    try {
      await session.hello();
      if (session.life !== life && session === this.session) this.#hooks.onLife(session);
    } catch (error) {
      session.end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#closed;
    let failures = 0;
    let saidAtMs = -Infinity;
    while (!signal.aborted) {
      const sinceMs = performance.now();
      try {
        const session = await Session.open(this.#url, this.#processId);
        if (saidAtMs !== -Infinity) this.#log.info("the event bus is back");
        saidAtMs = -Infinity;
        this.#lastError = await this.#stay(session);
      } catch (error) {
        this.#lastError = error;
      }
      if (signal.aborted) return;
      if (performance.now() - saidAtMs > SAY_EVERY_MS) {
        this.#log.warn({ reason: this.lastError }, "the event bus is away: Redis does not answer; trying again");
        saidAtMs = performance.now();
      }
      failures = performance.now() - sinceMs > GOOD_AFTER_MS ? 1 : failures + 1;
      await delay(pauseMs(failures), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Until it is over. */
  async #stay(session: Session): Promise<Error> {
    if (this.#closed.signal.aborted) session.end(new Error("the bus was closed"));
    else {
      this.#session = session;
      void session.beat(() => this.renew(session));
      this.#hooks.onUp(session);
      this.#wake();
    }
    const reason = await session.ended;
    this.#session = undefined;
    return reason;
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  #changed(withinMs: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = withinMs === undefined ? undefined : setTimeout(wake, withinMs);
      this.#waiting.add(wake);
    });
  }
}

/** Twice as long each time, and never the same for all processes. */
function pauseMs(failures: number): number {
  const fullMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10));
  return fullMs * (0.5 + Math.random() / 2);
}
