/** SQL of bans and of the log. One statement each, plain rows out. */
import type { AppealState, BanKind, BanScope, ModerationAct } from "@rostrum/contract/moderation";
import type { ChannelRole } from "@rostrum/contract/permissions";
import { type Insertable, type Kysely, type Selectable, sql } from "kysely";
import type { ChatBanTable, ModerationActionTable } from "../../store/moderation-tables.ts";
import type { Schema } from "../../store/schema.ts";

type Db = Kysely<Schema>;
export type Page = Readonly<{ before: string | undefined; limit: number }>;

/** `who_` the account it concerns, `by_` who decided it. */
export type BanRow = Selectable<ChatBanTable> & {
  who_handle: string;
  who_name: string;
  by_handle: string | null;
  by_name: string | null;
  channel_handle: string | null;
  channel_title: string | null;
  appeal_state: AppealState | null;
  appeal_text: string | null;
  appeal_answer: string | null;
};

export type EntryRow = Selectable<ModerationActionTable> & {
  who_handle: string | null;
  who_name: string | null;
  by_handle: string | null;
  by_name: string | null;
  undone: boolean;
};

/** The one that is on the air or in preview; null: none. */
export async function openBroadcastOf(db: Db, channelId: string): Promise<string | null> {
  const row = await db
    .selectFrom("broadcast")
    .select("id")
    .where("channel_id", "=", channelId)
    .where("state", "in", ["preview", "live", "interrupted"])
    .executeTakeFirst();
  return row?.id ?? null;
}

export async function ownerOfChannel(db: Db, channelId: string): Promise<string | null> {
  const row = await db
    .selectFrom("channel_member")
    .select("account_id")
    .where("channel_id", "=", channelId)
    .where("role", "=", "owner")
    .executeTakeFirst();
  return row?.account_id ?? null;
}

export async function findPerson(
  db: Db,
  id: string,
): Promise<{ id: string; handle: string; display_name: string; created_at: Date } | undefined> {
  return db
    .selectFrom("account")
    .select(["id", "handle", "display_name", "created_at"])
    .where("id", "=", id)
    .executeTakeFirst();
}

function selectBans(db: Db) {
  return db
    .selectFrom("chat_ban")
    .innerJoin("account as who", "who.id", "chat_ban.account_id")
    .leftJoin("account as by", "by.id", "chat_ban.created_by")
    .leftJoin("channel", "channel.id", "chat_ban.channel_id")
    .leftJoin("appeal", "appeal.ban_id", "chat_ban.id")
    .selectAll("chat_ban")
    .select([
      "who.handle as who_handle",
      "who.display_name as who_name",
      "by.handle as by_handle",
      "by.display_name as by_name",
      "channel.handle as channel_handle",
      "channel.title as channel_title",
      "appeal.state as appeal_state",
      "appeal.text as appeal_text",
      "appeal.answer as appeal_answer",
    ]);
}

/** Counts at `now`. */
export function counts(now: Date) {
  return sql<boolean>`(chat_ban.lifted_at is null and (chat_ban.until is null or chat_ban.until > ${now}))`;
}

/** Decided on this channel, or by somebody for all channels of its owner. */
export function countsOn(channelId: string) {
  return sql<boolean>`((chat_ban.scope = 'channel' and chat_ban.channel_id = ${channelId}) or (chat_ban.scope = 'owner' and
    chat_ban.owner_id in (select account_id from channel_member where channel_id = ${channelId} and role = 'owner')))`;
}

export async function findBan(db: Db, id: string): Promise<BanRow | undefined> {
  return selectBans(db).where("chat_ban.id", "=", id).executeTakeFirst();
}

