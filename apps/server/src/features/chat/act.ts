/** What is done to messages: reactions, deleting, pinning, highlighting, reporting; and one's own colour. */
import type {
  ChatColorBody,
  ChatDeleteBody,
  ChatHighlightBody,
  ChatMessage,
  ChatPinBody,
  ChatReactBody,
  ChatReaction,
  ChatReportBody,
  ChatUnpinBody,
} from "@rostrum/contract/chat";
import { CHAT_LIMITS } from "@rostrum/contract/chat";
import { type ChatColor, defaultChatColor } from "@rostrum/contract/chat-colors";
import { isEmoji } from "@rostrum/contract/emoji";
import { outranks } from "@rostrum/contract/moderation";
import { can } from "@rostrum/contract/permissions";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import type { Caller } from "../../http/realtime-rules.ts";
import { AppError } from "../../lib/app-error.ts";
import { plainText } from "@rostrum/contract/plain-text";
import { tooMany } from "../../http/rate-limit.ts";
import { refused } from "../channels/service.ts";
import { log, requireNotBanned, tellLogged } from "../moderation/service.ts";
import { isExempt, type Place, requireOpen, requireWriter, seeChat } from "./access.ts";
import { chatDoor } from "./door.ts";
import { emoteNames } from "./emotes.ts";
import { tellChat, tellNow, tellStaff } from "./events.ts";
import { tellPinned } from "./pinned.ts";
import { presentAll, presentAllModerated } from "./present.ts";
import { findAuthor, findMessage, type MessageRow } from "./queries.ts";
import type { Desk } from "./send.ts";
import {
  countReactions,
  deletePin,
  deleteReaction,
  insertReaction,
  insertReport,
  listOwnReactions,
  setColor,
  setHighlight,
  setPin,
} from "./side-queries.ts";
import { sayInChat } from "./system.ts";
import { emoteName } from "./text.ts";

/** A message in its chat, and who acts on it. */
type Target = Readonly<{ row: MessageRow; place: Place; account: AccountViewer }>;

/** @throws {AppError} as for writing, beside slow mode; conflict when there are too many different ones */
export async function react(desk: Desk, caller: Caller, body: z.output<typeof ChatReactBody>): Promise<ChatReaction[]> {
  const { ctx, sidePace } = desk;
  const { row, place, account } = await requireTarget(ctx, caller, body.messageId);
  await requireTakesPart(ctx, { row, place, account });
  await requireEmote(ctx, place.row.channel_id, body.emote);
  const waitMs = isExempt(place.role) ? 0 : sidePace.take(account.accountId);
  if (waitMs > 0) throw tooMany(waitMs);
  const { db } = ctx.store;
  const known = (await countReactions(db, [row.id])).get(row.id) ?? [];
  const own = (await listOwnReactions(db, account.accountId, [row.id]))[row.id] ?? [];
  if (own.includes(body.emote)) return known;
  if (own.length >= CHAT_LIMITS.ownReactions) {
    throw new AppError("conflict", `You have reacted to this in ${own.length} ways; take one back first.`);
  }
  if (known.length >= CHAT_LIMITS.reactions && !known.some(({ emote }) => emote === body.emote)) {
    throw new AppError("conflict", "There are enough kinds of reactions to this message; choose one of them.");
  }
  await insertReaction(db, row.id, account.accountId, body.emote);
  return tellReactions(ctx, row);
}

/** @throws {AppError} unauthenticated, not_found */
export async function unreact(
  { ctx }: Desk,
  caller: Caller,
  { messageId, emote }: z.output<typeof ChatReactBody>,
): Promise<ChatReaction[]> {
  const { row, account } = await requireTarget(ctx, caller, messageId);
  const { db } = ctx.store;
  const isChanged = await deleteReaction(db, row.id, account.accountId, emote);
  return isChanged ? tellReactions(ctx, row) : ((await countReactions(db, [row.id])).get(row.id) ?? []);
}

