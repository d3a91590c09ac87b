/** Puts a dump in the place of the embedded database. */
import { existsSync, renameSync, rmSync } from "node:fs";
import { access } from "node:fs/promises";
import path from "node:path";
import { Kysely, sql } from "kysely";
import { listDumps, stamp } from "./dump.ts";
import { lockDataDir } from "./lock.ts";
import { migrate } from "./migrate.ts";
import { PgliteClient } from "./pglite-client.ts";
import { pgliteDialect } from "./pglite-dialect.ts";
import type { Schema } from "./schema.ts";
import { StoreError, messageOf } from "./store-error.ts";

/** `setAside` is where the former database is now; null when there was none. */
export type Restored = Readonly<{ file: string; accounts: number; setAside: string | null }>;

/** The folders that a restore works with; `restored` exists only when it is complete. */
export function restoreFolders(dataDir: string) {
  return {
    database: path.join(dataDir, "db"),
    unfinished: path.join(dataDir, "db.unfinished"),
    restoring: path.join(dataDir, "db.restoring"),
    restored: path.join(dataDir, "db.restored"),
  };
}

/**
 * Loads `file`, or the newest dump, checks it, and only then exchanges the databases. The former one is kept beside it.
 * @throws {StoreError} when the directory is in use, there is no dump, or the dump is not usable; the database is unchanged then
 */
export async function restore(dataDir: string, file?: string): Promise<Restored> {
  const lock = lockDataDir(dataDir);
  try {
    const source = file ?? (await newest(dataDir));
    const accounts = await load(dataDir, source);
    return { file: source, accounts, setAside: exchange(dataDir) };
  } finally {
    lock.release();
  }
}

/**
 * Completes or undoes a restore that was interrupted while it exchanged the databases. Call it under the directory's lock, before the
 * database is opened.
 */
export function settleRestore(dataDir: string): void {
  const { database, unfinished, restoring, restored } = restoreFolders(dataDir);
  rmSync(restoring, { recursive: true, force: true });
  if (!existsSync(restored)) return;
  if (existsSync(database)) return rmSync(restored, { recursive: true });
  rmSync(unfinished, { force: true });
  renameSync(restored, database);
}

async function newest(dataDir: string): Promise<string> {
  const [file] = await listDumps(dataDir);
  if (file) return file;
  throw new StoreError(`There is no dump in ${path.join(dataDir, "dumps")}; name a file: npm run restore -- <file>`);
}

async function load(dataDir: string, file: string): Promise<number> {
  const { restoring, restored } = restoreFolders(dataDir);
  for (const folder of [restoring, restored]) rmSync(folder, { recursive: true, force: true });
  try {
    await access(file);
    const accounts = await check(restoring, file);
    renameSync(restoring, restored);
    return accounts;
  } catch (cause) {
    rmSync(restoring, { recursive: true, force: true });
    throw new StoreError(`${file} cannot be restored: ${messageOf(cause)} The database is unchanged.`, { cause });
  }
}

/** A dump is usable when this program can open it, bring it up to date and read it. */
async function check(folder: string, file: string): Promise<number> {
  const client = await PgliteClient.open({ dataDir: folder, dumpFile: file });
  try {
    const db = new Kysely<Schema>({ dialect: pgliteDialect(client, { patient: true }) });
    await migrate(db);
    const { rows } = await sql<{ n: string }>`select count(*) as n from account`.execute(db);
    return Number(rows[0]?.n);
  } finally {
    await client.close();
  }
}

function exchange(dataDir: string): string | null {
  const { database, unfinished, restored } = restoreFolders(dataDir);
  const setAside = existsSync(database) ? path.join(dataDir, `db.before-restore-${stamp(new Date())}`) : null;
  if (setAside) renameSync(database, setAside);
  rmSync(unfinished, { force: true });
  renameSync(restored, database);
  return setAside;
}
