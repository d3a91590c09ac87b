/** What a caller sees of channels: members see their own view, everybody else the public one. */
import type { Channel, OwnChannel } from "@rostrum/contract/channels";
import type { Context } from "../../context.ts";
import type { AccountViewer, Viewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { decodeCursor, pageOfRows } from "../../lib/cursor.ts";
import { followerCounts } from "../follows/service.ts";
import { ownChannel, publicChannel } from "./present.ts";
import { type ChannelRow, findChannel, findChannelByHandle, listChannels, listMemberships } from "./queries.ts";
import { roleOn } from "./service.ts";

/** @throws {AppError} not_found */
export async function viewChannel(ctx: Context, id: string, viewer: Viewer): Promise<Channel | OwnChannel> {
  return present(ctx, await findChannel(ctx.store.db, id), viewer);
}

/** @throws {AppError} not_found */
export async function viewChannelByHandle(ctx: Context, handle: string, viewer: Viewer): Promise<Channel | OwnChannel> {
  return present(ctx, await findChannelByHandle(ctx.store.db, handle), viewer);
}

/**
 * Newest first.
 * @param member null for everybody's list, else the list of that account's channels
 * @throws {AppError} invalid_input for a cursor of another list
 */
export async function pageOfChannels(
  ctx: Context,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
  member: AccountViewer | null,
): Promise<{ items: Channel[] | OwnChannel[]; nextCursor: string | null }> {
  const after = cursor === undefined ? undefined : String(decodeCursor(cursor, "s")[0]);
  const page = { after, limit: limit + 1 };
  const { db } = ctx.store;
  if (member === null) {
    const rows = await listChannels(db, page);
    const followers = await countsOf(ctx, rows);
    return pageOfRows(
      rows,
      limit,
      (row) => [row.id],
      (row) => publicChannel(row, followers(row.id)),
    );
  }
  const rows = await listMemberships(db, member.accountId, page);
  const followers = await countsOf(ctx, rows);
  return pageOfRows(
    rows,
    limit,
    (row) => [row.id],
    (row) => ownChannel(row, row.role, followers(row.id)),
  );
}

async function countsOf(ctx: Context, rows: readonly { id: string }[]): Promise<(id: string) => number> {
  const counts = await followerCounts(
    ctx,
    rows.map((row) => row.id),
  );
  return (id) => counts.get(id) ?? 0;
}

async function present(ctx: Context, row: ChannelRow | undefined, viewer: Viewer): Promise<Channel | OwnChannel> {
  if (row === undefined) throw new AppError("not_found", "No such channel.");
  const role = await roleOn(ctx, row.id, viewer);
  const followers = (await countsOf(ctx, [row]))(row.id);
  return role === "viewer" ? publicChannel(row, followers) : ownChannel(row, role, followers);
}
