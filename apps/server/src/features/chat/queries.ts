/** SQL of messages. One statement each, plain rows out. */
import type { ChatMessageState } from "@rostrum/contract/chat";
import type { ChatColor } from "@rostrum/contract/chat-colors";
import { type Kysely, type Selectable, sql } from "kysely";
import type { ChatMessageTable, Schema } from "../../store/schema.ts";

type Db = Kysely<Schema>;

/** A message with its author and what it answers. */
export type MessageRow = Selectable<ChatMessageTable> & {
  handle: string | null;
  display_name: string | null;
  color: ChatColor | null;
  reply_account_id: string | null;
  reply_handle: string | null;
  reply_name: string | null;
  reply_text: string | null;
  reply_state: ChatMessageState | null;
};

/** Who writes, and when they last did on this broadcast. */
export type AuthorRow = Readonly<{
  id: string;
  handle: string;
  display_name: string;
  created_at: Date;
  color: ChatColor | null;
  last_at: Date | null;
  /** The message that they have sent under the given id before. */
  sent_id: string | null;
}>;

function selectMessages(db: Db) {
  return db
    .selectFrom("chat_message")
    .leftJoin("account", "account.id", "chat_message.account_id")
    .leftJoin("chat_profile", "chat_profile.account_id", "chat_message.account_id")
    .leftJoin("chat_message as reply", "reply.id", "chat_message.reply_to")
    .leftJoin("account as reply_account", "reply_account.id", "reply.account_id")
    .selectAll("chat_message")
    .select([
      "account.handle as handle",
      "account.display_name as display_name",
      "chat_profile.color as color",
      "reply_account.id as reply_account_id",
      "reply_account.handle as reply_handle",
      "reply_account.display_name as reply_name",
      "reply.text as reply_text",
      "reply.state as reply_state",
    ]);
}

export async function findMessage(db: Db, id: string): Promise<MessageRow | undefined> {
  return selectMessages(db).where("chat_message.id", "=", id).executeTakeFirst();
}

export async function findMessages(db: Db, ids: readonly string[]): Promise<MessageRow[]> {
  if (ids.length === 0) return [];
  return selectMessages(db).where("chat_message.id", "in", ids).orderBy("chat_message.id").execute();
}

/** What an account has sent under this id before. */
export async function findSent(db: Db, accountId: string, sendId: string): Promise<MessageRow | undefined> {
  return selectMessages(db)
    .where("chat_message.account_id", "=", accountId)
    .where("chat_message.send_id", "=", sendId)
    .executeTakeFirst();
}

/** @param sendId asks for what was sent under it before */
export async function findAuthor(
  db: Db,
  accountId: string,
  broadcastId: string,
  sendId: string | null = null,
): Promise<AuthorRow | undefined> {
  return db
    .selectFrom("account")
    .leftJoin("chat_profile", "chat_profile.account_id", "account.id")
    .leftJoin("chat_turn", (join) =>
      join.onRef("chat_turn.account_id", "=", "account.id").on("chat_turn.broadcast_id", "=", broadcastId),
    )
    .leftJoin("chat_message as sent", (join) =>
      join.onRef("sent.account_id", "=", "account.id").on("sent.send_id", "=", sendId),
    )
    .select(["account.id", "account.handle", "account.display_name", "account.created_at"])
    .select(["chat_profile.color", "chat_turn.last_at", "sent.id as sent_id"])
    .where("account.id", "=", accountId)
    .executeTakeFirst();
}

export type NewMessage = Readonly<
  Pick<
    Selectable<ChatMessageTable>,
    | "id"
    | "broadcast_id"
    | "send_id"
    | "kind"
    | "state"
    | "role"
    | "text"
    | "about"
    | "reply_to"
    | "mentions"
    | "media_time_ms"
    | "at"
    | "note"
  > & { account_id: string | null }
>;

/**
 * Stores it, if the account's last message on this broadcast is `pauseMs` ago or more: decided in the same statement.
 * False: it is not, or what was sent under this id is stored already.
 */
export async function storeMessage(
  db: Db,
  row: NewMessage & { account_id: string },
  pauseMs: number,
): Promise<boolean> {
  const { rows } = await sql`
    with turn as (
      insert into chat_turn (broadcast_id, account_id, last_at)
      values (${row.broadcast_id}, ${row.account_id}, ${row.at})
      on conflict (broadcast_id, account_id) do update set last_at = greatest(chat_turn.last_at, excluded.last_at)
        where ${pauseMs}::double precision = 0
          or chat_turn.last_at <= excluded.last_at - ${pauseMs}::double precision * interval '1 millisecond'
      returning 1
    )
    insert into chat_message (id, broadcast_id, account_id, send_id, kind, state, role, text, about, reply_to, mentions,
      media_time_ms, at, note)
    select ${row.id}, ${row.broadcast_id}, ${row.account_id}, ${row.send_id}, ${row.kind}, ${row.state}, ${row.role}, ${row.text},
      ${row.about}, ${row.reply_to}, ${JSON.stringify(row.mentions)}::jsonb, ${row.media_time_ms}::double precision,
      ${row.at}::timestamptz, ${row.note}
    from turn
    on conflict (account_id, send_id) where account_id is not null do nothing
    returning id`.execute(db);
  return rows.length > 0;
}

