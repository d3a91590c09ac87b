/** Opens the store: PostgreSQL when DATABASE_URL is set, else PGlite in a worker thread with its own directory lock. */
import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";

export interface Store {
  readonly kind: "pglite" | "postgres";
  readonly db: Kysely<Schema>;
  close(): Promise<void>;
}