/** The ban of an account on a channel that lasts longest. @param by only of those decided by people who have these roles there now */
export async function findActiveBan(
  db: Db,
  channelId: string,
  accountId: string,
  { now, by }: Readonly<{ now: Date; by?: readonly Exclude<ChannelRole, "viewer">[] }>,
): Promise<BanRow | undefined> {
  let query = selectBans(db).where("chat_ban.account_id", "=", accountId).where(counts(now)).where(countsOn(channelId));
  if (by !== undefined) {
    query = query.where("chat_ban.created_by", "in", (eb) =>
      eb
        .selectFrom("channel_member")
        .select("channel_member.account_id")
        .where("channel_member.channel_id", "=", channelId)
        .where("channel_member.role", "in", by),
    );
  }
  return query
    .orderBy(sql`chat_ban.until desc nulls first, chat_ban.id`)
    .limit(1)
    .executeTakeFirst();
}

/** Newest first. @param now only those that count then; undefined: all */
export async function listBans(
  db: Db,
  filter: Readonly<{
    channelId: string;
    accountId?: string | undefined;
    scope?: BanScope | undefined;
    now: Date | undefined;
  }> &
    Page,
): Promise<BanRow[]> {
  let query = selectBans(db).where(countsOn(filter.channelId));
  if (filter.scope !== undefined) query = query.where("chat_ban.scope", "=", filter.scope);
  if (filter.now !== undefined) query = query.where(counts(filter.now));
  if (filter.accountId !== undefined) query = query.where("chat_ban.account_id", "=", filter.accountId);
  if (filter.before !== undefined) query = query.where("chat_ban.id", "<", filter.before);
  return query.orderBy("chat_ban.id", "desc").limit(filter.limit).execute();
}

/** Everywhere, those that count at `now`; newest first, at most 50. */
export async function listBansOf(db: Db, accountId: string, now: Date): Promise<BanRow[]> {
  return selectBans(db)
    .where("chat_ban.account_id", "=", accountId)
    .where(counts(now))
    .orderBy("chat_ban.id", "desc")
    .limit(50)
    .execute();
}

export async function insertBan(db: Db, row: Insertable<ChatBanTable>): Promise<void> {
  await db.insertInto("chat_ban").values(row).execute();
}

/** False when it does not count any more. */
export async function liftBan(db: Db, id: string, at: Date): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("chat_ban")
    .set({ lifted_at: at })
    .where("id", "=", id)
    .where(counts(at))
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Those that count at `now`, of one kind and scope: what a new one replaces. */
export async function listSame(
  db: Db,
  same: Readonly<{ channelId: string; accountId: string; scope: BanScope; kind: BanKind }>,
  now: Date,
): Promise<{ id: string; created_by: string | null }[]> {
  return db
    .selectFrom("chat_ban")
    .select(["id", "created_by"])
    .where("account_id", "=", same.accountId)
    .where("scope", "=", same.scope)
    .where("kind", "=", same.kind)
    .where(counts(now))
    .where(countsOn(same.channelId))
    .execute();
}

function selectEntries(db: Db) {
  return db
    .selectFrom("moderation_action as entry")
    .leftJoin("account as who", "who.id", "entry.account_id")
    .leftJoin("account as by", "by.id", "entry.actor_id")
    .leftJoin("moderation_action as taken_back", "taken_back.undoes", "entry.id")
    .selectAll("entry")
    .select([
      "who.handle as who_handle",
      "who.display_name as who_name",
      "by.handle as by_handle",
      "by.display_name as by_name",
      sql<boolean>`taken_back.id is not null`.as("undone"),
    ]);
}

export async function insertEntry(db: Db, row: Insertable<ModerationActionTable>): Promise<void> {
  await db.insertInto("moderation_action").values(row).execute();
}

export async function findEntry(db: Db, id: string): Promise<EntryRow | undefined> {
  return selectEntries(db).where("entry.id", "=", id).executeTakeFirst();
}

/** What an account has done with this send id. */
export async function findSent(db: Db, actorId: string, sendId: string): Promise<EntryRow | undefined> {
  return selectEntries(db).where("entry.actor_id", "=", actorId).where("entry.send_id", "=", sendId).executeTakeFirst();
}