/** False when it was told already. */
export async function storeSystemMessage(db: Db, row: NewMessage): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("chat_message")
    .values({ ...row, mentions: JSON.stringify(row.mentions), removed_by: null, removed_at: null })
    .onConflict((conflict) => conflict.columns(["broadcast_id", "send_id"]).where("account_id", "is", null).doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export type ListOptions = Readonly<{
  states: readonly ChatMessageState[];
  limit: number;
  /** Only those of an id before this one. */
  before?: string | undefined;
  accountId?: string | undefined;
  /** The author's. */
  handle?: string | undefined;
  since?: Date | undefined;
  /** Said before this. */
  until?: Date | undefined;
  /** Part of the text, whatever its case. */
  q?: string | undefined;
}>;

/** Newest first. */
export async function listMessages(db: Db, broadcastId: string, options: ListOptions): Promise<MessageRow[]> {
  return filtered(selectMessages(db).where("chat_message.broadcast_id", "=", broadcastId), options);
}

/** In all chats of a channel, newest first. */
export async function listInChannel(db: Db, channelId: string, options: ListOptions): Promise<MessageRow[]> {
  const shows = db.selectFrom("broadcast").select("broadcast.id").where("broadcast.channel_id", "=", channelId);
  return filtered(selectMessages(db).where("chat_message.broadcast_id", "in", shows), options);
}

/** From an id on (inclusive), oldest first. */
export async function listFrom(db: Db, broadcastId: string, from: string, limit: number): Promise<MessageRow[]> {
  return selectMessages(db)
    .where("chat_message.broadcast_id", "=", broadcastId)
    .where("chat_message.id", ">=", from)
    .orderBy("chat_message.id")
    .limit(limit)
    .execute();
}

async function filtered(all: ReturnType<typeof selectMessages>, options: ListOptions): Promise<MessageRow[]> {
  const { states, limit, before, accountId, handle, since, until, q } = options;
  let query = all.where("chat_message.state", "in", states);
  if (before !== undefined) query = query.where("chat_message.id", "<", before);
  if (accountId !== undefined) query = query.where("chat_message.account_id", "=", accountId);
  if (handle !== undefined) query = query.where("account.handle", "=", handle);
  if (since !== undefined) query = query.where("chat_message.at", ">=", since);
  if (until !== undefined) query = query.where("chat_message.at", "<", until);
  if (q !== undefined) query = query.where("chat_message.text", "ilike", `%${q.replace(/[\\%_]/g, "\\$&")}%`);
  return query.orderBy("chat_message.id", "desc").limit(limit).execute();
}

/** By media time, oldest first, from `fromMs` (inclusive) to `toMs` (exclusive). `after`: the last one's time and id. */
export async function listReplay(
  db: Db,
  broadcastId: string,
  {
    fromMs,
    toMs,
    after,
    limit,
  }: { fromMs: number; toMs: number | undefined; after?: { ms: number; id: string } | undefined; limit: number },
): Promise<MessageRow[]> {
  let query = selectMessages(db)
    .where("chat_message.broadcast_id", "=", broadcastId)
    .where("chat_message.state", "=", "visible")
    .where("chat_message.media_time_ms", ">=", fromMs);
  if (toMs !== undefined) query = query.where("chat_message.media_time_ms", "<", toMs);
  if (after !== undefined) {
    query = query.where((eb) =>
      eb(eb.refTuple("chat_message.media_time_ms", "chat_message.id"), ">", eb.tuple(after.ms, after.id)),
    );
  }
  return query.orderBy("chat_message.media_time_ms").orderBy("chat_message.id").limit(limit).execute();
}

/** Oldest first, behind an id: for exports. */
export async function listAfter(db: Db, broadcastId: string, after: string, limit: number): Promise<MessageRow[]> {
  return selectMessages(db)
    .where("chat_message.broadcast_id", "=", broadcastId)
    .where("chat_message.id", ">", after)
    .orderBy("chat_message.id")
    .limit(limit)
    .execute();
}

/** Those of the messages that were in one of the states and are in the other now, oldest first. */
export async function changeState(
  db: Db,
  ids: readonly string[],
  from: readonly ChatMessageState[],
  to: Readonly<{ state: ChatMessageState; note: string | null; by: string | null; at: Date | null }>,
): Promise<{ id: string; broadcast_id: string }[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .updateTable("chat_message")
    .set({ state: to.state, note: to.note, removed_by: to.by, removed_at: to.at })
    .where("id", "in", ids)
    .where("state", "in", from)
    .returning(["id", "broadcast_id"])
    .execute();
  return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Accounts by handle, in the order of the handles. */
export async function findPeople(
  db: Db,
  handles: readonly string[],
): Promise<{ id: string; handle: string; display_name: string }[]> {
  if (handles.length === 0) return [];
  const rows = await db
    .selectFrom("account")
    .select(["id", "handle", "display_name"])
    .where("handle", "in", handles)
    .where("disabled_at", "is", null)
    .execute();
  return rows.toSorted((a, b) => handles.indexOf(a.handle) - handles.indexOf(b.handle));
}
