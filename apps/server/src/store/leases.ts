/** Which media node owns a broadcast. A fence is a number that rises with every change of hands and never falls: the greatest one is right. */
import { type Kysely, sql } from "kysely";
import type { Schema } from "./schema.ts";

/** `ttlMs` counts from now by the database's clock, so that the clocks of nodes do not matter. */
export type LeaseRequest = Readonly<{ broadcastId: string; nodeId: string; address: string; ttlMs: number }>;

export type LeaseHolder = Readonly<{ nodeId: string; address: string; expiresAt: Date }>;

/** `fence` is a decimal integer. */
export type LeaseAnswer =
  | { readonly ok: true; readonly fence: string }
  | { readonly ok: false; readonly holder: LeaseHolder };

/**
 * Takes the lease when it is free, has run out, or is the node's own (then it is renewed and keeps its fence).
 * @throws a foreign key violation when there is no such broadcast
 */
export async function acquireLease(db: Kysely<Schema>, request: LeaseRequest): Promise<LeaseAnswer> {
  const { broadcastId, nodeId, address, ttlMs } = request;
  // Two attempts: the holder may let go between the refusal and the look at who it is.
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const { rows } = await sql<{ fence: string }>`
      insert into lease as held (broadcast_id, node_id, address, fence, expires_at)
      values (${broadcastId}, ${nodeId}, ${address}, 1, ${expiry(ttlMs)})
      on conflict (broadcast_id) do update set
        fence = case when held.node_id = excluded.node_id then held.fence else held.fence + 1 end,
        node_id = excluded.node_id, address = excluded.address, expires_at = excluded.expires_at
      where held.node_id = excluded.node_id or held.expires_at <= clock_timestamp()
      returning fence`.execute(db);
    if (rows[0]) return { ok: true, fence: rows[0].fence };
    const holder = await findHolder(db, broadcastId);
    if (holder) return { ok: false, holder };
  }
  throw new Error(`the lease of ${broadcastId} changed hands faster than it could be read`);
}

/** Lets go of everything that a node holds. What it lost earlier keeps the time of that. The rows stay: the fence must not begin anew. */
export async function releaseLeasesOf(db: Kysely<Schema>, nodeId: string): Promise<void> {
  await db
    .updateTable("lease")
    .set({ node_id: "", expires_at: sql`clock_timestamp()` })
    .where("node_id", "=", nodeId)
    .where("expires_at", ">", sql<Date>`clock_timestamp()`)
    .execute();
}

/** Lets go of what every other node holds. Only for a store that one process has to itself: there, at start, every other holder is dead. */
export async function releaseForeignLeases(db: Kysely<Schema>, nodeId: string): Promise<void> {
  await db
    .updateTable("lease")
    .set({ node_id: "", expires_at: sql`clock_timestamp()` })
    .where("node_id", "!=", nodeId)
    .where("expires_at", ">", sql<Date>`clock_timestamp()`)
    .execute();
}

/** The node that owns the broadcast now, or null. */
export async function findHolder(db: Kysely<Schema>, broadcastId: string): Promise<LeaseHolder | null> {
  const row = await db
    .selectFrom("lease")
    .select(["node_id", "address", "expires_at"])
    .where("broadcast_id", "=", broadcastId)
    .where("expires_at", ">", sql<Date>`clock_timestamp()`)
    .executeTakeFirst();
  return row ? { nodeId: row.node_id, address: row.address, expiresAt: row.expires_at } : null;
}

function expiry(ttlMs: number) {
  return sql<Date>`clock_timestamp() + ${ttlMs}::double precision * interval '1 millisecond'`;
}
