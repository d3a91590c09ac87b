/** What other features may ask of broadcasts: who sees which view, who may act, who watches. */
import type { Broadcast, OwnBroadcast } from "@rostrum/contract/broadcasts";
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import { can, type ChannelRole, type Permission } from "@rostrum/contract/permissions";
import type { RegistrationRefusal } from "@rostrum/contract/registration";
import type { Context } from "../../context.ts";
import type { Viewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { refused, roleOn } from "../channels/service.ts";
import { isEnough, requireAge } from "./audience.ts";
import { isOverlayToken } from "./overlay-token.ts";
import { isRegistered, passCounts } from "./passes.ts";
import { ownBroadcast, publicBroadcast, publicState } from "./present.ts";
import { type Opens, readPlaybackToken } from "./playback-token.ts";
import { findShown, type ShownRow } from "./queries.ts";

/** What the caller is to the broadcast: crew, or somebody who sees `state`. `byToken`: nothing but a playback token lets them in. */
export type Sight =
  | { readonly kind: "crew"; readonly row: ShownRow; readonly role: ChannelRole }
  | { readonly kind: "public"; readonly row: ShownRow; readonly state: BroadcastState; readonly byToken?: true };

/** For features that show what belongs to a broadcast, let somebody play it, or let its viewers take part. */
export { isForEverybody, isOldEnough, tokenFor, whyNotWithKids } from "./audience.ts";
/** For the feature that gives passes. */
export { type Pass, passFor, readPass, signPass } from "./passes.ts";
/** For features that change what is shown of it. */
export { announceChange } from "./announce.ts";
/** For features that bring about a state. */
export { changeState } from "./state-change.ts";

/** For sources that other features start. */
export { takeToFeed } from "./feeding.ts";
export { findShown, type ShownRow } from "./queries.ts";
/** For whom nothing is known of a show but its row. */
export { publicState } from "./present.ts";
/** For a process, or a feature, that takes no beacons itself. */
export { followViewers } from "./viewers.ts";

/**
 * For whom may watch it, and with that read along and take part.
 * @throws {AppError} not_found; forbidden for a private broadcast, without details, and for whom must register first; age_restricted
 */
export async function sightOf(ctx: Context, viewer: Viewer, id: string): Promise<Sight> {
  return judgeSight(ctx, viewer, await findShown(ctx.store.db, id));
}

/**
 * For whom may know what belongs to it, but for its media, before they say to be old enough.
 * @throws {AppError} not_found; forbidden as for `sightOf`
 */
export async function sightBeforeAge(ctx: Context, viewer: Viewer, id: string): Promise<Sight> {
  return judgeBeforeAge(ctx, viewer, await findShown(ctx.store.db, id));
}

/**
 * For whom may know of it: what it is called and when it is. More than that is for those whom `sightOf` lets in.
 * @throws {AppError} not_found; forbidden for a private broadcast, without details
 */
export async function listingOf(ctx: Context, viewer: Viewer, id: string): Promise<Sight> {
  return judgeListing(ctx, viewer, await findShown(ctx.store.db, id));
}

/**
 * As `sightOf`; a playback token lets its bearer watch and read along what is not for everybody as strangers do what is, an overlay token
 * read along. Taking part is for those who may without it.
 * @throws {AppError} not_found; forbidden; age_restricted
 */
export async function sightByToken(
  ctx: Context,
  viewer: Viewer,
  id: string,
  token: string | undefined,
): Promise<Sight> {
  const row = await findShown(ctx.store.db, id);
  const opens = token === undefined ? null : opensToReaders(ctx, token, id);
  try {
    return await judgeSight(ctx, viewer, row);
  } catch (refusal) {
    if (!(refusal instanceof AppError) || !row || opens === null || !isEnough(opens, row)) throw refusal;
    const pass = opens === "everything" ? null : opens.pass;
    if (pass !== null && !(await passCounts(ctx.store.db, pass))) throw refusal;
    const sight = await judgeListing(ctx, viewer, row, true);
    return sight.kind === "public" ? { ...sight, byToken: true } : sight;
  }
}

function opensToReaders({ secrets }: Context, token: string, id: string): Opens | null {
  const nowMs = Date.now();
  return isOverlayToken(secrets, token, id, nowMs) ? "everything" : readPlaybackToken(secrets, token, id, nowMs);
}

/** As `sightOf`, for a row that is at hand. The one place where it is decided who gets in, whatever is asked for. */
export async function judgeSight(ctx: Context, viewer: Viewer, row: ShownRow | null | undefined): Promise<Sight> {
  const sight = await judgeBeforeAge(ctx, viewer, row);
  requireAge(viewer, sight);
  return sight;
}

/** As `sightBeforeAge`, for a row that is at hand. */
export async function judgeBeforeAge(ctx: Context, viewer: Viewer, row: ShownRow | null | undefined): Promise<Sight> {
  const sight = await judgeListing(ctx, viewer, row);
  if (sight.kind === "crew" || sight.row.registration !== "required") return sight;
  if (await isRegistered(ctx, viewer, sight.row.id)) return sight;
  const details: RegistrationRefusal = { reason: "registration_required", broadcastId: sight.row.id };
  const message = "This show is for who has registered. Register, then open the link in the mail.";
  throw new AppError("forbidden", message, { details });
}

/** As `listingOf`, for a row that is at hand. @param hasToken a token opens it, also when it is private */
async function judgeListing(
  ctx: Context,
  viewer: Viewer,
  row: ShownRow | null | undefined,
  hasToken = false,
): Promise<Sight> {
  if (!row) throw unknownBroadcast();
  const role = await roleOn(ctx, row.channel_id, viewer);
  if (can(role, "broadcast.read_private")) return { kind: "crew", row, role };
  if (row.visibility === "private" && !hasToken) throw new AppError("forbidden", "This broadcast is private.");
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

/** What everybody may know of it; the crew's privileges do not count. @throws {AppError} not_found; forbidden when it is private */
export async function publicView(ctx: Context, id: string): Promise<Broadcast> {
  const sight = await listingOf(ctx, { kind: "anonymous" }, id);
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
