/** Time-outs and bans: deciding them, taking them back. */
import type {
  BanBody,
  BanKind,
  BanScope,
  LogEntry,
  ModerationEvent,
  TimeoutBody,
  UnbanBody,
  UserModerationEvent,
} from "@rostrum/contract/moderation";
import { mayOverrule } from "@rostrum/contract/moderation";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { Caller } from "../../http/realtime-rules.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { plainText } from "@rostrum/contract/plain-text";
import { publishToClients } from "../../ports/bus-events.ts";
import { findAppealOfBan } from "./appeal-queries.ts";
import type { ModeratedMessage } from "./chat-door.ts";
import {
  type Desk,
  type Moderator,
  once,
  requireAlso,
  requireBelow,
  requireMessage,
  requireModerator,
  requireOverrule,
} from "./desk.ts";
import { log, tellLogged, tellModerators } from "./log.ts";
import { isActive, presentAppeal, presentOwnBan } from "./present.ts";
import {
  type BanRow,
  channelsOfOwner,
  findBan,
  insertBan,
  liftBan,
  listSame,
  openBroadcastOf,
  ownerOfChannel,
  roleOf,
} from "./queries.ts";

type About = Readonly<{
  accountId: string;
  messageId?: string | undefined;
  reason: string;
  removeLastMin: number;
}>;
type Decision = Readonly<{ kind: BanKind; scope: BanScope; until: Date | null }>;

/** @throws {AppError} unauthenticated, forbidden, not_found, conflict */
export async function timeOut(
  desk: Desk,
  caller: Caller,
  body: z.output<typeof TimeoutBody>,
  sendId: string,
): Promise<LogEntry> {
  const moderator = await requireModerator(desk.ctx, caller.viewer, body);
  const until = new Date(desk.now().getTime() + body.seconds * 1000);
  const decision: Decision = { kind: "timeout", scope: "channel", until };
  return once(desk.ctx, moderator.id, sendId, () => decide(desk, moderator, body, decision, sendId));
}

/** @throws {AppError} unauthenticated, forbidden, not_found, conflict; invalid_input when `until` is over */
export async function ban(
  desk: Desk,
  caller: Caller,
  body: z.output<typeof BanBody>,
  sendId: string,
): Promise<LogEntry> {
  const moderator = await requireModerator(desk.ctx, caller.viewer, body);
  if (body.scope === "owner") requireAlso(moderator, "bans.shared");
  const until = body.until === null ? null : new Date(body.until);
  return once(desk.ctx, moderator.id, sendId, async () => {
    if (until !== null && until <= desk.now()) {
      throw new AppError("invalid_input", '"until" is over already; name a time to come, or null for ever.');
    }
    return decide(desk, moderator, body, { kind: "ban", scope: body.scope, until }, sendId);
  });
}

/** Takes back a ban or a time-out. @throws {AppError} unauthenticated, forbidden, not_found; conflict when it is over */
export async function unban(
  desk: Desk,
  caller: Caller,
  body: z.output<typeof UnbanBody>,
  sendId: string,
): Promise<LogEntry> {
  const { ctx } = desk;
  const moderator = await requireModerator(ctx, caller.viewer, body);
  return once(ctx, moderator.id, sendId, async () => {
    const row = await requireBan(ctx, moderator, body.banId);
    await requireLiftable(ctx, moderator, row);
    if (!isActive(row, desk.now())) throw new AppError("conflict", "This ban is over already.");
    const entry = await ctx.store.db.transaction().execute(async (tx) => {
      if (!(await liftBan(tx, row.id, desk.now()))) throw new AppError("conflict", "This ban is over already.");
      const fact = { channelId: moderator.channelId, broadcastId: moderator.broadcastId, actorId: moderator.id };
      const what = { act: "unban", accountId: row.account_id, banId: row.id, text: plainText(body.reason) } as const;
      return log(ctx, { ...fact, ...what, sendId, at: desk.now() }, tx);
    });
    await tellUnbanned(desk, row.account_id, row.id);
    await tellLogged(ctx, entry);
    return entry;
  });
}

/** One that counts on this channel. @throws {AppError} not_found */
export async function requireBan(ctx: Context, { channelId }: Moderator, banId: string): Promise<BanRow> {
  const row = await findBan(ctx.store.db, banId);
  const isHere =
    row !== undefined &&
    (row.scope === "channel"
      ? row.channel_id === channelId
      : row.owner_id === (await ownerOfChannel(ctx.store.db, channelId)));
  if (row === undefined || !isHere) throw new AppError("not_found", "There is no such ban on this channel.");
  return row;
}

/** @throws {AppError} forbidden: it is for all channels of the owner, or was decided by somebody above */
export async function requireLiftable(ctx: Context, moderator: Moderator, row: BanRow): Promise<void> {
  if (row.scope === "owner") requireAlso(moderator, "bans.shared");
  await requireOverrule(ctx, moderator, row.created_by);
}

/** Tells every page of the account. */
export async function tellUser(ctx: Context, accountId: string, event: UserModerationEvent): Promise<void> {
  await publishToClients(ctx.bus, `user:${accountId}`, event);
}

