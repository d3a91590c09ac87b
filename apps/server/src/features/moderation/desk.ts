/** Who moderates what: rights and ranks, the same for every action and route. */
import { mayOverrule, outranks } from "@rostrum/contract/moderation";
import type { LogEntry } from "@rostrum/contract/moderation";
import { can, type ChannelRole, type Permission } from "@rostrum/contract/permissions";
import type { Context } from "../../context.ts";
import { type AccountViewer, hasScope, type Viewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { errorCode } from "../../store/store-error.ts";
import { requireRight } from "../broadcasts/service.ts";
import { refused, requirePermission } from "../channels/service.ts";
import type { ChatDoor, ModeratedMessage } from "./chat-door.ts";
import { presentEntry } from "./present.ts";
import { channelOfBroadcast, findEntry, findPerson, findSent, roleOf } from "./queries.ts";

/** What moderating needs. `now` is turned by tests. */
export type Desk = Readonly<{ ctx: Context; chat: ChatDoor; now: () => Date }>;

/** Somebody who may moderate, and where. */
export type Moderator = Readonly<{ id: string; role: ChannelRole; channelId: string; broadcastId: string | null }>;

type PlaceBody = Readonly<{ broadcastId?: string | undefined; channelId?: string | undefined }>;

/** @throws {AppError} unauthenticated; forbidden for an API token without the scope "broadcasts" */
export function requirePerson(viewer: Viewer): AccountViewer {
  if (viewer.kind === "anonymous") throw new AppError("unauthenticated", "Sign in first.");
  if (hasScope(viewer, "broadcasts")) return viewer;
  throw new AppError("forbidden", 'This API token does not have the scope "broadcasts".');
}

/** @throws {AppError} unauthenticated, forbidden, not_found */
export async function requireModerator(
  ctx: Context,
  viewer: Viewer,
  { broadcastId, channelId }: PlaceBody,
  permission: Permission = "chat.moderate",
): Promise<Moderator> {
  const { accountId: id } = requirePerson(viewer);
  if (broadcastId !== undefined) {
    const { row, role } = await requireRight(ctx, viewer, broadcastId, permission);
    return { id, role, channelId: row.channel_id, broadcastId };
  }
  const role = await requirePermission(ctx, viewer, channelId ?? "", permission);
  return { id, role, channelId: channelId ?? "", broadcastId: null };
}

/** @throws {AppError} forbidden */
export function requireAlso({ role }: Moderator, permission: Permission): void {
  if (!can(role, permission)) throw refused(role, permission);
}

/** @throws {AppError} not_found; conflict for oneself; forbidden for somebody who stands as high or higher */
export async function requireBelow(ctx: Context, moderator: Moderator, accountId: string): Promise<void> {
  if ((await findPerson(ctx.store.db, accountId)) === undefined) {
    throw new AppError("not_found", "There is no such account (any more).");
  }
  if (accountId === moderator.id) throw new AppError("conflict", "You cannot do this to yourself.");
  const role = await roleOf(ctx.store.db, moderator.channelId, accountId);
  if (outranks(moderator.role, role)) return;
  throw new AppError("forbidden", `Somebody with the role "${role}" is not below you on this channel.`);
}

/** What somebody above has decided stays. @param by who decided it; null: the server @throws {AppError} forbidden */
export async function requireOverrule(ctx: Context, moderator: Moderator, by: string | null): Promise<void> {
  if (by === null || by === moderator.id) return;
  const role = await roleOf(ctx.store.db, moderator.channelId, by);
  if (mayOverrule(moderator.role, role)) return;
  throw new AppError("forbidden", "This was decided by somebody above you on this channel; ask them.");
}

/** The message that an action is about. @throws {AppError} not_found when it is not on this channel, or not of this account */
export async function requireMessage(
  { ctx, chat }: Desk,
  moderator: Moderator,
  messageId: string,
  accountId?: string,
): Promise<ModeratedMessage> {
  const message = await chat.message(ctx, messageId);
  const isHere =
    message !== null &&
    (moderator.broadcastId === null || moderator.broadcastId === message.broadcastId) &&
    (await channelOfBroadcast(ctx.store.db, message.broadcastId)) === moderator.channelId &&
    (accountId === undefined || accountId === message.accountId);
  if (message === null || !isHere) throw new AppError("not_found", "There is no such message here.");
  return message;
}

/** Carries out what an account sends once: the same `sendId` again gives the same entry. @param run gives the new entry's id */
export async function once(
  ctx: Context,
  accountId: string,
  sendId: string,
  run: () => Promise<string>,
): Promise<LogEntry> {
  const { db } = ctx.store;
  const known = await findSent(db, accountId, sendId);
  if (known !== undefined) return presentEntry(known);
  try {
    const entry = await findEntry(db, await run());
    if (entry !== undefined) return presentEntry(entry);
  } catch (error) {
    if (errorCode(error) !== "23505") throw error;
    // The same came twice at once, and the other one was first.
    const same = await findSent(db, accountId, sendId);
    if (same === undefined) throw error;
    return presentEntry(same);
  }
  throw new AppError("not_found", "The channel was deleted meanwhile.");
}
