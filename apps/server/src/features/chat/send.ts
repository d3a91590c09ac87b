/** Sending a message: looked at, stored, told to everybody, acknowledged, in this order. */
import { CHAT_LIMITS, type ChatMessage, type ChatSendBody } from "@rostrum/contract/chat";
import { can } from "@rostrum/contract/permissions";
import type { Context } from "../../context.ts";
import type { Caller } from "../../http/realtime-rules.ts";
import { AppError } from "../../lib/app-error.ts";
import { systemClock } from "../../lib/clock.ts";
import { lengthOf, plainText } from "@rostrum/contract/plain-text";
import { errorCode } from "../../store/store-error.ts";
import { refused } from "../channels/service.ts";
import { requireNotBanned, screen } from "../moderation/service.ts";
import { errorOf, isExempt, pauseOf, type Place, requireOpen, requireWriter, seeChat } from "./access.ts";
import { emoteNames } from "./emotes.ts";
import { tellChat, tellStaff } from "./events.ts";
import { mediaTimeOf } from "./media-time.ts";
import { IdClock, Pace, RecentIds } from "./pace.ts";
import { nameOf, presentAll, presentMessage, presentModerated } from "./present.ts";
import {
  type AuthorRow,
  findAuthor,
  findMessage,
  findPeople,
  findSent,
  listMessages,
  type MessageRow,
  type NewMessage,
  storeMessage,
} from "./queries.ts";
import { hasLink, isOnlyEmotes, mentionedHandles } from "./text.ts";

/** What sending needs beside the store: one of each per process. */
export type Desk = Readonly<{
  ctx: Context;
  pace: Pace;
  /** Of reactions and reports. */
  sidePace: Pace;
  ids: IdClock;
  /** What this process has told, or is about to tell. */
  told: RecentIds;
  /** What is being sent, by account and send id: sent twice at once, it is looked at once. */
  underWay: Map<string, Promise<ChatMessage>>;
}>;

/** The caller makes one for the process. */
export function createDesk(ctx: Context): Desk {
  const now = (): number => systemClock.monotonicMs();
  return {
    ctx,
    pace: new Pace({ burst: 10, perSec: 1, maxKeys: 10_000, now }),
    sidePace: new Pace({ burst: 20, perSec: 2, maxKeys: 10_000, now }),
    ids: new IdClock(),
    told: new RecentIds(),
    underWay: new Map(),
  };
}

/** What was stored but not told, because a process died between both, is told by whom it is sent again to, if that is soon. */
const TELL_AGAIN_MS = 60_000;

/** Of what an account said here before, moderation looks at no more. */
const MOST_RECENT = 30;

/**
 * Once for each account and `sendId`: the same one again gives the same message. Resolves when it is stored.
 * @throws {AppError} unauthenticated, forbidden, not_found, conflict, invalid_input; rate_limited with `details.retryAfterSec`
 */
export async function sendMessage(
  desk: Desk,
  caller: Caller,
  body: ChatSendBody,
  sendId: string,
): Promise<ChatMessage> {
  const { accountId } = requireWriter(caller.viewer);
  const key = `${accountId} ${sendId}`;
  const running = desk.underWay.get(key) ?? sendOnce(desk, caller, { accountId, body, sendId });
  desk.underWay.set(key, running);
  try {
    return await running;
  } finally {
    desk.underWay.delete(key);
  }
}

type Sending = Readonly<{ accountId: string; body: ChatSendBody; sendId: string }>;

async function sendOnce(desk: Desk, caller: Caller, sending: Sending): Promise<ChatMessage> {
  const { accountId, body, sendId } = sending;
  const { db } = desk.ctx.store;
  const author = await findAuthor(db, accountId, body.broadcastId, sendId);
  if (author === undefined) throw new AppError("unauthenticated", "Sign in to take part in the chat.");
  const known = author.sent_id === null ? undefined : await findMessage(db, author.sent_id);
  if (known !== undefined) return again(desk, known);
  const place = await seeChat(desk.ctx, caller.viewer, body.broadcastId);
  await requireOpen(desk.ctx, place, author);
  // Before it counts as said: who sends it again as no answer does not repeat it.
  const reply = body.replyTo === undefined ? undefined : await requireReply(desk.ctx, place.row.id, body.replyTo);
  try {
    const said = await judge(desk, caller, { place, author, body });
    return await store(desk, { place, author, body, reply, said, sendId });
  } catch (error) {
    // Too much, because another process has just stored this very message?
    const same =
      error instanceof AppError && error.code === "rate_limited" ? await findSent(db, accountId, sendId) : null;
    if (same) return presentMessage(same);
    throw error;
  }
}

