/** Opens the store: PostgreSQL when DATABASE_URL is set, else PGlite in a worker thread with its own directory lock. */
import type { Kysely } from "kysely";
import type { Logger } from "../lib/log.ts";
import type { DataDirLock } from "./lock.ts";
import { openPglite } from "./open-pglite.ts";
import { openPostgres } from "./open-postgres.ts";
import type { Schema } from "./schema.ts";
import type { StoreError } from "./store-error.ts";

/** `failed`: the database is gone while the program runs; the process should say `error.message` and exit. */
export type StoreClosed = { readonly kind: "closed" } | { readonly kind: "failed"; readonly error: StoreError };

export interface Store {
  readonly kind: "pglite" | "postgres";
  readonly db: Kysely<Schema>;
  /**
   * Runs SQL of a library that brings its own: one statement with parameters (`$1`…), or a script of several without. Rows of all
   * statements, in order.
   */
  run(text: string, values?: readonly unknown[]): Promise<Readonly<{ rows: unknown[] }>>;
  /** Resolves when the database answers within 3 s; rejects with a sentence when it does not. */
  health(): Promise<void>;
  /** Waits for what is running, then closes (PGlite: after a dump when something changed). No error when it is closed already. */
  close(): Promise<void>;
  /** Resolves once, after `close` or when the database is lost; never rejects. */
  readonly closed: Promise<StoreClosed>;
}

export type OpenStoreOptions = Readonly<{
  databaseUrl?: string | undefined;
  dataDir: string;
  log: Logger;
  /** The lock of `dataDir` that the caller holds and will release after `close`. Left out: PGlite takes its own. */
  lock?: DataDirLock | undefined;
  /** Time between two dumps of PGlite when something changed; default one hour. */
  dumpEveryMs?: number | undefined;
  /** Gives up the attempt to open; a store that is open is ended by `close`. */
  signal?: AbortSignal | undefined;
}>;

/** @throws {StoreError} with one sentence: directory in use, database newer than this program, disk full, cannot connect */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  options.signal?.throwIfAborted();
  const { databaseUrl } = options;
  const store = databaseUrl ? await openPostgres(databaseUrl, options.log) : await openPglite(options);
  if (!options.signal?.aborted) return store;
  await store.close();
  throw options.signal.reason;
}
