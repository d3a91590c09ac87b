/** `npm run restore [-- file]`: puts the newest dump, or the named one, in the place of the embedded database. Exit code 1 when it did not. */
import path from "node:path";
import { ConfigError, readConfig } from "../config.ts";
import { restore } from "./restore.ts";
import { StoreError } from "./store-error.ts";

async function run(env: NodeJS.ProcessEnv, named: string | undefined): Promise<string> {
  const config = readConfig(env, { dev: false });
  if (config.DATABASE_URL) {
    throw new StoreError("DATABASE_URL is set: dumps are of the embedded database; use pg_restore for PostgreSQL.");
  }
  // npm runs a script in the project's folder; the file was named from where the person stands.
  const file = named === undefined ? undefined : path.resolve(env["INIT_CWD"] ?? ".", named);
  const done = await restore(config.DATA_DIR, file);
  const kept = done.setAside ? `; the former database is kept in ${done.setAside}` : "";
  return `Restored ${done.file} with ${done.accounts} accounts${kept}.`;
}

try {
  process.stdout.write(`${await run(process.env, process.argv[2])}\n`);
} catch (error) {
  if (!(error instanceof StoreError || error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
