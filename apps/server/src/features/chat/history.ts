/** What was said: page by page, by media time for recordings, and searched by moderators. */
import type {
  ChannelChatSearchQuery,
  ChatHistoryQuery,
  ChatMessage,
  ChatSearchQuery,
  ModeratedChatMessage,
} from "@rostrum/contract/chat";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer, Viewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { decodeCursor, encodeCursor } from "../../lib/cursor.ts";
import { requireRight } from "../broadcasts/service.ts";
import { requirePermission } from "../channels/service.ts";
import { seeChat } from "./access.ts";
import { presentAll, presentAllModerated } from "./present.ts";
import { listFrom, listInChannel, listMessages, type ListOptions, listReplay, type MessageRow } from "./queries.ts";

type Page<T> = { items: T[]; nextCursor: string | null };

/** Only what everybody sees. @throws {AppError} as for the chat; invalid_input for a range that ends before it begins */
export async function historyFor(
  ctx: Context,
  viewer: Viewer,
  broadcastId: string,
  query: z.output<typeof ChatHistoryQuery>,
): Promise<Page<ChatMessage>> {
  const { cursor, limit, fromMs, toMs, token } = query;
  await seeChat(ctx, viewer, broadcastId, token);
  if (fromMs !== undefined || toMs !== undefined) return replay(ctx, broadcastId, { ...query, fromMs: fromMs ?? 0 });
  const before = cursor === undefined ? query.before : String(decodeCursor(cursor, "s")[0]);
  const rows = await listMessages(ctx.store.db, broadcastId, { states: ["visible"], limit: limit + 1, before });
  return page(await presentAll(ctx, rows.slice(0, limit)), rows, limit, ({ id }) => [id]);
}

/** Newest first, with what is held and deleted. @throws {AppError} not_found, forbidden */
export async function searchFor(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
  query: z.output<typeof ChatSearchQuery>,
): Promise<Page<ModeratedChatMessage>> {
  await requireRight(ctx, viewer, broadcastId, "chat.moderate");
  const { around, limit } = query;
  if (around !== undefined) return contextOf(ctx, broadcastId, around, limit);
  const rows = await listMessages(ctx.store.db, broadcastId, searchOptions(query));
  return page(await presentAllModerated(ctx, rows.slice(0, limit)), rows, limit, ({ id }) => [id]);
}

/** As `searchFor`, in all chats of a channel. @throws {AppError} not_found, forbidden */
export async function searchChannel(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  query: z.output<typeof ChannelChatSearchQuery>,
): Promise<Page<ModeratedChatMessage>> {
  await requirePermission(ctx, viewer, channelId, "chat.moderate");
  const { limit } = query;
  const rows = await listInChannel(ctx.store.db, channelId, searchOptions(query));
  return page(await presentAllModerated(ctx, rows.slice(0, limit)), rows, limit, ({ id }) => [id]);
}

type Search = z.output<typeof ChannelChatSearchQuery>;

function searchOptions({ q, account, state, from, to, cursor, limit }: Search): ListOptions {
  return {
    states: state === undefined ? ALL_STATES : [state],
    limit: limit + 1,
    before: cursor === undefined ? undefined : String(decodeCursor(cursor, "s")[0]),
    handle: account,
    since: from === undefined ? undefined : new Date(from),
    until: to === undefined ? undefined : new Date(to),
    q: q === "" ? undefined : q,
  };
}

const ALL_STATES = ["visible", "held", "deleted"] as const;

/** What was said just before and after a message, and the message itself, in the middle. */
async function contextOf(
  ctx: Context,
  broadcastId: string,
  id: string,
  limit: number,
): Promise<Page<ModeratedChatMessage>> {
  const { db } = ctx.store;
  const later = await listFrom(db, broadcastId, id, Math.ceil(limit / 2));
  if (later[0]?.id !== id) throw new AppError("not_found", "There is no such message in this chat.");
  const earlier = { states: ALL_STATES, before: id, limit: Math.max(1, limit - later.length) };
  const rows = [...later.toReversed(), ...(await listMessages(db, broadcastId, earlier))];
  return { items: await presentAllModerated(ctx, rows), nextCursor: null };
}

async function replay(
  ctx: Context,
  broadcastId: string,
  {
    cursor,
    limit,
    fromMs,
    toMs,
  }: { cursor?: string | undefined; limit: number; fromMs: number; toMs?: number | undefined },
): Promise<Page<ChatMessage>> {
  if (toMs !== undefined && toMs < fromMs) throw new AppError("invalid_input", "toMs lies before fromMs.");
  const [ms, id] = cursor === undefined ? [] : decodeCursor(cursor, "ns");
  const after = ms === undefined ? undefined : { ms: Number(ms), id: String(id) };
  const rows = await listReplay(ctx.store.db, broadcastId, { fromMs, toMs, after, limit: limit + 1 });
  const items = await presentAll(ctx, rows.slice(0, limit));
  return page(items, rows, limit, (row) => [row.media_time_ms ?? 0, row.id]);
}

function page<T>(
  items: T[],
  rows: readonly MessageRow[],
  limit: number,
  key: (row: MessageRow) => readonly (string | number)[],
): Page<T> {
  const last = rows[limit - 1];
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(key(last)) : null };
}
