/** Does the jobs of one queue: fetches as many as there are free places, keeps their claims alive, settles them. */
import type { JobWithMetadata, PgBoss } from "pg-boss";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../lib/log.ts";
import type { JobRun, WorkOptions } from "../ports/jobs.ts";

/** How long a job may wait for its turn when nobody wakes the worker. */
const POLL_MS = 5_000;
const TOUCH_MS = 10_000;
/** How long `close` waits for handlers that were told to stop. */
const STOP_MS = 5_000;

/** What is needed of the store: SQL with parameters, or several statements without; see the store's `run`. */
export type JobDatabase = Readonly<{
  kind: "pglite" | "postgres";
  run(text: string, values?: readonly unknown[]): Promise<Readonly<{ rows: unknown[] }>>;
}>;

/** `wake`: something may have come. `close` tells running jobs to stop and puts them back; it does not count as an attempt. */
export interface QueueWorker {
  wake(): void;
  close(): Promise<void>;
}

type Parts = Readonly<{ boss: PgBoss; database: JobDatabase; log: Logger; queue: string; options: WorkOptions }>;
type Handler<T> = (data: T, run: JobRun) => Promise<void>;
type Running = Readonly<{ job: JobWithMetadata<unknown>; abort: AbortController; done: Promise<void> }>;

/** Runs until `close`. Errors of the database are logged, and the worker goes on with the next poll. */
export function startQueueWorker<T extends object>(parts: Parts, handler: Handler<T>): QueueWorker {
  return new Worker(parts, handler as Handler<object>);
}

class Worker implements QueueWorker {
  readonly #parts: Parts;
  readonly #handler: Handler<object>;
  readonly #running = new Map<string, Running>();
  readonly #stop = new AbortController();
  readonly #loop: Promise<void>;
  readonly #touching: NodeJS.Timeout;
  #woken = Promise.withResolvers<void>();
  #closing: Promise<void> | undefined;

  constructor(parts: Parts, handler: Handler<object>) {
    this.#parts = parts;
    this.#handler = handler;
    this.#loop = this.#run();
    this.#touching = setInterval(() => void this.#touch(), TOUCH_MS).unref();
  }

  wake(): void {
    this.#woken.resolve();
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#stop.abort();
    this.wake();
    await this.#loop;
    clearInterval(this.#touching);
    for (const { abort } of this.#running.values()) abort.abort(new Error("The process stops."));
    const late = new AbortController();
    const done = Promise.all([...this.#running.values()].map((one) => one.done));
    await Promise.race([done, delay(STOP_MS, undefined, { signal: late.signal }).catch(() => {})]);
    late.abort();
    // Who did not listen is put back all the same: its process is about to end.
    await Promise.all([...this.#running.values()].map(({ job }) => this.#putBack(job)));
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#woken = Promise.withResolvers();
      const free = this.#parts.options.concurrency - this.#running.size;
      if (free > 0) await this.#fetch(free);
      const timer = setTimeout(() => this.wake(), POLL_MS).unref();
      if (!this.#stop.signal.aborted) await this.#woken.promise;
      clearTimeout(timer);
    }
  }

  async #fetch(batchSize: number): Promise<void> {
    const { boss, queue, log } = this.#parts;
    try {
      const jobs = await boss.fetch<object>(queue, { batchSize, includeMetadata: true });
      for (const job of jobs) this.#begin(job);
    } catch (cause) {
      log.warn({ queue, err: cause }, "jobs could not be fetched; it is tried again");
    }
  }

  #begin(job: JobWithMetadata<object>): void {
    const abort = new AbortController();
    const done = this.#do(job, abort).finally(() => {
      this.#running.delete(job.id);
      this.wake();
    });
    this.#running.set(job.id, { job, abort, done });
  }

  /** Never rejects. */
  async #do(job: JobWithMetadata<object>, abort: AbortController): Promise<void> {
    const { boss, queue, options, log } = this.#parts;
    const { id, retryCount } = job;
    const limit = new Error(`The job took longer than ${options.limitSec} s.`);
    const timer = setTimeout(() => abort.abort(limit), options.limitSec * 1000).unref();
    const last = retryCount >= job.retryLimit;
    try {
      await this.#handler(job.data, { id, attempt: retryCount + 1, last, signal: abort.signal });
      await boss.complete(queue, { id, retryCount });
    } catch (cause) {
      await this.#failed(job, cause, last).catch((error: unknown) =>
        // Its claim runs out, and it is done again.
        log.warn({ queue, job: id, err: error }, "the end of a job could not be written down"),
      );
    } finally {
      clearTimeout(timer);
    }
  }

  async #failed(job: JobWithMetadata<object>, cause: unknown, last: boolean): Promise<void> {
    const { boss, queue, log } = this.#parts;
    const { id, retryCount } = job;
    if (this.#stop.signal.aborted) return this.#putBack(job);
    const facts = { queue, job: id, attempt: retryCount + 1, err: cause };
    if (last) log.error(facts, "a job failed for good");
    else log.warn(facts, "a job failed; it is tried again");
    await boss.fail(queue, { id, retryCount }, { message: cause instanceof Error ? cause.message : String(cause) });
  }

  /** As it was before it was fetched. */
  async #putBack(job: JobWithMetadata<unknown>): Promise<void> {
    const { database, queue, log } = this.#parts;
    await database
      .run(
        `update pgboss.job set state = case when $3 = 0 then 'created' else 'retry' end::pgboss.job_state,
          started_on = null, heartbeat_on = null
         where name = $1 and id = $2 and state = 'active' and retry_count = $3`,
        [queue, job.id, job.retryCount],
      )
      .catch((cause: unknown) => log.warn({ queue, job: job.id, err: cause }, "a job was not put back"));
  }

  /** Tells a handler whose claim is gone: another process may be doing the same already. */
  async #touch(): Promise<void> {
    const { boss, queue, log } = this.#parts;
    for (const { job, abort } of this.#running.values()) {
      try {
        // The types leave out what the documentation promises.
        const answer = await boss.touch(queue, { id: job.id, retryCount: job.retryCount });
        const { affected } = answer as { affected: number };
        if (affected === 0 && this.#running.has(job.id)) abort.abort(new Error("The claim on this job is gone."));
      } catch (cause) {
        log.warn({ queue, job: job.id, err: cause }, "a running job could not be marked as alive");
      }
    }
  }
}
