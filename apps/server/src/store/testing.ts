/** Stores for tests: migrated, empty, thrown away on `close`. A PGlite costs about a second, so the tests of a file share one. */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Kysely, sql } from "kysely";
import pg from "pg";
import { createLogger } from "../lib/log.ts";
import { migrate } from "./migrate.ts";
import type { Store } from "./open.ts";
import { openPostgres } from "./open-postgres.ts";
import { pgliteStore } from "./open-pglite.ts";
import { PgliteClient } from "./pglite-client.ts";
import { pgliteDialect } from "./pglite-dialect.ts";
import type { Schema } from "./schema.ts";

/** Why tests on PostgreSQL are skipped, as part of a test's name; null when TEST_DATABASE_URL is set. */
export const POSTGRES_SKIPPED: string | null = process.env["TEST_DATABASE_URL"] ? null : "TEST_DATABASE_URL is not set";

/**
 * A fresh migrated store: PGlite in memory, or a new database on the server of TEST_DATABASE_URL. The caller closes it.
 * @throws {Error} for "postgres" without TEST_DATABASE_URL
 */
export async function openTestStore(kind: "pglite" | "postgres" = "pglite"): Promise<Store> {
  return kind === "pglite" ? openMemory() : openScratchDatabase();
}

/** Empties every table, the jobs' too, but keeps the schema. */
export async function truncateAll(db: Kysely<Schema>): Promise<void> {
  const tables: (keyof Schema)[] = ["account", "invite", "channel", "broadcast", "audit", "registration_mail"];
  await sql`truncate ${sql.join(tables.map((table) => sql.table(table)))} restart identity cascade`.execute(db);
  const { rows } = await sql<{ jobs: string | null }>`select to_regclass('pgboss.job')::text as jobs`.execute(db);
  if (rows[0]?.jobs) await sql`truncate pgboss.job`.execute(db);
}

async function openMemory(): Promise<Store> {
  const client = await PgliteClient.open({ dumpFile: await template() });
  return pgliteStore(client, new Kysely<Schema>({ dialect: pgliteDialect(client) }), {});
}

/** The path of a dump of a migrated, empty database; made once per set of migrations and engine. */
async function template(): Promise<string> {
  const file = path.join(os.tmpdir(), `rostrum-test-store-${templateKey()}.tar.gz`);
  if (existsSync(file)) return file;
  const client = await PgliteClient.open({});
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    await migrate(new Kysely<Schema>({ dialect: pgliteDialect(client, { patient: true }) }));
    await client.dump(draft);
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
    await client.close();
  }
  return file;
}

/** Of everything that decides what a migrated database looks like; package.json pins the engine's version. */
function templateKey(): string {
  const migrations = new URL("migrations/", import.meta.url);
  const sources = [new URL("../../package.json", import.meta.url), new URL("migrate.ts", import.meta.url)];
  for (const name of readdirSync(migrations).toSorted()) sources.push(new URL(name, migrations));
  const hash = createHash("sha256");
  for (const source of sources) hash.update(readFileSync(source));
  return hash.digest("hex").slice(0, 16);
}

async function openScratchDatabase(): Promise<Store> {
  const server = process.env["TEST_DATABASE_URL"];
  if (!server) throw new Error("a test on PostgreSQL needs TEST_DATABASE_URL");
  const name = `rostrum_test_${randomBytes(6).toString("hex")}`;
  await command(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const store = await openPostgres(url.href, createLogger("silent", false));
  const close = async (): Promise<void> => {
    await store.close();
    await command(server, `drop database if exists ${name} with (force)`);
  };
  return { ...store, close };
}

async function command(databaseUrl: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
