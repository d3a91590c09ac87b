/** Who changes what there is one of in a show does it one at a time. */
import { type Kysely, sql } from "kysely";
import type { Schema } from "../../store/schema.ts";

/** Until the transaction ends the others who do `what` in this show wait, in all processes. */
export async function lockTurn(tx: Kysely<Schema>, broadcastId: string, what: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${broadcastId} ${what}`}, 0))`.execute(tx);
}
