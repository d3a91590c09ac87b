/** Copies of the embedded database in DATA_DIR/dumps: every hour and at a clean end, when something changed. */
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { type Kysely, sql } from "kysely";
import type { Logger } from "../lib/log.ts";
import type { PgliteClient } from "./pglite-client.ts";
import type { Schema } from "./schema.ts";
import { messageOf } from "./store-error.ts";

export const KEPT_DUMPS = 5;
const NAME = /^\d{8}T\d{6}\.\d{3}Z\.tar\.gz$/;

/** `close` waits for a running dump and writes a last one when something changed. A dump that fails is logged, not thrown. */
export interface Dumps {
  close(): Promise<void>;
}

type Options = Readonly<{
  client: PgliteClient;
  db: Kysely<Schema>;
  dataDir: string;
  log: Logger;
  everyMs: number;
}>;

/** Starts the schedule; the first dump comes after `everyMs`. */
export async function startDumps({ client, db, dataDir, log, everyMs }: Options): Promise<Dumps> {
  const folder = path.join(dataDir, "dumps");
  let dumped = await writesSoFar(db);
  let running = Promise.resolve();
  const dumpIfChanged = async (): Promise<void> => {
    try {
      const now = await writesSoFar(db);
      if (now === dumped) return;
      const file = await writeDump(client, folder);
      dumped = now;
      log.info({ file }, "database dumped");
    } catch (error) {
      log.error({ error: messageOf(error) }, "the database could not be dumped");
    }
  };
  const dump = (): Promise<void> => (running = running.then(dumpIfChanged));
  const timer = setInterval(() => void dump(), everyMs).unref();
  return {
    close: () => {
      clearInterval(timer);
      return dump();
    },
  };
}

/** Newest first, as full paths. */
export async function listDumps(dataDir: string): Promise<string[]> {
  const folder = path.join(dataDir, "dumps");
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => NAME.test(name))
    .toSorted()
    .toReversed()
    .map((name) => path.join(folder, name));
}

/** Writes one dump under a temporary name, renames it, and removes all but the newest five. Gives its path. */
export async function writeDump(client: PgliteClient, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removePartial(folder);
  const file = path.join(folder, `${stamp(new Date())}.tar.gz`);
  try {
    await client.dump(`${file}.part`);
    await rename(`${file}.part`, file);
  } catch (cause) {
    await rm(`${file}.part`, { force: true }); // on a full disk half a dump would take the rest
    throw cause;
  }
  await syncFolder(folder);
  const old = (await listDumps(path.dirname(folder))).slice(KEPT_DUMPS);
  await Promise.all(old.map((path_) => rm(path_, { force: true })));
  return file;
}

/** `20261120T214500.123Z`: sorts by time and is a file name everywhere. */
export function stamp(at: Date): string {
  return at.toISOString().replaceAll(/[-:]/g, "");
}

/** Rises with every transaction that writes, and only with those. */
async function writesSoFar(db: Kysely<Schema>): Promise<string> {
  const { rows } = await sql<{ xid: string }>`select pg_snapshot_xmax(pg_current_snapshot())::text as xid`.execute(db);
  return rows[0]?.xid ?? "";
}

async function removePartial(folder: string): Promise<void> {
  const partial = (await readdir(folder)).filter((name) => name.endsWith(".part"));
  await Promise.all(partial.map((name) => rm(path.join(folder, name), { force: true })));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
