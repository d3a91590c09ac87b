/** SQL of what hangs on messages: reactions, pins, highlights, reports; and of colours. */
import type { ChatReaction } from "@rostrum/contract/chat";
import type { ChatColor } from "@rostrum/contract/chat-colors";
import { type Kysely, sql } from "kysely";
import type { Schema } from "../../store/schema.ts";

type Db = Kysely<Schema>;

/** By message, the first one that was given first. */
export async function countReactions(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, ChatReaction[]>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom("chat_reaction")
    .select(["message_id", "emote", sql<string>`count(*)`.as("count")])
    .where("message_id", "in", ids)
    .groupBy(["message_id", "emote"])
    .orderBy(sql`min(at)`)
    .orderBy("emote")
    .execute();
  const counts = new Map<string, ChatReaction[]>();
  for (const { message_id: id, emote, count } of rows) {
    counts.set(id, [...(counts.get(id) ?? []), { emote, count: Number(count) }]);
  }
  return counts;
}

export async function listOwnReactions(
  db: Db,
  accountId: string,
  ids: readonly string[],
): Promise<Record<string, string[]>> {
  if (ids.length === 0) return {};
  const rows = await db
    .selectFrom("chat_reaction")
    .select(["message_id", "emote"])
    .where("account_id", "=", accountId)
    .where("message_id", "in", ids)
    .orderBy("at")
    .execute();
  const own: Record<string, string[]> = {};
  for (const { message_id: id, emote } of rows) (own[id] ??= []).push(emote);
  return own;
}

export async function insertReaction(db: Db, messageId: string, accountId: string, emote: string): Promise<void> {
  await db
    .insertInto("chat_reaction")
    .values({ message_id: messageId, account_id: accountId, emote })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** False when there was none. */
export async function deleteReaction(db: Db, messageId: string, accountId: string, emote: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("chat_reaction")
    .where("message_id", "=", messageId)
    .where("account_id", "=", accountId)
    .where("emote", "=", emote)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** The id of the message that is pinned. */
export async function findPin(db: Db, broadcastId: string): Promise<string | null> {
  const row = await db
    .selectFrom("chat_pin")
    .select("message_id")
    .where("broadcast_id", "=", broadcastId)
    .executeTakeFirst();
  return row?.message_id ?? null;
}

/** False when the message is not shown any more: who deletes it at the same time waits for this, or this for them. */
export async function setPin(db: Db, broadcastId: string, messageId: string, by: string): Promise<boolean> {
  const { rows } = await sql`
    with shown as (select id from chat_message where id = ${messageId} and state = 'visible' for share)
    insert into chat_pin (broadcast_id, message_id, pinned_by, at)
    select ${broadcastId}, id, ${by}, ${new Date()}::timestamptz from shown
    on conflict (broadcast_id) do update
      set message_id = excluded.message_id, pinned_by = excluded.pinned_by, at = excluded.at
    returning message_id`.execute(db);
  return rows.length > 0;
}

/** False when nothing was pinned, or none of these messages. */
export async function deletePin(db: Db, broadcastId: string, ids?: readonly string[]): Promise<boolean> {
  let query = db.deleteFrom("chat_pin").where("broadcast_id", "=", broadcastId);
  if (ids !== undefined) query = query.where("message_id", "in", ids);
  return (await query.executeTakeFirst()).numDeletedRows > 0n;
}

/** False when the message is not shown any more. */
export async function setHighlight(db: Db, id: string, highlighted: boolean): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("chat_message")
    .set({ highlighted })
    .where("id", "=", id)
    .where("state", "=", "visible")
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** False when this account has reported it before. */
export async function insertReport(
  db: Db,
  report: { message_id: string; account_id: string; reason: string; note: string | null },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("chat_report")
    .values(report)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** False when nobody has reported it. */
export async function deleteReports(db: Db, messageId: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom("chat_report").where("message_id", "=", messageId).executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function countReports(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom("chat_report")
    .select(["message_id", sql<string>`count(*)`.as("count")])
    .where("message_id", "in", ids)
    .groupBy("message_id")
    .execute();
  return new Map(rows.map((row) => [row.message_id, Number(row.count)]));
}

/** Messages that are shown and were reported, the newest `limit`. */
export async function listReported(db: Db, broadcastId: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom("chat_report")
    .innerJoin("chat_message", "chat_message.id", "chat_report.message_id")
    .select("chat_message.id")
    .distinct()
    .where("chat_message.broadcast_id", "=", broadcastId)
    .where("chat_message.state", "=", "visible")
    .orderBy("chat_message.id", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

export async function setColor(db: Db, accountId: string, color: ChatColor | null): Promise<void> {
  if (color === null) {
    await db.deleteFrom("chat_profile").where("account_id", "=", accountId).execute();
    return;
  }
  await db
    .insertInto("chat_profile")
    .values({ account_id: accountId, color })
    .onConflict((conflict) => conflict.column("account_id").doUpdateSet({ color }))
    .execute();
}