/** Newest first. */
export async function listEntries(
  db: Db,
  filter: Readonly<{
    channelId: string;
    acts?: readonly ModerationAct[] | undefined;
    accountId?: string | undefined;
    /** The handle of whom it concerns, or of who did it. */
    person?: string | undefined;
  }> &
    Page,
): Promise<EntryRow[]> {
  let query = selectEntries(db).where("entry.channel_id", "=", filter.channelId);
  if (filter.acts !== undefined) query = query.where("entry.act", "in", filter.acts);
  if (filter.accountId !== undefined) query = query.where("entry.account_id", "=", filter.accountId);
  const { person } = filter;
  if (person !== undefined) {
    query = query.where((eb) => eb.or([eb("who.handle", "=", person), eb("by.handle", "=", person)]));
  }
  if (filter.before !== undefined) query = query.where("entry.id", "<", filter.before);
  return query.orderBy("entry.id", "desc").limit(filter.limit).execute();
}

/** An account's warnings on all channels since `since`, newest first, at most 20. */
export async function listWarningsOf(
  db: Db,
  accountId: string,
  since: Date,
): Promise<{ id: string; text: string; at: Date; channel_id: string; handle: string; title: string }[]> {
  return db
    .selectFrom("moderation_action as entry")
    .innerJoin("channel", "channel.id", "entry.channel_id")
    .select(["entry.id", "entry.text", "entry.at", "entry.channel_id", "channel.handle", "channel.title"])
    .where("entry.account_id", "=", accountId)
    .where("entry.act", "=", "warn")
    .where("entry.at", ">=", since)
    .orderBy("entry.id", "desc")
    .limit(20)
    .execute();
}

export async function roleOf(db: Db, channelId: string, accountId: string): Promise<ChannelRole> {
  const row = await db
    .selectFrom("channel_member")
    .select("role")
    .where("channel_id", "=", channelId)
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  return row?.role ?? "viewer";
}

export async function channelOfBroadcast(db: Db, broadcastId: string): Promise<string | null> {
  const row = await db.selectFrom("broadcast").select("channel_id").where("id", "=", broadcastId).executeTakeFirst();
  return row?.channel_id ?? null;
}

/** The channels of an owner, the oldest first, at most 100. */
export async function channelsOfOwner(db: Db, ownerId: string): Promise<string[]> {
  const rows = await db
    .selectFrom("channel_member")
    .select("channel_id")
    .where("account_id", "=", ownerId)
    .where("role", "=", "owner")
    .orderBy("channel_id")
    .limit(100)
    .execute();
  return rows.map((row) => row.channel_id);
}

/** Bans that were replaced at `since` count again, but for those that were undone themselves after that. */
export async function restoreReplaced(db: Db, ids: readonly string[], since: Date): Promise<void> {
  if (ids.length === 0) return;
  const wasUndone = sql<boolean>`exists (select 1 from moderation_action as entry where entry.account_id = chat_ban.account_id and
    entry.ban_id = chat_ban.id and entry.act = 'undo' and entry.at >= ${since})`;
  await db
    .updateTable("chat_ban")
    .set({ lifted_at: null })
    .where("id", "in", ids)
    .where((eb) => eb.not(wasUndone))
    .execute();
}

/** A ban that was lifted counts again. False when it counts already, or would be over by now. */
export async function unliftBan(db: Db, id: string, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("chat_ban")
    .set({ lifted_at: null })
    .where("id", "=", id)
    .where("lifted_at", "is not", null)
    .where((eb) => eb.or([eb("until", "is", null), eb("until", ">", now)]))
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function findChannelNames(
  db: Db,
  id: string,
): Promise<{ id: string; handle: string; title: string } | undefined> {
  return db.selectFrom("channel").select(["id", "handle", "title"]).where("id", "=", id).executeTakeFirst();
}