/** One's own; moderators also those of people below them. Doing it twice is no mistake. @throws {AppError} forbidden, not_found */
export async function deleteMessage(
  { ctx }: Desk,
  caller: Caller,
  { messageId, reason }: z.output<typeof ChatDeleteBody>,
): Promise<{ id: string }> {
  const { row, place, account } = await requireTarget(ctx, caller, messageId);
  const isOwn = row.account_id === account.accountId;
  if (!isOwn) requireOver(row, place);
  if (row.state === "deleted") {
    // Who asks again may not have been told: the first time, the bus was away, or the process died.
    if (!isOwn) await tellChat(ctx.bus, row.broadcast_id, { type: "chat.deleted", ids: [row.id] });
    return { id: row.id };
  }
  const note = isOwn ? null : plainText(reason ?? "");
  const done = await ctx.store.db.transaction().execute(async (tx) => {
    const by = account.accountId;
    const move = { from: ["visible", "held"], to: "deleted", by, note } as const;
    const change = await chatDoor.moveMessages(ctx, tx, [row.id], move);
    if (isOwn || change.ids.length === 0) return { change, entry: null };
    const message = { id: row.id, text: row.text };
    const fact = {
      channelId: place.row.channel_id,
      broadcastId: row.broadcast_id,
      actorId: by,
      act: "delete",
    } as const;
    const details = { from: row.state };
    const entry = await log(ctx, { ...fact, accountId: row.account_id, message, text: note ?? "", details }, tx);
    return { change, entry };
  });
  await done.change.tell();
  if (done.entry !== null) await tellLogged(ctx, done.entry);
  return { id: row.id };
}

/** In the place of what was pinned before. @throws {AppError} forbidden, not_found */
export async function pin(
  desk: Desk,
  caller: Caller,
  { messageId }: z.output<typeof ChatPinBody>,
): Promise<ChatMessage> {
  const { ctx } = desk;
  const { row, account } = await requireModerated(ctx, caller, messageId);
  if (!(await setPin(ctx.store.db, row.broadcast_id, row.id, account.accountId))) throw notShown();
  await tellPinned(ctx, row.broadcast_id);
  const text = row.handle === null ? "A message was pinned." : `A message of @${row.handle} was pinned.`;
  await sayInChat(desk, { broadcastId: row.broadcast_id, about: "pinned", key: `pinned:${row.id}`, text });
  return presentOne(ctx, row);
}

/** Nothing happens when nothing is pinned. @throws {AppError} forbidden, not_found */
export async function unpin(
  { ctx }: Desk,
  caller: Caller,
  { broadcastId }: z.output<typeof ChatUnpinBody>,
): Promise<Record<string, never>> {
  requireWriter(caller.viewer);
  requireModerator(await seeChat(ctx, caller.viewer, broadcastId));
  if (await deletePin(ctx.store.db, broadcastId)) await tellPinned(ctx, broadcastId);
  return {};
}

/** @throws {AppError} forbidden, not_found */
export async function highlight(
  { ctx }: Desk,
  caller: Caller,
  { messageId, highlighted }: z.output<typeof ChatHighlightBody>,
): Promise<ChatMessage> {
  const { row } = await requireModerated(ctx, caller, messageId);
  if (!(await setHighlight(ctx.store.db, row.id, highlighted))) throw notShown();
  const message = await presentOne(ctx, { ...row, highlighted });
  await tellChat(ctx.bus, row.broadcast_id, { type: "chat.updated", message });
  return message;
}

