/** Runs in a worker thread and is the only module that touches PGlite, so that a slow query never delays media. */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { PGlite, type PGliteOptions, types } from "@electric-sql/pglite";
import { freeBytes, RESERVE_BYTES } from "./disk.ts";
import type { ErrorFields, Result, WorkerInput, WorkerReply, WorkerRequest } from "./pglite-protocol.ts";

const NOTHING: Result = { rows: [], affected: 0, command: undefined };
/** SQLSTATE disk_full. */
const DISK_FULL = "53100";
const FIELDS = ["code", "severity", "detail", "hint", "schema", "table", "column", "constraint"] as const;

async function openDatabase({ dataDir, dumpFile }: WorkerInput): Promise<PGlite> {
  const options: PGliteOptions = {
    // 64-bit integers as text, as node-postgres gives them, so that both backends have one type for bigint and count(*).
    parsers: { [types.INT8]: (text) => text },
  };
  if (dataDir !== undefined) options.dataDir = dataDir;
  if (dumpFile !== undefined) {
    options.loadDataDir = new Blob([await readFile(dumpFile)], { type: "application/x-gzip" });
  }
  return PGlite.create(options);
}

const WRITES = /^\s*(insert|update|delete|truncate|create|alter|drop|reindex|with|begin)\b/i;

/** Asked before everything that writes: a look at the file system costs microseconds, a full log the engine. */
function requireRoom(folder: string | undefined): void {
  if (folder === undefined || freeBytes(folder) >= RESERVE_BYTES) return;
  throw Object.assign(new Error("No space left on device"), { code: DISK_FULL, severity: "ERROR" });
}

async function run(database: PGlite, input: WorkerInput, request: WorkerRequest): Promise<Result> {
  switch (request.kind) {
    case "query": {
      if (WRITES.test(request.sql)) requireRoom(input.dataDir);
      const result = await database.query(request.sql, [...request.params]);
      return { rows: result.rows, affected: result.affectedRows ?? 0, command: result.command };
    }
    case "script": {
      if (WRITES.test(request.sql)) requireRoom(input.dataDir);
      const results = await database.exec(request.sql);
      return { ...NOTHING, rows: results.flatMap((result) => result.rows) };
    }
    case "dump": {
      requireRoom(path.dirname(request.file));
      // A checkpoint first: the copy then starts without replaying the log.
      await database.query("checkpoint");
      const tar = await database.dumpDataDir("none");
      await writeFile(request.file, await promisify(gzip)(await tar.arrayBuffer(), { level: 3 }), { flush: true });
      return NOTHING;
    }
    case "close":
      await database.close();
      return NOTHING;
    default:
      return request satisfies never;
  }
}

/** ENOSPC as WASI numbers it; the engine's file system throws objects that carry the number and no text. */
const WASI_ENOSPC = 51;

function messageOf(cause: unknown): string {
  if (cause instanceof Error) return cause.message;
  const errno: unknown = (cause as { errno?: unknown } | null)?.errno;
  if (errno === WASI_ENOSPC) return "the disk is full";
  return typeof errno === "number" ? `the file system answers with error ${errno}` : String(cause);
}

function describe(cause: unknown): ErrorFields {
  const fields: Record<string, string> = { message: messageOf(cause) };
  for (const name of FIELDS) {
    const value: unknown = (cause as Record<string, unknown> | null)?.[name];
    if (typeof value === "string") fields[name] = value;
  }
  return fields as ErrorFields;
}

/** After a trap, an exit or a panic the engine's memory cannot be trusted; what is on disk can. */
function isFatal(cause: unknown): boolean {
  if (typeof cause !== "object" || cause === null) return false;
  const { name, severity } = cause as { name?: unknown; severity?: unknown };
  return name === "RuntimeError" || name === "ExitStatus" || severity === "FATAL" || severity === "PANIC";
}

async function serve(port: NonNullable<typeof parentPort>, input: WorkerInput): Promise<void> {
  const post = (reply: WorkerReply): void => port.postMessage(reply);
  const fail = (id: number, cause: unknown, fatal: boolean): void => {
    post({ id, error: describe(cause), fatal });
    if (fatal) port.close();
  };
  const database = await openDatabase(input).catch((cause: unknown) => fail(0, cause, true));
  if (!database) return;
  port.on("message", (request: WorkerRequest) => {
    run(database, input, request).then(
      (result) => {
        post({ id: request.id, ...result });
        if (request.kind === "close") port.close();
      },
      (cause: unknown) => fail(request.id, cause, isFatal(cause)),
    );
  });
  post({ id: 0, ...NOTHING });
}

if (parentPort) await serve(parentPort, workerData as WorkerInput);
