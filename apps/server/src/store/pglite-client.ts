/** The store's side of the PGlite thread: one connection that is handed to one caller at a time, with time limits. */
import { Worker } from "node:worker_threads";
import type { Call, ErrorFields, Result, WorkerInput, WorkerReply, WorkerRequest } from "./pglite-protocol.ts";
import { StoreError, messageOf } from "./store-error.ts";

/** Why a client ended; `failed` means that the thread died or was ended because a statement did not return. */
export type ClientClosed = { readonly kind: "closed" } | { readonly kind: "failed"; readonly error: StoreError };

export type Limits = Readonly<{
  /** A caller that holds the connection longer is rolled back and gets an error. */
  holdMs: number;
  /** A caller that waits longer for the connection gets an error. */
  waitMs: number;
  /** A statement cannot be interrupted in this engine: one that runs longer ends the thread, and with it the client. */
  statementMs: number;
}>;

export const DEFAULT_LIMITS: Limits = { holdMs: 10_000, waitMs: 30_000, statementMs: 60_000 };

/** The one connection, held until `release`. Calls after a rejection for holding too long reject with the same error. */
export interface Lease {
  query(sql: string, params: readonly unknown[]): Promise<Result>;
  release(): void;
}

type Pending = Readonly<{
  resolve: (result: Result) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout | undefined;
}>;
type Waiter = { grant: () => void; refuse: (error: Error) => void };

/** One PGlite in a worker thread. The opener calls `close`. */
export class PgliteClient {
  readonly #worker: Worker;
  readonly #limits: Limits;
  readonly #pending = new Map<number, Pending>();
  readonly #waiters: Waiter[] = [];
  readonly #closed = Promise.withResolvers<ClientClosed>();
  #lastId = -1;
  #busy = false;
  #ended: StoreError | null = null;

  private constructor(input: WorkerInput, limits: Limits) {
    this.#limits = limits;
    this.#worker = new Worker(new URL("./pglite-worker.ts", import.meta.url), { workerData: input });
    this.#worker.on("message", (reply: WorkerReply) => this.#settle(reply));
    this.#worker.on("error", (error) => this.#fail(`The database thread died: ${messageOf(error)}`, error));
    this.#worker.on("exit", (code) => this.#fail(`The database thread ended with code ${code}.`));
  }

  /** @throws {StoreError} when the database cannot be opened; nothing is left running */
  static async open(input: WorkerInput, limits: Limits = DEFAULT_LIMITS): Promise<PgliteClient> {
    const client = new PgliteClient(input, limits);
    try {
      await client.#reply(Number.POSITIVE_INFINITY);
      return client;
    } catch (cause) {
      await client.#worker.terminate();
      throw cause;
    }
  }

  /** Resolves once, when the client has ended; never rejects. */
  get closed(): Promise<ClientClosed> {
    return this.#closed.promise;
  }

  /**
   * Waits for the connection; the caller releases it. `patient` lifts the limits, for migrations and dumps.
   * @throws {StoreError} when the client has ended or the wait was too long
   */
  async lease(patient = false): Promise<Lease> {
    const limits = patient ? { holdMs: Infinity, waitMs: Infinity, statementMs: Infinity } : this.#limits;
    await this.#turn(limits.waitMs);
    let revoked: StoreError | null = null;
    let held = true;
    const give = (): void => {
      clearTimeout(timer);
      if (held) this.#next();
      held = false;
    };
    const timer = after(limits.holdMs, () => {
      revoked = new StoreError(
        `A transaction held the database for more than ${sec(limits.holdMs)} and was rolled back.`,
      );
      this.#call({ kind: "query", sql: "rollback", params: [] }, limits.statementMs).then(give, give);
    });
    return {
      query: async (sql, params) => {
        if (revoked) throw revoked;
        if (!held) throw new StoreError("The connection was used after it was given back.");
        return this.#call({ kind: "query", sql, params }, limits.statementMs);
      },
      // A revoked lease is given back by the rollback, not by its former holder.
      release: () => (revoked ? undefined : give()),
    };
  }

