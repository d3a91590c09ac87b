/** Rules of clips: who makes them of what, who sees, renames and deletes them. */
import type { MediaSettings } from "@rostrum/contract/channels";
import { type Clip, CLIP_LIMITS, type CreateClipBody, mayMakeClips } from "@rostrum/contract/clips";
import type { ChannelRole } from "@rostrum/contract/permissions";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer, Viewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import type { HoldAnswer, MediaPlane } from "../../media/plane.ts";
import { freeBytes, SHOW_RESERVE_BYTES } from "../../store/disk.ts";
import { actorOf, audit } from "../audit/service.ts";
import { isForEverybody, sightBeforeAge, sightOf } from "../broadcasts/service.ts";
import { mediaSettingsOfChannel, roleOn } from "../channels/service.ts";
import { heldFolder, prefixOf, removeHeld, writeHeld } from "./files.ts";
import { CLIP_QUEUE, type ClipJob } from "./jobs.ts";
import { presentClip, rightsOn } from "./present.ts";
import {
  type ClipRow,
  countMaking,
  countOfBroadcast,
  deleteClip,
  findClip,
  insertClip,
  updateClip,
} from "./queries.ts";

type Making = Readonly<{ ctx: Context; plane: MediaPlane | null }>;
type Body = z.output<typeof CreateClipBody>;

/** Clips in the works: of all, and of one account (those without an account count as one). */
const MAX_MAKING = { all: 20, own: 3 } as const;
const MAX_OF_BROADCAST = 1000;

const REFUSED: Record<Exclude<MediaSettings["clips"], "everyone">, string> = {
  nobody: "This channel does not allow clips.",
  crew: "Only the crew of this channel may make clips.",
  accounts: "Sign in to make clips.",
};

const GONE: Record<Extract<HoldAnswer, { ok: false }>["reason"], string> = {
  not_yet: "That moment has not been shown yet.",
  gone: "That moment is too long ago: it has left the part of the show that can be rewound.",
  nothing: "There is no media of this show on this server.",
};

/**
 * Secures the media at once and has the file made. What the window no longer has, or not yet, is left out.
 * @throws {AppError} not_found, forbidden; unauthenticated when signing in would help; conflict when there is no such media;
 * rate_limited when too much is in the works
 */
export async function createClip(
  { ctx, plane }: Making,
  viewer: Viewer,
  broadcastId: string,
  body: Body,
): Promise<Clip> {
  const { db } = ctx.store;
  const { row: broadcast } = await sightOf(ctx, viewer, broadcastId);
  await requireMaker(ctx, viewer, broadcast.channel_id);
  await requireRoom(ctx, viewer, broadcastId);
  if (plane === null) throw new AppError("unavailable", "This server does not process media.");
  const id = newId();
  try {
    const { fromMs, durationMs } = await secure(ctx, plane, { clipId: id, broadcastId, body });
    const { title } = body;
    const created_by = viewer.kind === "account" ? viewer.accountId : null;
    const values = { id, broadcast_id: broadcastId, channel_id: broadcast.channel_id, title, created_by };
    await db.transaction().execute(async (tx) => {
      await insertClip(tx, { ...values, state: "making", from_ms: fromMs, duration_ms: durationMs });
      const fact = { channelId: broadcast.channel_id, target: id, details: { broadcastId, title } };
      await audit(ctx, actorOf(viewer), { action: "clip.create", ...fact }, tx);
    });
    await ctx.jobs.send<ClipJob>(CLIP_QUEUE, { clipId: id }, { key: id, retries: 2 });
  } catch (cause) {
    await removeHeld(ctx, id);
    await deleteClip(db, id);
    throw cause;
  }
  return clipOf(ctx, viewer, id);
}

/** @throws {AppError} not_found; forbidden when the show is private */
export async function clipOf(ctx: Context, viewer: Viewer, id: string): Promise<Clip> {
  const { row, role } = await seeClip(ctx, viewer, id);
  return presentClip(row, rightsOn(row, viewer, role));
}

/** The row, for who may know of the show. @throws as `clipOf` */
async function seeClip(ctx: Context, viewer: Viewer, id: string): Promise<{ row: ClipRow; role: ChannelRole }> {
  const row = await findClip(ctx.store.db, id);
  if (row === undefined) throw unknownClip();
  const sight = await sightBeforeAge(ctx, viewer, row.broadcast_id);
  return { row, role: sight.kind === "crew" ? sight.role : "viewer" };
}