/** Moderators hear of it; the author does not. Once for each account. @throws {AppError} not_found, conflict for one's own, rate_limited */
export async function report(
  { ctx, sidePace }: Desk,
  caller: Caller,
  { messageId, reason, note }: z.output<typeof ChatReportBody>,
): Promise<Record<string, never>> {
  const { row, account } = await requireTarget(ctx, caller, messageId);
  if (row.account_id === account.accountId) throw new AppError("conflict", "This is your own message: delete it.");
  const waitMs = sidePace.take(account.accountId);
  if (waitMs > 0) throw tooMany(waitMs);
  const words = note === undefined ? null : plainText(note);
  const values = { message_id: row.id, account_id: account.accountId, reason, note: words };
  if (!(await insertReport(ctx.store.db, values))) return {};
  const [message] = await presentAllModerated(ctx, [row]);
  if (message !== undefined) await tellStaff(ctx.bus, row.broadcast_id, { type: "chat.reported", message, reason });
  return {};
}

/** Of all that one says from now on and has said, for who reads it anew. @throws {AppError} unauthenticated */
export async function chooseColor(
  { ctx }: Desk,
  caller: Caller,
  { color }: z.output<typeof ChatColorBody>,
): Promise<{ color: ChatColor }> {
  const { accountId } = requireWriter(caller.viewer);
  await setColor(ctx.store.db, accountId, color);
  return { color: color ?? defaultChatColor(accountId) };
}

/** @throws {AppError} not_found, also for what only moderators see */
async function requireTarget(ctx: Context, caller: Caller, messageId: string): Promise<Target> {
  const account = requireWriter(caller.viewer);
  const row = await findMessage(ctx.store.db, messageId);
  if (row === undefined) throw unknownMessage();
  const place = await seeChat(ctx, caller.viewer, row.broadcast_id);
  const isSeen = row.state === "visible" || row.account_id === account.accountId || isExempt(place.role);
  if (!isSeen) throw unknownMessage();
  return { row, place, account };
}

async function requireModerated(ctx: Context, caller: Caller, messageId: string): Promise<Target> {
  const target = await requireTarget(ctx, caller, messageId);
  requireModerator(target.place);
  if (target.row.state !== "visible") throw notShown();
  return target;
}

function requireModerator({ role }: Place): void {
  if (!can(role, "chat.moderate")) throw refused(role, "chat.moderate");
}

function requireOver(row: MessageRow, place: Place): void {
  requireModerator(place);
  if (row.kind === "system" || outranks(place.role, row.role ?? "viewer")) return;
  throw new AppError("forbidden", "Only who stands above its author on this channel may delete this message.");
}

/** Who may not speak may not react either. */
async function requireTakesPart(ctx: Context, { row, place, account }: Target): Promise<void> {
  if (row.state !== "visible") throw new AppError("conflict", "This message is not shown.");
  const author = await findAuthor(ctx.store.db, account.accountId, row.broadcast_id);
  if (author === undefined) throw new AppError("unauthenticated", "Sign in to take part in the chat.");
  await requireOpen(ctx, place, author);
  await requireNotBanned(ctx, { channelId: place.row.channel_id, role: place.role, accountId: author.id });
}

async function requireEmote(ctx: Context, channelId: string, emote: string): Promise<void> {
  const name = emoteName(emote);
  if (name === null ? isEmoji(emote) : (await emoteNames(ctx, channelId)).has(name)) return;
  throw new AppError("invalid_input", "A reaction is one emoji, or :name: of one of this channel's emotes.");
}

async function tellReactions(ctx: Context, { id, broadcast_id }: MessageRow): Promise<ChatReaction[]> {
  return tellNow(
    async () => (await countReactions(ctx.store.db, [id])).get(id) ?? [],
    (reactions) => tellChat(ctx.bus, broadcast_id, { type: "chat.reactions", id, reactions }),
  );
}

async function presentOne(ctx: Context, row: MessageRow): Promise<ChatMessage> {
  const [message] = await presentAll(ctx, [row]);
  if (message === undefined) throw unknownMessage();
  return message;
}

function notShown(): AppError {
  return new AppError(
    "conflict",
    "This message is not shown; only messages that everybody sees can be pinned or highlighted.",
  );
}

function unknownMessage(): AppError {
  return new AppError("not_found", "There is no such message (any more).");
}