  /**
   * Runs statements without parameters as one piece of work and gives the rows of all of them. When one fails, a transaction that the
   * script had begun is rolled back.
   */
  async script(sql: string): Promise<unknown[]> {
    await this.#turn(this.#limits.waitMs);
    try {
      return (await this.#call({ kind: "script", sql }, this.#limits.statementMs)).rows;
    } catch (cause) {
      await this.#call({ kind: "query", sql: "rollback", params: [] }, this.#limits.statementMs).catch(() => {
        // The script's own error says more, and a thread that died refuses everything anyway.
      });
      throw cause;
    } finally {
      this.#next();
    }
  }

  /** Writes a gzip dump to `file` between two statements of others; the file is on disk when this resolves. */
  async dump(file: string): Promise<void> {
    await this.#turn(Infinity);
    await this.#call({ kind: "dump", file }, Infinity).finally(() => this.#next());
  }

  /** Lets the callers before it finish, then closes. Also right after a failure, and more than once. */
  async close(): Promise<void> {
    try {
      await this.#turn(Infinity);
      await this.#call({ kind: "close" }, this.#limits.statementMs);
      this.#end(new StoreError("The store is closed."), { kind: "closed" });
    } catch (cause) {
      if (!this.#ended) this.#fail(messageOf(cause), cause);
    } finally {
      await this.#worker.terminate();
    }
  }

  #turn(waitMs: number): Promise<void> {
    if (this.#ended) return Promise.reject(this.#ended);
    if (!this.#busy) {
      this.#busy = true;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const timer = after(waitMs, () => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(new StoreError(`The database was busy for more than ${sec(waitMs)}.`));
      });
      const settle = (done: () => void): void => {
        clearTimeout(timer);
        done();
      };
      const waiter: Waiter = { grant: () => settle(resolve), refuse: (error) => settle(() => reject(error)) };
      this.#waiters.push(waiter);
    });
  }

  #next(): void {
    const waiter = this.#waiters.shift();
    if (waiter) waiter.grant();
    else this.#busy = false;
  }

  #call(call: Call, limitMs: number): Promise<Result> {
    if (this.#ended) return Promise.reject(this.#ended);
    const reply = this.#reply(limitMs);
    const request: WorkerRequest = { ...call, id: this.#lastId };
    try {
      this.#worker.postMessage(request);
    } catch (cause) {
      // A parameter that cannot be cloned, such as a function: the worker never sees it.
      this.#take(request.id)?.reject(new TypeError(`not a database parameter: ${messageOf(cause)}`, { cause }));
    }
    return reply;
  }

  #reply(limitMs: number): Promise<Result> {
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      const timer = after(limitMs, () =>
        this.#fail(`A statement ran for more than ${sec(limitMs)}; the database was stopped.`),
      );
      this.#pending.set(id, { resolve, reject, timer });
    });
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    clearTimeout(pending?.timer);
    return pending;
  }

  #settle(reply: WorkerReply): void {
    const pending = this.#take(reply.id);
    if (!("error" in reply)) return pending?.resolve(reply);
    pending?.reject(databaseError(reply.error));
    if (reply.fatal) this.#fail(`The database stopped: ${reply.error.message}`);
  }

  #fail(message: string, cause?: unknown): void {
    if (this.#ended) return;
    const error = new StoreError(message, { cause });
    this.#end(error, { kind: "failed", error });
    void this.#worker.terminate();
  }

  #end(error: StoreError, reason: ClientClosed): void {
    if (this.#ended) return;
    this.#ended = error;
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(error);
    for (const waiter of this.#waiters.splice(0)) waiter.refuse(error);
    this.#closed.resolve(reason);
  }
}

/** setTimeout where Infinity means never; it does not keep the process alive. */
function after(ms: number, act: () => void): NodeJS.Timeout | undefined {
  return ms === Infinity ? undefined : setTimeout(act, ms).unref();
}

function sec(ms: number): string {
  return `${ms / 1000} s`;
}

function databaseError(fields: ErrorFields): Error {
  const full = fields.code === "53100" || /No space left on device|ENOSPC/.test(fields.message);
  if (full) return new StoreError("The disk that holds the database is full; nothing was written.", { cause: fields });
  return Object.assign(new Error(fields.message), fields);
}
