/** SQL of channels, members and stream keys. One statement each, plain rows out. */
import type { KeySlot } from "@rostrum/contract/channels";
import type { ChannelRole, MemberRole } from "@rostrum/contract/permissions";
import type { Insertable, Kysely, Selectable, Updateable } from "kysely";
import type { ChannelTable, Schema, StreamKeyTable } from "../../store/schema.ts";

export type ChannelRow = Selectable<ChannelTable>;
export type StreamKeyRow = Selectable<StreamKeyTable>;

/** A channel as one of its members sees it. */
export type MembershipRow = ChannelRow & { role: Exclude<ChannelRole, "viewer"> };

type Db = Kysely<Schema>;

/** False when another channel has the handle. */
export async function insertChannel(db: Db, row: Insertable<ChannelTable>): Promise<boolean> {
  const inserted = await db
    .insertInto("channel")
    .values(row)
    .onConflict((conflict) => conflict.column("handle").doNothing())
    .returning("id")
    .executeTakeFirst();
  return inserted !== undefined;
}

export async function findChannel(db: Db, id: string): Promise<ChannelRow | undefined> {
  return db.selectFrom("channel").selectAll().where("id", "=", id).executeTakeFirst();
}

export async function findChannelByHandle(db: Db, handle: string): Promise<ChannelRow | undefined> {
  return db.selectFrom("channel").selectAll().where("handle", "=", handle).executeTakeFirst();
}

/** Held until the transaction ends: whoever opens or deletes a channel's broadcasts goes one after the other. */
export async function lockChannel(db: Db, id: string): Promise<ChannelRow | undefined> {
  return db.selectFrom("channel").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
}

export async function updateChannelRow(db: Db, id: string, values: Updateable<ChannelTable>): Promise<void> {
  await db.updateTable("channel").set(values).where("id", "=", id).execute();
}

/** Newest first; ids sort by creation, so the cursor is the last id of the former page. */
export async function listChannels(db: Db, page: { after: string | undefined; limit: number }): Promise<ChannelRow[]> {
  return db
    .selectFrom("channel")
    .selectAll()
    .$if(page.after !== undefined, (query) => query.where("id", "<", page.after ?? ""))
    .orderBy("id", "desc")
    .limit(page.limit)
    .execute();
}

/** The channels on which an account has a role, newest first. */
export async function listMemberships(
  db: Db,
  accountId: string,
  page: { after: string | undefined; limit: number },
): Promise<MembershipRow[]> {
  return db
    .selectFrom("channel")
    .innerJoin("channel_member", "channel_member.channel_id", "channel.id")
    .selectAll("channel")
    .select("channel_member.role")
    .where("channel_member.account_id", "=", accountId)
    .$if(page.after !== undefined, (query) => query.where("channel.id", "<", page.after ?? ""))
    .orderBy("channel.id", "desc")
    .limit(page.limit)
    .execute();
}

/** True when an account other than `exceptId` has the handle. */
export async function accountHasHandle(db: Db, handle: string, exceptId: string): Promise<boolean> {
  const row = await db
    .selectFrom("account")
    .select("id")
    .where("handle", "=", handle)
    .where("id", "!=", exceptId)
    .executeTakeFirst();
  return row !== undefined;
}

export async function findAccountByHandle(db: Db, handle: string): Promise<{ id: string } | undefined> {
  return db
    .selectFrom("account")
    .select("id")
    .where("handle", "=", handle)
    .where("disabled_at", "is", null)
    .executeTakeFirst();
}

export async function findRole(db: Db, channelId: string, accountId: string): Promise<ChannelRole> {
  const row = await db
    .selectFrom("channel_member")
    .select("role")
    .where("channel_id", "=", channelId)
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  return row?.role ?? "viewer";
}

