/** Who works on a channel. Only the owner appoints and dismisses admins; everybody may leave. */
import type { ChannelMember } from "@rostrum/contract/channels";
import type { UserModerationEvent } from "@rostrum/contract/moderation";
import type { ChannelRole, MemberRole } from "@rostrum/contract/permissions";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { publishAccountChange, publishToClients } from "../../ports/bus-events.ts";
import { actorOf, audit } from "../audit/service.ts";
import { member } from "./present.ts";
import {
  deleteMember,
  findAccountByHandle,
  findRole,
  insertMember,
  listMembers as listMemberRows,
  updateMemberRole,
} from "./queries.ts";
import { requirePermission } from "./service.ts";

/** @throws {AppError} not_found, forbidden */
export async function listMembers(ctx: Context, viewer: AccountViewer, channelId: string): Promise<ChannelMember[]> {
  await requirePermission(ctx, viewer, channelId, "members.read");
  return (await listMemberRows(ctx.store.db, channelId)).map(member);
}

/** @throws {AppError} not_found for an unknown account; conflict when it is a member already; forbidden */
export async function addMember(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  wanted: { handle: string; role: MemberRole },
): Promise<ChannelMember> {
  const own = await requirePermission(ctx, viewer, channelId, "members.update");
  requireOwnerForAdmins(own, wanted.role);
  const { db } = ctx.store;
  const account = await findAccountByHandle(db, wanted.handle);
  if (account === undefined) throw new AppError("not_found", `There is no account @${wanted.handle}.`);
  const row = { channel_id: channelId, account_id: account.id, role: wanted.role };
  await db.transaction().execute(async (tx) => {
    if (!(await insertMember(tx, row))) throw new AppError("conflict", `@${wanted.handle} is a member already.`);
    const details = { handle: wanted.handle, role: wanted.role };
    await audit(ctx, actorOf(viewer), { action: "member.add", channelId, target: account.id, details }, tx);
  });
  await tellOfRole(ctx, channelId, account.id);
  return requireMember(ctx, channelId, account.id);
}

/** @throws {AppError} not_found, forbidden; conflict for the owner, whose role does not change this way */
export async function changeMember(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  accountId: string,
  role: MemberRole,
): Promise<ChannelMember> {
  const own = await requirePermission(ctx, viewer, channelId, "members.update");
  const before = await formerRole(ctx, channelId, accountId);
  requireOwnerForAdmins(own, role, before);
  await ctx.store.db.transaction().execute(async (tx) => {
    if (!(await updateMemberRole(tx, channelId, accountId, role))) throw noSuchMember();
    const details = { from: before, to: role };
    await audit(ctx, actorOf(viewer), { action: "member.update", channelId, target: accountId, details }, tx);
  });
  await tellOfRole(ctx, channelId, accountId);
  return requireMember(ctx, channelId, accountId);
}

/** @throws {AppError} not_found, forbidden; conflict for the owner */
export async function dropMember(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  accountId: string,
): Promise<void> {
  const leaves = viewer.accountId === accountId;
  const own = leaves ? null : await requirePermission(ctx, viewer, channelId, "members.update");
  const before = await formerRole(ctx, channelId, accountId);
  if (own !== null) requireOwnerForAdmins(own, before);
  await ctx.store.db.transaction().execute(async (tx) => {
    if (!(await deleteMember(tx, channelId, accountId))) throw noSuchMember();
    const details = { role: before };
    await audit(ctx, actorOf(viewer), { action: "member.remove", channelId, target: accountId, details }, tx);
  });
  await tellOfRole(ctx, channelId, accountId);
}

/** The servers, which remember rights, and the account's own pages. */
async function tellOfRole({ bus }: Context, channelId: string, accountId: string): Promise<void> {
  await publishAccountChange(bus, accountId);
  const event: UserModerationEvent = { type: "user.role_changed", channelId };
  await publishToClients(bus, `user:${accountId}`, event);
}

async function formerRole(ctx: Context, channelId: string, accountId: string): Promise<ChannelRole> {
  const role = await findRole(ctx.store.db, channelId, accountId);
  if (role === "viewer") throw noSuchMember();
  if (role === "owner") throw new AppError("conflict", "The owner's role cannot be changed or removed.");
  return role;
}

function requireOwnerForAdmins(own: ChannelRole, ...concerned: ChannelRole[]): void {
  if (own === "owner" || !concerned.includes("admin")) return;
  throw new AppError("forbidden", "Only the owner appoints and dismisses admins.");
}

async function requireMember(ctx: Context, channelId: string, accountId: string): Promise<ChannelMember> {
  const row = (await listMemberRows(ctx.store.db, channelId)).find((entry) => entry.account_id === accountId);
  if (row === undefined) throw noSuchMember();
  return member(row);
}

function noSuchMember(): AppError {
  return new AppError("not_found", "No such member.");
}
