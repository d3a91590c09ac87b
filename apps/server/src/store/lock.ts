/**
 * One process per DATA_DIR. The lock is the kernel's, on `lock.guard` (through SQLite, the only file lock that Node ships): it ends with the
 * process however that ends, so a dead owner never has to be guessed, two that race cannot both win, and a process number that was given to
 * another program does not matter. `lock` beside it tells people and programs who the owner is.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { StoreError, errorCode, messageOf } from "./store-error.ts";

/** Held until `release`, at the latest until the process ends. Releasing twice is no error. */
export interface DataDirLock {
  readonly dataDir: string;
  release(): void;
}

const Owner = z.object({
  pid: z.number().int(),
  hostname: z.string(),
  /** Clock ticks from boot to the start of the process; null where there is no /proc. */
  startTicks: z.number().int().nullable(),
  since: z.iso.datetime(),
});

/**
 * Makes the directory when it is missing and takes its lock.
 * @throws {StoreError} when another process (or this one) holds it, or the directory cannot be written
 */
export function lockDataDir(dataDir: string): DataDirLock {
  const guard = openGuard(dataDir);
  const note = path.join(dataDir, "lock");
  try {
    guard.exec("begin exclusive");
  } catch (cause) {
    guard.close();
    if (!/locked|busy/i.test(messageOf(cause))) throw unusable(dataDir, cause);
    throw new StoreError(
      `DATA_DIR ${dataDir} is in use by ${describeOwner(note)}; stop it or choose another DATA_DIR.`,
    );
  }
  try {
    writeOwner(note);
  } catch (cause) {
    guard.close();
    throw unusable(dataDir, cause);
  }
  return { dataDir, release: once(() => (rmSync(note, { force: true }), guard.close())) };
}

function openGuard(dataDir: string): DatabaseSync {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return new DatabaseSync(path.join(dataDir, "lock.guard"), { timeout: 0 });
  } catch (cause) {
    throw unusable(dataDir, cause);
  }
}

function unusable(dataDir: string, cause: unknown): StoreError {
  const full = errorCode(cause) === "ENOSPC";
  const why = full ? "the disk is full" : messageOf(cause);
  return new StoreError(`DATA_DIR ${dataDir} cannot be used: ${why}.`, { cause });
}

function writeOwner(note: string): void {
  const owner: z.infer<typeof Owner> = {
    pid: process.pid,
    hostname: os.hostname(),
    startTicks: startTicks(),
    since: new Date().toISOString(),
  };
  // Renamed into place: a reader never sees half of it.
  const draft = `${note}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(owner)}\n`, { mode: 0o644 });
  renameSync(draft, note);
}

/** Field 22 of /proc/self/stat (proc_pid_stat(5)); the name in field 2 may hold spaces, so counting begins behind its bracket. */
function startTicks(): number | null {
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
  } catch {
    return null;
  }
}

function describeOwner(note: string): string {
  try {
    const owner = Owner.parse(JSON.parse(readFileSync(note, "utf8")));
    const where = owner.hostname === os.hostname() ? "" : ` on ${owner.hostname}`;
    return `process ${owner.pid}${where}`;
  } catch {
    return "a process that is just starting";
  }
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}