/** False when the account is a member already. */
export async function insertMember(
  db: Db,
  row: { channel_id: string; account_id: string; role: Exclude<ChannelRole, "viewer"> },
): Promise<boolean> {
  const inserted = await db
    .insertInto("channel_member")
    .values(row)
    .onConflict((conflict) => conflict.columns(["channel_id", "account_id"]).doNothing())
    .returning("account_id")
    .executeTakeFirst();
  return inserted !== undefined;
}

export type MemberRow = {
  account_id: string;
  handle: string;
  display_name: string;
  role: Exclude<ChannelRole, "viewer">;
  created_at: Date;
};

export async function listMembers(db: Db, channelId: string): Promise<MemberRow[]> {
  return db
    .selectFrom("channel_member")
    .innerJoin("account", "account.id", "channel_member.account_id")
    .select([
      "channel_member.account_id",
      "account.handle",
      "account.display_name",
      "channel_member.role",
      "channel_member.created_at",
    ])
    .where("channel_member.channel_id", "=", channelId)
    .orderBy("channel_member.created_at")
    .orderBy("channel_member.account_id")
    .execute();
}

/** False when there is no such member, or it is the owner, whose role is not changed this way. */
export async function updateMemberRole(
  db: Db,
  channelId: string,
  accountId: string,
  role: MemberRole,
): Promise<boolean> {
  const updated = await db
    .updateTable("channel_member")
    .set({ role })
    .where("channel_id", "=", channelId)
    .where("account_id", "=", accountId)
    .where("role", "!=", "owner")
    .returning("account_id")
    .executeTakeFirst();
  return updated !== undefined;
}

/** False when there is no such member, or it is the owner. */
export async function deleteMember(db: Db, channelId: string, accountId: string): Promise<boolean> {
  const deleted = await db
    .deleteFrom("channel_member")
    .where("channel_id", "=", channelId)
    .where("account_id", "=", accountId)
    .where("role", "!=", "owner")
    .returning("account_id")
    .executeTakeFirst();
  return deleted !== undefined;
}

export async function insertStreamKeys(db: Db, rows: readonly Insertable<StreamKeyTable>[]): Promise<void> {
  await db.insertInto("stream_key").values(rows).execute();
}

export async function listStreamKeys(db: Db, channelId: string): Promise<StreamKeyRow[]> {
  return db
    .selectFrom("stream_key")
    .selectAll()
    .where("channel_id", "=", channelId)
    .orderBy("slot", "desc") // primary before backup
    .execute();
}

/** Of every channel. */
export async function listAllStreamKeys(db: Db): Promise<StreamKeyRow[]> {
  return db.selectFrom("stream_key").selectAll().execute();
}

export async function findStreamKey(db: Db, channelId: string, slot: KeySlot): Promise<StreamKeyRow | undefined> {
  return db
    .selectFrom("stream_key")
    .selectAll()
    .where("channel_id", "=", channelId)
    .where("slot", "=", slot)
    .executeTakeFirst();
}

export async function findStreamKeyByHash(
  db: Db,
  lookupHash: string,
): Promise<Pick<StreamKeyRow, "channel_id" | "slot"> | undefined> {
  return db
    .selectFrom("stream_key")
    .select(["channel_id", "slot"])
    .where("lookup_hash", "=", lookupHash)
    .executeTakeFirst();
}

export async function replaceStreamKey(
  db: Db,
  channelId: string,
  slot: KeySlot,
  values: { lookup_hash: string; sealed: string; last4: string; rotated_at: Date },
): Promise<void> {
  await db.updateTable("stream_key").set(values).where("channel_id", "=", channelId).where("slot", "=", slot).execute();
}

/** What must be cleared away, or forbids it, when a channel goes. */
export async function listChannelBroadcasts(
  db: Db,
  channelId: string,
): Promise<
  { id: string; state: string; has_source: boolean; poster_key: string | null; watermark_key: string | null }[]
> {
  return db
    .selectFrom("broadcast")
    .select(["id", "state", "has_source", "poster_key", "watermark_key"])
    .where("channel_id", "=", channelId)
    .execute();
}

export async function deleteChannelRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom("channel").where("id", "=", id).execute();
}
