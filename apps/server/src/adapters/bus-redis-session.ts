/** One stay with Redis: a connection for commands and one for what is heard, that begin and end together. */
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Redis, type RedisOptions } from "ioredis";
import { BEAT, HELLO, key, type Script } from "./bus-redis-scripts.ts";

const CONNECT_MS = 3000;
/** Redis answers within so long, or it is taken for dead. */
const ANSWER_MS = 3000;
const BEAT_EVERY_MS = 2000;
const PROCESS_KEY_MS = 60 * 60_000;

/** The client repeats nothing and keeps nothing back: what is done again is decided here, where it is known how. */
const CLIENT = {
  protocol: 2,
  lazyConnect: true,
  enableOfflineQueue: false,
  enableReadyCheck: false,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  retryStrategy: null,
  connectTimeout: CONNECT_MS,
  commandTimeout: ANSWER_MS,
  disableClientInfo: true,
  connectionName: "rostrum",
  disconnectTimeout: 200,
} satisfies RedisOptions;

export class Session {
  readonly commands: Redis;
  readonly subscriber: Redis;
  /** Resolves with the reason why it is over. */
  readonly ended: Promise<Error>;
  readonly #processId: string;
  /** Redis knows the process by its newest connection: commands that an older one left in some buffer are refused. */
  readonly #connection = randomBytes(8).toString("hex");
  readonly #over = new AbortController();
  readonly #sent = new Set<Script>();
  #life = "";
  #lastError: Error | undefined;
  #end: (reason: Error) => void = () => {};

  private constructor(url: string, processId: string) {
    this.#processId = processId;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.commands = this.#client(url);
    this.subscriber = this.#client(url);
  }

  /** @throws {Error} there is no Redis, or it does not let us in; in words */
  static async open(url: string, processId: string): Promise<Session> {
    const session = new Session(url, processId);
    try {
      await Promise.all([session.commands.connect(), session.subscriber.connect()]);
      await session.hello();
      return session;
    } catch (cause) {
      session.end(cause instanceof Error ? cause : new Error(String(cause)));
      throw session.#lastError ?? cause;
    }
  }

  /** Of the numbers, with the run of Redis that they belong to. */
  get life(): string {
    return this.#life;
  }

  get database(): number {
    return this.commands.options.db ?? 0;
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  /** Says to Redis who we are, and learns in which life the numbers are. */
  async hello(): Promise<void> {
    const life = randomBytes(8).toString("hex");
    const answer = await this.run(
      HELLO,
      [key.life, key.process(this.#processId)],
      life,
      this.#connection,
      PROCESS_KEY_MS,
    );
    this.#life = String(answer);
  }

  /** Written at once. @throws {Error} also when it is not known whether it was done */
  async run(script: Script, keys: readonly string[], ...args: readonly (string | number)[]): Promise<unknown> {
    const { commands } = this;
    if (!this.#sent.has(script)) {
      this.#sent.add(script);
      return commands.eval(script.lua, script.keys, ...keys, ...args);
    }
    try {
      return await commands.evalsha(script.sha, script.keys, ...keys, ...args);
    } catch (error) {
      if (!isAnswer(error, "NOSCRIPT")) throw error;
      return commands.eval(script.lua, script.keys, ...keys, ...args);
    }
  }

  /** The arguments with which `PUBLISH` begins. */
  get signature(): readonly [life: string, connection: string] {
    return [this.#life, this.#connection];
  }

  get keys(): readonly [life: string, process: string] {
    return [key.life, key.process(this.#processId)];
  }

  /** Asks again and again whether Redis is there. @param onOtherLife the numbers are not the known ones any more */
  async beat(onOtherLife: () => Promise<void>): Promise<void> {
    const { signal } = this.#over;
    try {
      for (;;) {
        await delay(BEAT_EVERY_MS, undefined, { signal, ref: false });
        const [life] = await Promise.all([
          this.run(BEAT, this.keys, this.#connection, PROCESS_KEY_MS),
          this.subscriber.ping(),
        ]);
        if (life !== this.#life) await onOtherLife();
      }
    } catch (error) {
      this.end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Gives both connections up; what is on its way is rejected. */
  end(reason: Error): void {
    if (this.isOver) return;
    this.#over.abort();
    this.#end(this.#lastError ?? reason);
    this.commands.disconnect();
    this.subscriber.disconnect();
  }

  #client(url: string): Redis {
    const client = new Redis(url, CLIENT);
    client.on("error", (error: Error) => (this.#lastError ??= error));
    client.on("end", () => this.end(new Error("the connection was closed")));
    return client;
  }
}

/** Redis refused: the command was not carried out. @param code how the refusal begins; left out: any */
export function isAnswer(error: unknown, code = ""): error is Error {
  return error instanceof Error && error.name === "ReplyError" && error.message.startsWith(code);
}
