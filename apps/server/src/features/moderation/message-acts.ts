/** Warnings, notes, and what becomes of held and reported messages. */
import type { DecideBody, LogEntry, NoteBody, WarnBody } from "@rostrum/contract/moderation";
import type { z } from "zod";
import type { Caller } from "../../http/realtime-rules.ts";
import { AppError } from "../../lib/app-error.ts";
import { plainText } from "@rostrum/contract/plain-text";
import { tellUser } from "./ban-acts.ts";
import { type Desk, once, requireBelow, requireMessage, requireModerator } from "./desk.ts";
import { log, tellLogged } from "./log.ts";
import { findChannelNames } from "./queries.ts";

type About = z.output<typeof WarnBody> | z.output<typeof NoteBody>;

/** The account reads it. @throws {AppError} unauthenticated, forbidden, not_found, conflict, invalid_input */
export async function warn(desk: Desk, caller: Caller, body: About, sendId: string): Promise<LogEntry> {
  const { ctx } = desk;
  const moderator = await requireModerator(ctx, caller.viewer, body);
  return once(ctx, moderator.id, sendId, async () => {
    const entry = await remark(desk, caller, "warn", body, sendId);
    const channel = await findChannelNames(ctx.store.db, moderator.channelId);
    if (channel !== undefined) {
      const warning = { id: entry, channel, text: plainText(body.text), at: desk.now().toISOString() };
      await tellUser(ctx, body.accountId, { type: "user.warned", warning });
    }
    return entry;
  });
}

/** Only moderators read it. @throws {AppError} as `warn` */
export async function note(desk: Desk, caller: Caller, body: About, sendId: string): Promise<LogEntry> {
  const moderator = await requireModerator(desk.ctx, caller.viewer, body);
  return once(desk.ctx, moderator.id, sendId, () => remark(desk, caller, "note", body, sendId));
}

/** Shows a held message, with its original time. @throws {AppError} unauthenticated, forbidden, not_found; conflict when it is not held */
export async function approve(
  desk: Desk,
  caller: Caller,
  body: z.output<typeof DecideBody>,
  sendId: string,
): Promise<LogEntry> {
  return decideHeld(desk, caller, body, { act: "approve", sendId });
}

/** A held message is never shown. @throws {AppError} as `approve` */
export async function dismiss(
  desk: Desk,
  caller: Caller,
  body: z.output<typeof DecideBody>,
  sendId: string,
): Promise<LogEntry> {
  return decideHeld(desk, caller, body, { act: "dismiss", sendId });
}

/** A reported message stays as it is: for all moderators, until it is reported anew. @throws {AppError} as `approve`; conflict when it is not reported */
export async function keep(
  desk: Desk,
  caller: Caller,
  { broadcastId, messageId, reason }: z.output<typeof DecideBody>,
  sendId: string,
): Promise<LogEntry> {
  const { ctx, chat } = desk;
  const moderator = await requireModerator(ctx, caller.viewer, { broadcastId });
  return once(ctx, moderator.id, sendId, async () => {
    const message = await requireMessage(desk, moderator, messageId);
    const done = await ctx.store.db.transaction().execute(async (tx) => {
      const change = await chat.settleReports(ctx, tx, message);
      if (change.ids.length === 0) throw new AppError("conflict", "This message is not reported (any more).");
      const where = { channelId: moderator.channelId, broadcastId, actorId: moderator.id, sendId, at: desk.now() };
      const what = { act: "keep", accountId: message.accountId, message, text: plainText(reason) } as const;
      return { change, entry: await log(ctx, { ...where, ...what }, tx) };
    });
    await done.change.tell();
    await tellLogged(ctx, done.entry);
    return done.entry;
  });
}

async function remark(desk: Desk, caller: Caller, act: "warn" | "note", body: About, sendId: string): Promise<string> {
  const { ctx } = desk;
  const moderator = await requireModerator(ctx, caller.viewer, body);
  const { accountId, messageId } = body;
  await requireBelow(ctx, moderator, accountId);
  const message = messageId === undefined ? null : await requireMessage(desk, moderator, messageId, accountId);
  const text = plainText(body.text);
  if (text === "") throw new AppError("invalid_input", "There is nothing to be seen in this text; write something.");
  const { id: actorId, channelId, broadcastId } = moderator;
  const entry = await log(ctx, {
    ...{ channelId, broadcastId, actorId, act, accountId, message, text, sendId, at: desk.now() },
  });
  await tellLogged(ctx, entry);
  return entry;
}

async function decideHeld(
  desk: Desk,
  caller: Caller,
  body: z.output<typeof DecideBody>,
  { act, sendId }: Readonly<{ act: "approve" | "dismiss"; sendId: string }>,
): Promise<LogEntry> {
  const { ctx, chat } = desk;
  const moderator = await requireModerator(ctx, caller.viewer, { broadcastId: body.broadcastId });
  return once(ctx, moderator.id, sendId, async () => {
    const message = await requireMessage(desk, moderator, body.messageId);
    if (act === "dismiss" && message.accountId !== null) await requireBelow(ctx, moderator, message.accountId);
    const text = plainText(body.reason);
    const to = act === "approve" ? "visible" : "deleted";
    const done = await ctx.store.db.transaction().execute(async (tx) => {
      const move = { from: ["held"], to, by: moderator.id, note: text } as const;
      const change = await chat.moveMessages(ctx, tx, [message.id], move);
      if (change.ids.length === 0) throw new AppError("conflict", "This message is not held (any more).");
      const { id: actorId, channelId, broadcastId } = moderator;
      const where = { channelId, broadcastId, actorId, sendId, at: desk.now() };
      const entry = await log(ctx, { ...where, act, accountId: message.accountId, message, text }, tx);
      return { change, entry };
    });
    await done.change.tell();
    await tellLogged(ctx, done.entry);
    return done.entry;
  });
}
