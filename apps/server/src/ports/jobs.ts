/** Long work that survives a restart: at least once, retried with backoff. Payloads are plain JSON. */

/** What a handler is told of the job it does. `signal` aborts when the process stops or the job takes longer than its limit. */
export type JobRun = Readonly<{
  id: string;
  /** From 1. */
  attempt: number;
  /** When this attempt fails, no other follows. */
  last: boolean;
  signal: AbortSignal;
}>;

export type WorkOptions = Readonly<{
  /** Jobs of this queue at a time in this process. */
  concurrency: number;
  /** A job that takes longer is aborted and tried again. */
  limitSec: number;
}>;

export type SendOptions = Readonly<{
  /** While a job with this key waits or runs, another one is not added. */
  key?: string;
  /** How often a failed job is tried again; 3 unless told. */
  retries?: number;
  notBefore?: Date;
}>;

export interface Jobs {
  /** Does the jobs of one queue here. A handler that throws fails the job; it must be able to run twice. */
  work<T extends object>(
    queue: string,
    options: WorkOptions,
    handler: (data: T, run: JobRun) => Promise<void>,
  ): Promise<void>;
  /** Resolves when the job is stored. */
  send<T extends object>(queue: string, data: T, options?: SendOptions): Promise<void>;
  /** Keys of the jobs of a queue that wait or run. A key that is not among them stands for a job that is done, or was given up. */
  openKeys(queue: string): Promise<ReadonlySet<string>>;
  /** Waits for running jobs to be put back, and stops. */
  close(): Promise<void>;
}
