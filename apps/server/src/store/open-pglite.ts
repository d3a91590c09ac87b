/**
 * The store on PGlite in DATA_DIR/db, with dumps in DATA_DIR/dumps.
 *
 * Durability: the engine runs without fsync and has no host fsync even when asked for it; its files are written by plain writes before a
 * statement is answered. So an acknowledged write survives the death of the process at any moment, but the last seconds before a power loss
 * may be lost or damaged. `relaxedDurability` makes no difference on a file system of Node (it only delays the browser's stores). Who needs
 * more sets DATABASE_URL; the dumps are synced to the disk.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { Kysely } from "kysely";
import { type Dumps, startDumps } from "./dump.ts";
import { freeBytes, RESERVE_BYTES } from "./disk.ts";
import { pingDatabase } from "./health.ts";
import { lockDataDir } from "./lock.ts";
import { migrate } from "./migrate.ts";
import type { OpenStoreOptions, Store } from "./open.ts";
import { PgliteClient } from "./pglite-client.ts";
import { pgliteDialect } from "./pglite-dialect.ts";
import { restoreFolders, settleRestore } from "./restore.ts";
import type { Schema } from "./schema.ts";
import { StoreError, messageOf } from "./store-error.ts";

/** The major version of PostgreSQL inside PGlite, as it stands in PG_VERSION. */
const ENGINE = "18";
/** A new database takes 40 MiB. */
const FIRST_START_BYTES = 64 * 1024 * 1024;

/** @throws {StoreError} when the directory is in use or the database cannot be opened; nothing is left running or locked */
export async function openPglite(options: OpenStoreOptions): Promise<Store> {
  const { dataDir, log } = options;
  const ownLock = options.lock ? null : lockDataDir(dataDir);
  try {
    const client = await openDatabase(dataDir);
    const db = new Kysely<Schema>({ dialect: pgliteDialect(client) });
    const dumps = await startDumps({ client, db, dataDir, log, everyMs: options.dumpEveryMs ?? 3_600_000 });
    return pgliteStore(client, db, { dumps, release: () => ownLock?.release() });
  } catch (cause) {
    ownLock?.release();
    throw cause;
  }
}

/** A store over an open client. `release` runs after the client has ended. */
export function pgliteStore(
  client: PgliteClient,
  db: Kysely<Schema>,
  parts: { dumps?: Dumps; release?: () => void },
): Store {
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await parts.dumps?.close();
    await db.destroy();
    await client.close();
    parts.release?.();
  };
  return {
    kind: "pglite",
    db,
    run: (text, values) => runOn(client, text, values),
    closed: client.closed,
    health: () => pingDatabase(db),
    close: () => (closing ??= close()),
  };
}

async function runOn(client: PgliteClient, text: string, values: readonly unknown[] = []) {
  if (values.length === 0) return { rows: await client.script(text) };
  const lease = await client.lease();
  try {
    return await lease.query(text, values);
  } finally {
    lease.release();
  }
}

async function openDatabase(dataDir: string): Promise<PgliteClient> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const { database: folder, unfinished } = restoreFolders(dataDir);
  settleRestore(dataDir);
  // A first start that was interrupted left a part of a database that nobody has used: begin again.
  if (existsSync(unfinished)) rmSync(folder, { recursive: true, force: true });
  const fresh = !existsSync(path.join(folder, "PG_VERSION"));
  requireRoom(dataDir, RESERVE_BYTES + (fresh ? FIRST_START_BYTES : 0));
  if (fresh)
    writeFileSync(unfinished, "The first start has not finished: the db folder beside this file is incomplete.\n");
  else checkEngine(folder);
  const client = await PgliteClient.open({ dataDir: folder }).catch((cause: unknown) => {
    throw new StoreError(
      `The database in ${folder} cannot be opened: ${messageOf(cause)}. The newest dump comes back with \`npm run restore\`.`,
      { cause },
    );
  });
  try {
    await migrate(new Kysely<Schema>({ dialect: pgliteDialect(client, { patient: true }) }));
    rmSync(unfinished, { force: true });
    return client;
  } catch (cause) {
    await client.close();
    throw cause;
  }
}

function requireRoom(dataDir: string, bytes: number): void {
  const free = freeBytes(dataDir);
  if (free >= bytes) return;
  const mib = (count: number): string => `${Math.floor(count / 1024 / 1024)} MiB`;
  throw new StoreError(
    `The disk that holds DATA_DIR ${dataDir} is full: ${mib(free)} are free, ${mib(bytes)} are needed. Nothing was changed.`,
  );
}

function checkEngine(folder: string): void {
  const found = readFileSync(path.join(folder, "PG_VERSION"), "utf8").trim();
  if (found === ENGINE) return;
  throw new StoreError(
    `The database in ${folder} is of PostgreSQL ${found}; this program's engine is PostgreSQL ${ENGINE}.`,
  );
}
