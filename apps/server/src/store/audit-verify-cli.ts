/** `npm run audit:verify`: says in one sentence whether the audit log is whole. Exit code 0 when it is, 1 when not or when it cannot be read. */
import { existsSync } from "node:fs";
import path from "node:path";
import { type Config, ConfigError, readConfig } from "../config.ts";
import { createLogger } from "../lib/log.ts";
import { verifyAudit } from "./audit.ts";
import { openStore } from "./open.ts";
import { StoreError } from "./store-error.ts";

async function verify(config: Config): Promise<{ ok: boolean; text: string }> {
  const dataDir = config.DATA_DIR;
  if (!config.DATABASE_URL && !existsSync(path.join(dataDir, "db"))) {
    throw new StoreError(`There is no database in ${dataDir}.`);
  }
  const log = createLogger("silent", false);
  const store = await openStore({ databaseUrl: config.DATABASE_URL, dataDir, log });
  try {
    const verdict = await verifyAudit(store.db);
    if (!verdict.ok) return { ok: false, text: `The audit log is broken at entry ${verdict.seq}: ${verdict.reason}.` };
    const head = verdict.head ? `; the last has the hash ${verdict.head.hash}` : "";
    return { ok: true, text: `The audit log is whole: ${verdict.rows} entries${head}.` };
  } finally {
    await store.close();
  }
}

try {
  const { ok, text } = await verify(readConfig(process.env, { dev: false }));
  process.stdout.write(`${text}\n`);
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  if (!(error instanceof StoreError || error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
