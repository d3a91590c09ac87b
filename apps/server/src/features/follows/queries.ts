/** SQL of follows. One statement each, plain rows out. */
import { type Kysely, type Selectable, sql } from "kysely";
import type { FollowTable, Schema } from "../../store/schema.ts";

type Db = Kysely<Schema>;
export type FollowRow = Selectable<FollowTable>;
export type FollowedRow = FollowRow & { handle: string; title: string };

export async function findFollow(db: Db, accountId: string, channelId: string): Promise<FollowRow | undefined> {
  return db
    .selectFrom("follow")
    .selectAll()
    .where("account_id", "=", accountId)
    .where("channel_id", "=", channelId)
    .executeTakeFirst();
}

/** The moment of the new follow; undefined when the account follows already. */
export async function insertFollow(
  db: Db,
  row: { account_id: string; channel_id: string; mail: boolean; push: boolean },
): Promise<{ created_at: Date } | undefined> {
  return db
    .insertInto("follow")
    .values(row)
    .onConflict((conflict) => conflict.columns(["account_id", "channel_id"]).doNothing())
    .returning("created_at")
    .executeTakeFirst();
}

/** False when the account does not follow. */
export async function updateFollow(
  db: Db,
  accountId: string,
  channelId: string,
  values: { mail?: boolean; push?: boolean },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("follow")
    .set(values)
    .where("account_id", "=", accountId)
    .where("channel_id", "=", channelId)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function deleteFollow(db: Db, accountId: string, channelId: string): Promise<void> {
  await db.deleteFrom("follow").where("account_id", "=", accountId).where("channel_id", "=", channelId).execute();
}

export async function countFollows(db: Db, accountId: string): Promise<number> {
  const row = await db
    .selectFrom("follow")
    .select(sql<string>`count(*)`.as("all"))
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  return Number(row?.all ?? 0);
}

export async function countFollowers(db: Db, channelIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (channelIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("follow")
    .select(["channel_id", sql<string>`count(*)`.as("all")])
    .where("channel_id", "in", channelIds)
    .groupBy("channel_id")
    .execute();
  return new Map(rows.map((row) => [row.channel_id, Number(row.all)]));
}

/** Newest follow first; the cursor is the moment and the channel of the last one of the former page. */
export async function listFollowed(
  db: Db,
  accountId: string,
  page: { after: { at: Date; channelId: string } | undefined; limit: number },
): Promise<FollowedRow[]> {
  const { after } = page;
  let query = db
    .selectFrom("follow")
    .innerJoin("channel", "channel.id", "follow.channel_id")
    .selectAll("follow")
    .select(["channel.handle", "channel.title"])
    .where("follow.account_id", "=", accountId);
  if (after !== undefined) {
    query = query.where(
      // The store keeps microseconds, a cursor milliseconds.
      sql<boolean>`(date_trunc('milliseconds', follow.created_at), follow.channel_id) < (${after.at}, ${after.channelId})`,
    );
  }
  return query
    .orderBy(sql`date_trunc('milliseconds', follow.created_at)`, "desc")
    .orderBy("follow.channel_id", "desc")
    .limit(page.limit)
    .execute();
}
