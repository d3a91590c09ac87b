/** Whether the database answers. */
import { type Kysely, sql } from "kysely";
import { StoreError } from "./store-error.ts";

/** @throws {StoreError} when there is no answer within `limitMs`; @throws the database's own error when it refuses */
export async function pingDatabase<DB>(db: Kysely<DB>, limitMs = 3000): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new StoreError(`The database did not answer within ${limitMs} ms.`)), limitMs);
  try {
    await Promise.race([sql`select 1`.execute(db), promise]);
  } finally {
    clearTimeout(timer);
  }
}