async function again(desk: Desk, row: MessageRow): Promise<ChatMessage> {
  const isNew = Date.now() - row.at.getTime() < TELL_AGAIN_MS;
  // Another process may have told it, and people may have reacted to it.
  const [message = presentMessage(row)] = await presentAll(desk.ctx, [row]);
  if (isNew && row.state !== "deleted" && !desk.told.has(row.id)) await tell(desk, row, message);
  return message;
}

type Draft = Readonly<{ place: Place; author: AuthorRow; body: ChatSendBody }>;
type Said = Readonly<{ text: string; state: "visible" | "held"; note: string | null }>;

async function judge({ ctx, pace }: Desk, caller: Caller, { place, author, body }: Draft): Promise<Said> {
  const { row, role } = place;
  if (body.announcement === true && !can(role, "chat.moderate")) throw refused(role, "chat.moderate");
  const text = readText(body.text);
  if (isExempt(role)) {
    await requireNotBanned(ctx, { channelId: row.channel_id, role, accountId: author.id });
    return { text, state: "visible", note: null };
  }
  const pause = pauseOf(place, author.last_at, new Date());
  if (pause !== null) throw errorOf(pause);
  await requireAllowedText(ctx, place, text);
  const waitMs = pace.take(author.id);
  if (waitMs > 0) throw tooFast(waitMs);
  const recent = async (since: Date) =>
    listMessages(ctx.store.db, row.id, {
      ...{ states: ["visible", "held", "deleted"], limit: MOST_RECENT, accountId: author.id, since },
    });
  const facts = { row, role, accountId: author.id, address: caller.address, text, now: new Date(), recent };
  const verdict = await screen(ctx, facts);
  if (verdict.verdict === "refuse") {
    const { code, message, details } = verdict;
    throw new AppError(code, message, details === undefined ? {} : { details: { ...details } });
  }
  if (verdict.verdict === "hold") return { text: verdict.text, state: "held", note: verdict.reason };
  const isHeld = place.settings.links === "hold" && hasLink(text);
  return isHeld
    ? { text: verdict.text, state: "held", note: "It has a link." }
    : { text: verdict.text, state: "visible", note: null };
}

/** Longer ones are not even cleaned. A character may have two units, and carry marks that are taken away. */
const MOST_RAW = CHAT_LIMITS.textChars * 8;

function readText(raw: string): string {
  if (raw.length > MOST_RAW) throw tooLong(lengthOf(raw));
  const text = plainText(raw);
  if (text === "") throw new AppError("invalid_input", "There is nothing to be seen in this message; write something.");
  const chars = lengthOf(text);
  if (chars <= CHAT_LIMITS.textChars) return text;
  throw tooLong(chars);
}

function tooLong(chars: number): AppError {
  const words = `A message has at most ${CHAT_LIMITS.textChars} characters; this one has ${chars}.`;
  return new AppError("invalid_input", words);
}

async function requireAllowedText(ctx: Context, { row, settings }: Place, text: string): Promise<void> {
  if (settings.mode === "emotes" && !isOnlyEmotes(text, await emoteNames(ctx, row.channel_id))) {
    throw new AppError("forbidden", "Only emoji and this channel's emotes may be sent now.");
  }
  if (settings.links === "moderators" && hasLink(text)) {
    throw new AppError("forbidden", "Only moderators may send links here; leave the link out.");
  }
}

