/** The store on PostgreSQL 15 or newer, through a pool of connections. */
import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import type { Logger } from "../lib/log.ts";
import { pingDatabase } from "./health.ts";
import { migrate } from "./migrate.ts";
import type { Store, StoreClosed } from "./open.ts";
import type { Schema } from "./schema.ts";
import { StoreError, errorCode, messageOf } from "./store-error.ts";

const CONNECT_MS = 10_000;
const OLDEST = 150_000;

/** @throws {StoreError} when it cannot connect, the server is too old, or a migration fails */
export async function openPostgres(databaseUrl: string, log: Logger): Promise<Store> {
  await prepare(databaseUrl, log);
  const pool = createPool(databaseUrl, log, {
    max: 10,
    idleTimeoutMillis: 30_000,
    // A lost client must not hold rows for ever, and a bad plan must not hold a request for ever.
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 30_000,
  });
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  const closed = Promise.withResolvers<StoreClosed>();
  let closing: Promise<void> | undefined;
  return {
    kind: "postgres",
    db,
    run: (text, values) => runOn(pool, text, values),
    closed: closed.promise,
    health: () => pingDatabase(db),
    // The pool is ended by itself as well: Kysely leaves one alone that was never used.
    close: () =>
      (closing ??= db
        .destroy()
        .then(() => (pool.ended ? undefined : pool.end()))
        .finally(() => closed.resolve({ kind: "closed" }))),
  };
}

/** Several statements in one text give a list of results, which the types of `pg` do not know. */
async function runOn(pool: pg.Pool, text: string, values: readonly unknown[] = []): Promise<{ rows: unknown[] }> {
  const client = await pool.connect();
  try {
    const result: pg.QueryResult | pg.QueryResult[] = await client.query(text, [...values]);
    client.release();
    return { rows: Array.isArray(result) ? result.flatMap((each) => each.rows) : result.rows };
  } catch (cause) {
    // A script may have left its transaction open: another caller must not get this connection.
    client.release(true);
    throw cause;
  }
}

function createPool(databaseUrl: string, log: Logger, settings: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    application_name: "rostrum",
    ...settings,
  });
  // An idle connection that the server closes is replaced at the next use.
  pool.on("error", (error) => log.warn({ error: error.message }, "an idle database connection was lost"));
  return pool;
}

/** Migrates over a connection of its own, which has no time limit on statements. */
async function prepare(databaseUrl: string, log: Logger): Promise<void> {
  const pool = createPool(databaseUrl, log, { max: 1 });
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  try {
    await checkVersion(db);
    const done = await migrate(db);
    if (done.length > 0) log.info({ migrations: done }, "database brought up to date");
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    throw new StoreError(`Cannot use the database at ${withoutPassword(databaseUrl)}: ${reasonOf(cause)}.`, { cause });
  } finally {
    await db.destroy();
  }
}

async function checkVersion(db: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<{ version: string; text: string }>`
    select current_setting('server_version_num') as version, current_setting('server_version') as text`.execute(db);
  const row = rows[0];
  if (row && Number(row.version) < OLDEST) {
    throw new StoreError(`The database is PostgreSQL ${row.text}; version 15 or newer is needed.`);
  }
}

function withoutPassword(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  return `${url.host || "localhost"}${url.pathname}`;
}

/** A refused connection to a name with two addresses is an AggregateError without a text of its own. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return messageOf(cause.errors[0]);
  return messageOf(cause) || errorCode(cause) || "no reason given";
}