/** Tells the account of a ban that counts (again), and moderators of an appeal against it. */
export async function tellBanned(desk: Desk, banId: string): Promise<void> {
  const { ctx, now } = desk;
  const row = await findBan(ctx.store.db, banId);
  if (row === undefined || !isActive(row, now())) return;
  await tellUser(ctx, row.account_id, { type: "user.banned", ban: presentOwnBan(row, now()) });
  await tellAppeal(desk, row, "moderation.answered");
}

/** Tells the account of a ban that does not count any more, and moderators that no appeal waits for an answer. */
export async function tellUnbanned(desk: Desk, accountId: string, banId: string): Promise<void> {
  await tellUser(desk.ctx, accountId, { type: "user.unbanned", banId });
  const row = await findBan(desk.ctx.store.db, banId);
  if (row !== undefined) await tellAppeal(desk, row, "moderation.answered");
}

/** Tells moderators wherever the ban counts, if there is an appeal. */
export async function tellAppeal(
  { ctx, now }: Desk,
  { id, scope, channel_id, owner_id }: BanRow,
  type: Exclude<ModerationEvent["type"], "moderation.logged">,
): Promise<void> {
  const { db } = ctx.store;
  const appeal = await findAppealOfBan(db, id);
  if (appeal === undefined) return;
  const isShared = scope === "owner" && owner_id !== null;
  const channels = isShared ? await channelsOfOwner(db, owner_id) : [channel_id];
  for (const channelId of channels) {
    if (channelId !== null) await tellModerators(ctx, channelId, { type, appeal: presentAppeal(appeal, now()) });
  }
}

/** @returns the entry's id */
async function decide(
  desk: Desk,
  moderator: Moderator,
  about: About,
  decision: Decision,
  sendId: string,
): Promise<string> {
  const { ctx, chat } = desk;
  await requireBelow(ctx, moderator, about.accountId);
  const { messageId, accountId } = about;
  const message = messageId === undefined ? null : await requireMessage(desk, moderator, messageId, accountId);
  const remove = await messagesToRemove(desk, moderator, about);
  const replaced = await replaceable(desk, moderator, accountId, decision);
  const reason = plainText(about.reason);
  const at = desk.now();
  const id = newId();
  const row = await banRow(desk, moderator, decision);
  const done = await ctx.store.db.transaction().execute(async (tx) => {
    for (const former of replaced) await liftBan(tx, former, at);
    await insertBan(tx, { id, ...row, account_id: accountId, reason });
    const move = { from: ["visible", "held"], to: "deleted", by: moderator.id, note: reason } as const;
    const change = await chat.moveMessages(
      ctx,
      tx,
      remove.map((one) => one.id),
      move,
    );
    const removed = remove.filter((one) => change.ids.includes(one.id));
    const entry = await log(
      ctx,
      {
        ...{ channelId: moderator.channelId, broadcastId: moderator.broadcastId, actorId: moderator.id, sendId, at },
        ...{ act: decision.kind, accountId, message, banId: id, text: reason },
        details: {
          ...{ scope: decision.scope, until: decision.until?.toISOString() ?? null, replaced },
          removed: idsIn(removed, "visible"),
          removedHeld: idsIn(removed, "held"),
        },
      },
      tx,
    );
    return { change, entry };
  });
  await done.change.tell();
  for (const former of replaced) await tellUnbanned(desk, accountId, former);
  await tellBanned(desk, id);
  await tellLogged(ctx, done.entry);
  return done.entry;
}

async function banRow({ ctx, now }: Desk, { id, channelId }: Moderator, { kind, scope, until }: Decision) {
  const owner_id = scope === "owner" ? await ownerOfChannel(ctx.store.db, channelId) : null;
  return { channel_id: channelId, owner_id, scope, kind, until, created_by: id, created_at: now(), lifted_at: null };
}

/** Of the same kind, unless somebody above has decided it: that stays beside the new one. */
async function replaceable(
  { ctx, now }: Desk,
  { channelId, role, id }: Moderator,
  accountId: string,
  { scope, kind }: Decision,
): Promise<string[]> {
  const replaced: string[] = [];
  for (const former of await listSame(ctx.store.db, { channelId, accountId, scope, kind }, now())) {
    const by = former.created_by;
    const isOwn = by === null || by === id;
    if (isOwn || mayOverrule(role, await roleOf(ctx.store.db, channelId, by))) replaced.push(former.id);
  }
  return replaced;
}

async function messagesToRemove(
  { ctx, chat, now }: Desk,
  { broadcastId, channelId }: Moderator,
  { accountId, removeLastMin }: About,
): Promise<readonly ModeratedMessage[]> {
  if (removeLastMin === 0) return [];
  const where = broadcastId ?? (await openBroadcastOf(ctx.store.db, channelId));
  if (where === null) return [];
  return chat.messagesOf(ctx, where, accountId, new Date(now().getTime() - removeLastMin * 60_000));
}

function idsIn(messages: readonly ModeratedMessage[], state: "visible" | "held"): string[] {
  return messages.filter((one) => one.state === state).map((one) => one.id);
}