async function store(
  desk: Desk,
  {
    place,
    author,
    body,
    reply,
    said,
    sendId,
  }: Draft & Readonly<{ reply: MessageRow | undefined; said: Said; sendId: string }>,
): Promise<ChatMessage> {
  const { ctx, ids } = desk;
  const { db } = ctx.store;
  const { row, role, settings } = place;
  const people = await findPeople(db, mentionedHandles(said.text, CHAT_LIMITS.mentions));
  const mentions = people.map(({ id, handle, display_name: name }) => ({
    id,
    handle,
    displayName: nameOf(name, handle),
  }));
  const at = new Date();
  const media_time_ms = await mediaTimeOf(ctx, row, at, body.mediaTimeMs);
  // The id last: from here on nothing comes between two messages of this process.
  const values: NewMessage & { account_id: string } = {
    ...{ id: ids.next(at.getTime()), broadcast_id: row.id, account_id: author.id, send_id: sendId, role, at, mentions },
    ...{ kind: body.announcement === true ? "announcement" : "message", about: null, reply_to: reply?.id ?? null },
    ...{ ...said, media_time_ms },
  };
  const stored = await tryToStore(ctx, values, isExempt(role) ? 0 : settings.slowModeSec * 1000);
  if (!stored) return afterTheOther(ctx, { place, author, sendId });
  const kept = messageRow(values, author, reply);
  const message = presentMessage(kept);
  await tell(desk, kept, message);
  return message;
}

/** False: another message of this account came first. @throws {AppError} not_found when the broadcast was deleted meanwhile */
async function tryToStore(ctx: Context, values: Parameters<typeof storeMessage>[1], pauseMs: number): Promise<boolean> {
  try {
    return await storeMessage(ctx.store.db, values, pauseMs);
  } catch (error) {
    if (errorCode(error) !== "23503") throw error;
    throw new AppError("not_found", "This show, or the message that was answered, was deleted meanwhile.", {
      cause: error,
    });
  }
}

/** It was this very message, or one that begins the pause of slow mode anew. */
async function afterTheOther(
  ctx: Context,
  { place, author, sendId }: Readonly<{ place: Place; author: AuthorRow; sendId: string }>,
): Promise<ChatMessage> {
  const same = await findSent(ctx.store.db, author.id, sendId);
  if (same !== undefined) return presentMessage(same);
  const now = await findAuthor(ctx.store.db, author.id, place.row.id);
  const pause = pauseOf(place, now?.last_at ?? null, new Date());
  throw pause === null ? tooFast(1000) : errorOf(pause);
}

async function requireReply(ctx: Context, broadcastId: string, id: string): Promise<MessageRow> {
  const found = await findMessage(ctx.store.db, id);
  if (found?.broadcast_id === broadcastId && found.state === "visible") return found;
  throw new AppError("not_found", "The message that you answer is not there any more.");
}

function messageRow(values: NewMessage, author: AuthorRow, reply: MessageRow | undefined): MessageRow {
  return {
    ...values,
    ...{ highlighted: false, removed_by: null, removed_at: null },
    ...{ handle: author.handle, display_name: author.display_name, color: author.color },
    ...{ reply_account_id: reply?.account_id ?? null, reply_handle: reply?.handle ?? null },
    ...{ reply_name: reply?.display_name ?? null, reply_text: reply?.text ?? null, reply_state: reply?.state ?? null },
  };
}

async function tell({ ctx, told }: Desk, row: MessageRow, message: ChatMessage): Promise<void> {
  const { id, broadcast_id: broadcastId } = row;
  told.add(id);
  try {
    if (row.state === "held")
      await tellStaff(ctx.bus, broadcastId, { type: "chat.held", message: presentModerated(row) });
    else await tellChat(ctx.bus, broadcastId, { type: "chat.message", message });
  } catch (error) {
    told.delete(id);
    throw error;
  }
}

function tooFast(waitMs: number): AppError {
  const retryAfterSec = Math.max(1, Math.ceil(waitMs / 1000));
  const message = `That was a lot at once. Wait ${retryAfterSec} s.`;
  return new AppError("rate_limited", message, { details: { retryAfterSec } });
}
