/** How a broadcast is played, by whom, and what players say while they do. */
import type { BeaconAnswer, OverlayToken, Playback, ViewerBeacon } from "@rostrum/contract/broadcasts";
import { mayMakeClips } from "@rostrum/contract/clips";
import type { Context } from "../../context.ts";
import type { AccountViewer, Viewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { actorOf, audit } from "../audit/service.ts";
import { mediaSettingsOfChannel, roleOn } from "../channels/service.ts";
import { isForEverybody, tokenFor } from "./audience.ts";
import { signOverlayToken } from "./overlay-token.ts";
import { judgeBeforeAge, judgeSight, requireRight, type Sight, sightOf } from "./service.ts";
import { takeToFeed } from "./feeding.ts";
import type { Parts } from "./parts.ts";
import { passFor } from "./passes.ts";
import type { ShownRow } from "./queries.ts";
import { WINDOW_KEPT_MS } from "./sweeps.ts";
import { BEACON, type Visit } from "./viewer-sessions.ts";

/** @throws {AppError} not_found; forbidden when it is private; age_restricted; conflict when there is nothing to play yet or any more */
export async function playbackOf(ctx: Context, viewer: Viewer, id: string): Promise<Playback> {
  const sight = await sightOf(ctx, viewer, id);
  requirePlayable(sight);
  const { row } = sight;
  const hls = row.recording_id === null ? `/live/${id}/index.m3u8` : `/vod/${row.recording_id}/index.m3u8`;
  const isNear = hasRealtime(row);
  const { latency_mode: latencyMode } = row;
  const mayClip = await viewerMayClip(ctx, viewer, row);
  const signed = tokenFor(ctx, viewer, sight.kind, row, row.state === "preview");
  const near = (query: string) => ({
    realtimeUrl: isNear ? `/live/${id}/realtime${query}` : null,
    whepUrl: isNear ? `/whep/${id}${query}` : null,
  });
  if (signed === null) return { hlsUrl: hls, ...near(""), latencyMode, mayClip, tokenExpiresAt: null };
  const { token, expiresAt } = signed;
  const tokenExpiresAt = expiresAt.toISOString();
  return { hlsUrl: `${hls}?t=${token}`, ...near(`?token=${token}`), latencyMode, mayClip, tokenExpiresAt };
}

/** For links to layers over a picture; null where none is needed. @throws {AppError} not_found, forbidden */
export async function overlayTokenOf(ctx: Context, viewer: AccountViewer, id: string): Promise<OverlayToken> {
  const { row } = await requireRight(ctx, viewer, id, "engagement.manage");
  if (isForEverybody(row)) return { token: null, expiresAt: null };
  const { token, expiresAt } = signOverlayToken(ctx.secrets, id, Date.now());
  return { token, expiresAt: expiresAt.toISOString() };
}

/** Clips are cut from what is on the air, by whom the channel lets. */
async function viewerMayClip(ctx: Context, viewer: Viewer, row: ShownRow): Promise<boolean> {
  if (!isOnAir(row)) return false;
  const settings = await mediaSettingsOfChannel(ctx, row.channel_id);
  const role = await roleOn(ctx, row.channel_id, viewer);
  return settings !== null && mayMakeClips(settings.clips, { role, signedIn: viewer.kind === "account" });
}

/** Counts a viewer while the broadcast is on the air, and notes who watches its recording. @throws {AppError} not_found, forbidden */
export async function takeBeacon(
  { ctx, known, viewers, onVisit }: Parts,
  viewer: Viewer,
  id: string,
  beacon: ViewerBeacon,
  userAgent: string,
): Promise<BeaconAnswer> {
  const row = await known.get(id);
  const open = row !== null && row.visibility !== "private" && row.registration !== "required" && isOnAir(row);
  // Who watches what everybody may watch need not be looked up.
  const state = open ? row.state : stateFor(await judgeBeforeAge(ctx, viewer, row));
  if (row !== null && row.live_at !== null) {
    const accountId = viewer.kind === "account" ? viewer.accountId : null;
    const visit: Visit = { userAgent, accountId, showBeganMs: row.live_at.getTime(), countsOnly: row.kid_mode };
    if (isOnAir(row)) viewers.note(id, beacon, visit);
    else if (beacon.delivery === "vod") viewers.noteReplay(id, beacon, visit);
  }
  // Of shows for children nothing is kept of single viewers.
  const asks = row !== null && row.registration !== "off" && !row.kid_mode && isOnAir(row);
  const pass = asks ? passFor(ctx.secrets, viewer, id) : null;
  if (pass !== null) onVisit(pass, beacon);
  return { viewers: viewers.count(id), state, nextBeaconSec: BEACON.everySec };
}

/** @throws {AppError} not_found, forbidden; conflict when it cannot be switched now; unavailable without media here */
export async function switchTestSignal(
  { ctx, plane }: Parts,
  viewer: AccountViewer,
  id: string,
  on: boolean,
): Promise<void> {
  const { row } = await requireRight(ctx, viewer, id, "broadcast.control");
  if (plane === null) throw new AppError("unavailable", "This server does not process media.");
  if (on) await startTestSignal({ ctx, plane }, row);
  else await plane.stopTestSignal(id);
  const fact = { channelId: row.channel_id, target: id, details: { on } };
  await audit(ctx, actorOf(viewer), { action: "broadcast.test_signal", ...fact });
}

async function startTestSignal(
  { ctx, plane }: { ctx: Context; plane: NonNullable<Parts["plane"]> },
  row: ShownRow,
): Promise<void> {
  await takeToFeed(ctx, row);
  const started = await plane.startTestSignal(row.id, row.channel_id, row.dvr_window_sec);
  if (!started.ok) throw new AppError("conflict", started.message);
}

/**
 * The newest picture, for whom may see it; null when there is none.
 * @throws {AppError} not_found, forbidden, age_restricted
 */
export async function thumbnailOf(
  { ctx, known, plane }: Parts,
  viewer: Viewer,
  id: string,
): Promise<{ jpeg: Uint8Array; shared: boolean } | null> {
  const row = await known.get(id);
  const isOpen = row !== null && row.visibility !== "private" && isOnAir(row);
  const shared = row !== null && isForEverybody(row) && isOnAir(row);
  if (!shared && (await judgeSight(ctx, viewer, row)).kind !== "crew" && !isOpen) return null;
  const jpeg = (await plane?.thumbnail(id)) ?? null;
  return jpeg === null ? null : { jpeg, shared };
}

function requirePlayable(sight: Sight): void {
  const { row } = sight;
  const before =
    row.state === "draft" || row.state === "scheduled" || (row.state === "preview" && sight.kind !== "crew");
  if (before) throw new AppError("conflict", "The broadcast has not begun; there is nothing to play yet.");
  if ((row.state !== "ended" && row.state !== "archived") || row.recording_id !== null) return;
  const gone = row.live_at === null || Date.now() - (row.ended_at?.getTime() ?? 0) > WINDOW_KEPT_MS;
  if (gone) throw new AppError("conflict", "The broadcast is over and can no longer be played.");
}

function hasRealtime(row: ShownRow): boolean {
  return row.latency_mode !== "stable" && (isOnAir(row) || row.state === "preview");
}

function isOnAir(row: ShownRow): boolean {
  return row.state === "live" || row.state === "interrupted";
}

function stateFor(sight: Sight): BeaconAnswer["state"] {
  return sight.kind === "crew" ? sight.row.state : sight.state;
}
