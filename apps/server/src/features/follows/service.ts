/** Following channels: who does since when, and what they wish to hear. */
import type { Follow, FollowBody, FollowedChannel } from "@rostrum/contract/follows";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { decodeCursor, pageOfRows } from "../../lib/cursor.ts";
import { publishFollow } from "../../ports/bus-events.ts";
import {
  countFollowers,
  countFollows,
  deleteFollow,
  findFollow,
  type FollowedRow,
  insertFollow,
  listFollowed,
  updateFollow,
} from "./queries.ts";

const MAX_FOLLOWS = 2_000;

/** Since when an account follows a channel; null when it does not. */
export async function isFollower(ctx: Context, accountId: string, channelId: string): Promise<Date | null> {
  return (await findFollow(ctx.store.db, accountId, channelId))?.created_at ?? null;
}

export async function followerCount(ctx: Context, channelId: string): Promise<number> {
  return (await countFollowers(ctx.store.db, [channelId])).get(channelId) ?? 0;
}

/** Channels without followers are left out. */
export async function followerCounts(
  ctx: Context,
  channelIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  return countFollowers(ctx.store.db, channelIds);
}

/** @throws {AppError} not_found */
export async function followOf(ctx: Context, viewer: AccountViewer, channelId: string): Promise<Follow> {
  await requireChannel(ctx, channelId);
  const row = await findFollow(ctx.store.db, viewer.accountId, channelId);
  return {
    following: row !== undefined,
    since: row?.created_at.toISOString() ?? null,
    mail: row?.mail ?? false,
    push: row?.push ?? false,
    followers: await followerCount(ctx, channelId),
  };
}

/** Following twice changes only what is wished. @throws {AppError} not_found; conflict when the account follows too many */
export async function follow(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  wishes: z.output<typeof FollowBody>,
): Promise<Follow> {
  const { db } = ctx.store;
  const { accountId } = viewer;
  await requireChannel(ctx, channelId);
  if (
    (await findFollow(db, accountId, channelId)) === undefined &&
    (await countFollows(db, accountId)) >= MAX_FOLLOWS
  ) {
    throw new AppError("conflict", `An account may follow ${MAX_FOLLOWS} channels; leave one first.`);
  }
  const { mail = true, push = true } = wishes ?? {};
  const begun = await insertFollow(db, { account_id: accountId, channel_id: channelId, mail, push });
  if (begun !== undefined) {
    await publishFollow(ctx.bus, { channelId, accountId, at: begun.created_at.toISOString() });
  } else if (wishes?.mail !== undefined || wishes?.push !== undefined) {
    await setWishes(ctx, accountId, channelId, wishes);
  }
  return followOf(ctx, viewer, channelId);
}

/** Nothing happens when the account does not follow. */
export async function unfollow(ctx: Context, viewer: AccountViewer, channelId: string): Promise<void> {
  await deleteFollow(ctx.store.db, viewer.accountId, channelId);
}

/** False when the account does not follow. */
export async function setWishes(
  ctx: Context,
  accountId: string,
  channelId: string,
  { mail, push }: Readonly<{ mail?: boolean | undefined; push?: boolean | undefined }>,
): Promise<boolean> {
  const values = { ...(mail === undefined ? {} : { mail }), ...(push === undefined ? {} : { push }) };
  return updateFollow(ctx.store.db, accountId, channelId, values);
}

/** Newest follow first. @throws {AppError} invalid_input for a cursor of another list */
export async function followedBy(
  ctx: Context,
  viewer: AccountViewer,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<{ items: FollowedChannel[]; nextCursor: string | null }> {
  const [atMs, channelId] = cursor === undefined ? [] : decodeCursor(cursor, "ns");
  const after = atMs === undefined ? undefined : { at: new Date(Number(atMs)), channelId: String(channelId) };
  const rows = await listFollowed(ctx.store.db, viewer.accountId, { after, limit: limit + 1 });
  return pageOfRows(rows, limit, (row) => [row.created_at.getTime(), row.channel_id], present);
}

function present(row: FollowedRow): FollowedChannel {
  const { channel_id: channelId, handle, title, created_at, mail, push } = row;
  return { channelId, handle, title, since: created_at.toISOString(), mail, push };
}

async function requireChannel(ctx: Context, id: string): Promise<void> {
  const row = await ctx.store.db.selectFrom("channel").select("id").where("id", "=", id).executeTakeFirst();
  if (row === undefined) throw new AppError("not_found", "No such channel.");
}
