/** What other features may ask of broadcasts: who sees which view, who may act, who watches. */
import type { Broadcast, OwnBroadcast } from "@rostrum/contract/broadcasts";
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import { can, type ChannelRole, type Permission } from "@rostrum/contract/permissions";
import type { Context } from "../../context.ts";
import type { Viewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { refused, roleOn } from "../channels/service.ts";
import { ownBroadcast, publicBroadcast, publicState } from "./present.ts";
import { findShown, type ShownRow } from "./queries.ts";

/** What the caller is to the broadcast: crew, or somebody who sees `state`. */
export type Sight =
  | { readonly kind: "crew"; readonly row: ShownRow; readonly role: ChannelRole }
  | { readonly kind: "public"; readonly row: ShownRow; readonly state: BroadcastState };

/** For features that let somebody play what belongs to a broadcast. */
export { signPlaybackToken } from "./playback-token.ts";
/** For features that bring about a state. */
export { changeState } from "./state-change.ts";

/** For sources that other features start. */
export { takeToFeed } from "./feeding.ts";
export { findShown } from "./queries.ts";
/** For a process, or a feature, that takes no beacons itself. */
export { followViewers } from "./viewers.ts";

/** @throws {AppError} not_found; forbidden for a private broadcast, without details */
export async function sightOf(ctx: Context, viewer: Viewer, id: string): Promise<Sight> {
  return judgeSight(ctx, viewer, await findShown(ctx.store.db, id));
}

/** As `sightOf`, for a row that is at hand. */
export async function judgeSight(ctx: Context, viewer: Viewer, row: ShownRow | null | undefined): Promise<Sight> {
  if (!row) throw unknownBroadcast();
  const role = await roleOn(ctx, row.channel_id, viewer);
  if (can(role, "broadcast.read_private")) return { kind: "crew", row, role };
  if (row.visibility === "private") throw new AppError("forbidden", "This broadcast is private.");
  const state = publicState(row);
  if (state === null) throw unknownBroadcast();
  return { kind: "public", row, state };
}

/** The view that fits what the caller is. */
export function presentSight(sight: Sight, viewersOf: (broadcastId: string) => number): Broadcast | OwnBroadcast {
  const viewers = viewersOf(sight.row.id);
  return sight.kind === "crew"
    ? ownBroadcast(sight.row, sight.role, viewers)
    : publicBroadcast(sight.row, sight.state, viewers);
}

/** What everybody may see; the crew's privileges do not count. @throws {AppError} not_found; forbidden when it is private */
export async function publicView(ctx: Context, id: string): Promise<Broadcast> {
  const sight = await sightOf(ctx, { kind: "anonymous" }, id);
  if (sight.kind !== "public") throw unknownBroadcast();
  return publicBroadcast(sight.row, sight.state, 0);
}

/**
 * The row and the caller's role, when that has the permission.
 * @throws {AppError} not_found, forbidden
 */
export async function requireRight(
  ctx: Context,
  viewer: Viewer,
  id: string,
  permission: Permission,
): Promise<{ row: ShownRow; role: ChannelRole }> {
  const row = await findShown(ctx.store.db, id);
  if (row === undefined) throw unknownBroadcast();
  const role = await roleOn(ctx, row.channel_id, viewer);
  if (!can(role, permission)) throw refused(role, permission);
  return { row, role };
}

export function unknownBroadcast(): AppError {
  return new AppError("not_found", "No such broadcast.");
}
