/**
 * Jobs on pg-boss, in the schema `pgboss` of the store. A sender wakes the workers over the bus; polling is only for what waits for its
 * time and for jobs of processes that have died.
 */
import { randomUUID } from "node:crypto";
import type { PgBoss } from "pg-boss";
import { every } from "../lib/every.ts";
import type { Logger } from "../lib/log.ts";
import { type Bus, LagError } from "../ports/bus.ts";
import type { JobRun, Jobs, SendOptions, WorkOptions } from "../ports/jobs.ts";
import { type JobDatabase, type QueueWorker, startQueueWorker } from "./jobs-pgboss-worker.ts";

const TOPIC = "jobs";
/** Claims that have run out are looked for so often, while there are any claims. */
const SUPERVISE_MS = 30_000;
/** Old jobs are removed so often. Every pass writes, and what has not changed need not be dumped. */
const TIDY_MS = 3_600_000;
const DAY_SEC = 86_400;
/** Of a queue whose workers have said nothing else. */
const LIMIT_SEC = 3600;
/** A process that has not touched its running jobs for so long has died. */
const HEARTBEAT_SEC = 30;

type Parts = Readonly<{ store: JobDatabase; bus: Bus; log: Logger }>;

/** Nothing is opened before the first call. `close` before the store is closed. */
export function createPgBossJobs(parts: Parts): Jobs {
  return new PgBossJobs(parts);
}

class PgBossJobs implements Jobs {
  readonly #store: JobDatabase;
  readonly #bus: Bus;
  readonly #log: Logger;
  readonly #stop = new AbortController();
  readonly #queues = new Map<string, Promise<void>>();
  readonly #workers = new Map<string, QueueWorker>();
  #boss: Promise<PgBoss> | undefined;
  #following: Promise<unknown> = Promise.resolve();
  #tidiedAtMs = Date.now();
  #closing: Promise<void> | undefined;

  constructor({ store, bus, log }: Parts) {
    this.#store = store;
    this.#bus = bus;
    this.#log = log;
  }

  async work<T extends object>(
    queue: string,
    options: WorkOptions,
    handler: (data: T, run: JobRun) => Promise<void>,
  ): Promise<void> {
    const boss = await this.#open();
    await this.#declare(boss, queue, options.limitSec);
    if (this.#workers.has(queue)) throw new Error(`The queue ${queue} has a handler in this process already.`);
    if (this.#stop.signal.aborted) throw new Error("The job queue is closed.");
    if (this.#store.kind === "pglite") await this.#takeBack(boss, queue);
    const parts = { boss, database: this.#store, log: this.#log, queue, options };
    this.#workers.set(queue, startQueueWorker<T>(parts, handler));
    if (this.#workers.size === 1) this.#follow(boss);
  }

  async send<T extends object>(queue: string, data: T, options: SendOptions = {}): Promise<void> {
    const boss = await this.#open();
    await this.#declare(boss, queue, LIMIT_SEC);
    await boss.send(queue, data, {
      singletonKey: options.key ?? randomUUID(),
      retryLimit: options.retries ?? 3,
      ...(options.notBefore === undefined ? {} : { startAfter: options.notBefore }),
    });
    await this.#bus.publish(TOPIC, { queue });
  }

  async openKeys(queue: string): Promise<ReadonlySet<string>> {
    await this.#open();
    const { rows } = await this.#store.run(
      "select singleton_key as key from pgboss.job where name = $1 and state in ('created', 'retry', 'active')",
      [queue],
    );
    return new Set((rows as { key: string }[]).map(({ key }) => key));
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#stop.abort();
    if (this.#boss === undefined) return;
    // One that never opened has said so to its callers.
    const boss = await this.#boss.catch(() => null);
    await Promise.all([...this.#workers.values()].map((worker) => worker.close()));
    await this.#following;
    await boss?.stop({ graceful: false, close: false });
  }

  /** A start that failed is tried anew by the next caller. */
  #open(): Promise<PgBoss> {
    if (this.#stop.signal.aborted) return Promise.reject(new Error("The job queue is closed."));
    return (this.#boss ??= this.#start().catch((cause: unknown) => {
      this.#boss = undefined;
      throw cause;
    }));
  }

  async #start(): Promise<PgBoss> {
    const { PgBoss } = await import("pg-boss");
    const store = this.#store;
    const boss = new PgBoss({
      db: { executeSql: async (text, values) => store.run(text, values) },
      backend: store.kind === "pglite" ? "pglite" : "postgres",
      schedule: false,
      supervise: false,
      monitorIntervalSeconds: SUPERVISE_MS / 1000,
      bamIntervalSeconds: DAY_SEC,
      reindex: false,
      monitorVacuum: false,
    });
    boss.on("error", (error) => this.#log.warn({ error: error.message }, "the job queue had an error"));
    await boss.start();
    return boss;
  }

  /** The policy "exclusive" is what makes a key stand for one waiting or running job. */
  #declare(boss: PgBoss, queue: string, limitSec: number): Promise<void> {
    const declare = async (): Promise<void> => {
      await boss.createQueue(queue, {
        policy: "exclusive",
        retryBackoff: true,
        retryDelay: 2,
        retryDelayMax: 300,
        heartbeatSeconds: HEARTBEAT_SEC,
        // The worker ends a job at its limit; this is for one that does not listen.
        expireInSeconds: Math.min(DAY_SEC, limitSec + 60),
        retentionSeconds: 14 * DAY_SEC,
        deleteAfterSeconds: 7 * DAY_SEC,
      });
    };
    const known = this.#queues.get(queue);
    if (known !== undefined) return known;
    const declared = declare().catch((cause: unknown) => {
      this.#queues.delete(queue);
      throw cause;
    });
    this.#queues.set(queue, declared);
    return declared;
  }

  /** This process alone has the embedded database: what is marked as running was running when the last one died. */
  async #takeBack(boss: PgBoss, queue: string): Promise<void> {
    const { rows } = await this.#store.run("select id from pgboss.job where name = $1 and state = 'active'", [queue]);
    const ids = (rows as { id: string }[]).map((row) => row.id);
    if (ids.length === 0) return;
    await boss.fail(queue, ids, { message: "the process ended while the job ran" });
    this.#log.warn({ queue, jobs: ids.length }, "jobs that a dead process was running are tried again");
  }

  #follow(boss: PgBoss): void {
    const { signal } = this.#stop;
    const failed = (error: unknown): void => this.#log.warn({ err: error }, "looking after the job queue failed");
    this.#following = Promise.all([
      this.#wakeWorkers(signal),
      every(SUPERVISE_MS, signal, () => this.#supervise(boss), failed),
    ]);
  }

  async #supervise(boss: PgBoss): Promise<void> {
    const nowMs = Date.now();
    const { rows } = await this.#store.run("select id from pgboss.job where state = 'active' limit 1");
    if (rows.length === 0 && nowMs < this.#tidiedAtMs + TIDY_MS) return;
    this.#tidiedAtMs = nowMs;
    await boss.supervise();
  }

  async #wakeWorkers(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const event of this.#bus.subscribe<{ queue: string }>(TOPIC, { signal })) {
          this.#workers.get(event.data.queue)?.wake();
        }
        return;
      } catch (cause) {
        if (!(cause instanceof LagError)) throw cause;
        for (const worker of this.#workers.values()) worker.wake();
      }
    }
  }
}