/** The row, for who may watch the show. Whether others may keep what they get is `shared`. @throws as `clipOf`; age_restricted */
export async function playClip(ctx: Context, viewer: Viewer, id: string): Promise<{ row: ClipRow; shared: boolean }> {
  const { row } = await seeClip(ctx, viewer, id);
  await sightOf(ctx, viewer, row.broadcast_id);
  return { row, shared: isForEverybody(row) };
}

/** @throws {AppError} not_found, forbidden */
export async function renameClip(ctx: Context, viewer: AccountViewer, id: string, title: string): Promise<Clip> {
  const { row, role } = await seeClip(ctx, viewer, id);
  if (!rightsOn(row, viewer, role).mayEdit) throw notYours("rename");
  await ctx.store.db.transaction().execute(async (tx) => {
    await updateClip(tx, id, { title });
    const fact = { channelId: row.channel_id, target: id, details: { before: row.title, after: title } };
    await audit(ctx, actorOf(viewer), { action: "clip.rename", ...fact }, tx);
  });
  return clipOf(ctx, viewer, id);
}

/** The row first, then its files: a crash between both leaves them to the sweep of blobs. @throws {AppError} not_found, forbidden */
export async function removeClip(ctx: Context, viewer: AccountViewer, id: string): Promise<void> {
  const row = await findClip(ctx.store.db, id);
  if (row === undefined) throw unknownClip();
  // Whoever made it may take it back, also when the show is private by now.
  const role = await roleOn(ctx, row.channel_id, viewer);
  if (!rightsOn(row, viewer, role).mayDelete) throw notYours("delete");
  await ctx.store.db.transaction().execute(async (tx) => {
    await deleteClip(tx, id);
    const fact = { channelId: row.channel_id, target: id, details: { title: row.title } };
    await audit(ctx, actorOf(viewer), { action: "clip.delete", ...fact }, tx);
  });
  await removeHeld(ctx, id);
  await ctx.blobs.removeAll(prefixOf(id));
}

async function requireMaker(ctx: Context, viewer: Viewer, channelId: string): Promise<void> {
  const makers = (await mediaSettingsOfChannel(ctx, channelId))?.clips ?? "nobody";
  const who = { role: await roleOn(ctx, channelId, viewer), signedIn: viewer.kind === "account" };
  if (makers === "everyone" || mayMakeClips(makers, who)) return;
  throw new AppError(makers === "accounts" ? "unauthenticated" : "forbidden", REFUSED[makers]);
}

async function requireRoom(ctx: Context, viewer: Viewer, broadcastId: string): Promise<void> {
  const { db } = ctx.store;
  const making = await countMaking(db, viewer.kind === "account" ? viewer.accountId : null);
  if (making.own >= MAX_MAKING.own || making.all >= MAX_MAKING.all) {
    const details = { retryAfterSec: 5 };
    throw new AppError("rate_limited", "Other clips are being made; try again in a few seconds.", { details });
  }
  if ((await countOfBroadcast(db, broadcastId)) >= MAX_OF_BROADCAST) {
    throw new AppError("conflict", `There are ${MAX_OF_BROADCAST} clips of this show already; delete some first.`);
  }
  if (freeBytes(ctx.config.DATA_DIR) < SHOW_RESERVE_BYTES) {
    throw new AppError("unavailable", "The server's disk is nearly full; the show needs what is left of it.");
  }
}

async function secure(
  ctx: Context,
  plane: MediaPlane,
  { clipId, broadcastId, body }: { clipId: string; broadcastId: string; body: Body },
): Promise<{ fromMs: number; durationMs: number }> {
  const folder = heldFolder(ctx, clipId);
  const span = { fromSec: body.fromMs / 1000, toSec: body.toMs / 1000 };
  const answer = await plane.holdMedia(broadcastId, span, folder);
  if (!answer.ok) throw new AppError("conflict", GONE[answer.reason]);
  const { held } = answer;
  const durationMs = (held.toSec - held.fromSec) * 1000;
  if (durationMs < Math.min(CLIP_LIMITS.minMs, body.toMs - body.fromMs) - 1) {
    const sec = Math.floor(durationMs / 1000);
    throw new AppError(
      "conflict",
      `Only ${sec} s of that can be had; a clip lasts ${CLIP_LIMITS.minMs / 1000} s at least.`,
    );
  }
  await writeHeld(folder, held);
  return { fromMs: held.fromSec * 1000, durationMs };
}

function unknownClip(): AppError {
  return new AppError("not_found", "No such clip.");
}

function notYours(what: string): AppError {
  return new AppError("forbidden", `Only who made this clip, and the channel's crew, may ${what} it.`);
}
