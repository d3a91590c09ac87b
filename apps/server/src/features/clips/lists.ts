/** Lists of clips: of a channel, or of one show. */
import type { Clip, ListClipsQuery } from "@rostrum/contract/clips";
import { can } from "@rostrum/contract/permissions";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { Viewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { decodeCursor, encodeCursor } from "../../lib/cursor.ts";
import { sightBeforeAge } from "../broadcasts/service.ts";
import { roleOn } from "../channels/service.ts";
import { presentClip, rightsOn } from "./present.ts";
import { listClips } from "./queries.ts";

type Query = z.output<typeof ListClipsQuery>;

/**
 * Newest first. Strangers find clips of public shows on a channel, and of one show whatever they may watch of it.
 * @throws {AppError} invalid_input without a filter; not_found and forbidden for a show that they may not see
 */
export async function clipsFor(
  ctx: Context,
  viewer: Viewer,
  { channelId, broadcastId, cursor, limit }: Query,
): Promise<{ items: Clip[]; nextCursor: string | null }> {
  if (channelId === undefined && broadcastId === undefined) {
    throw new AppError("invalid_input", "Name a channelId or a broadcastId.");
  }
  const sight = broadcastId === undefined ? null : await sightBeforeAge(ctx, viewer, broadcastId);
  const role = await roleOn(ctx, sight?.row.channel_id ?? channelId ?? "", viewer);
  const isCrew = can(role, "broadcast.read_private");
  const rows = await listClips(ctx.store.db, {
    channelId,
    broadcastId,
    before: cursor === undefined ? undefined : String(decodeCursor(cursor, "s")[0]),
    limit: limit + 1,
    unready: isCrew,
    visibilities: isCrew ? ["public", "unlisted", "private"] : sight === null ? ["public"] : ["public", "unlisted"],
    registered: isCrew || sight !== null,
  });
  const items = rows.slice(0, limit).map((row) => presentClip(row, rightsOn(row, viewer, role)));
  const last = rows.length > limit ? items.at(-1) : undefined;
  return { items, nextCursor: last === undefined ? null : encodeCursor([last.id]) };
}
