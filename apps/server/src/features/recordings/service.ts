/** Recordings: who sees them, rename, delete, what they take. */
import type {
  ChannelStorage,
  ListRecordingsQuery,
  OwnRecording,
  Recording,
  UpdateRecordingBody,
} from "@rostrum/contract/recordings";
import { can } from "@rostrum/contract/permissions";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer, Viewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { decodeCursor, pageOfRows } from "../../lib/cursor.ts";
import { freeBytes, SHOW_RESERVE_BYTES } from "../../store/disk.ts";
import { type Actor, actorOf, audit } from "../audit/service.ts";
import { announceChange, sightBeforeAge, requireRight, type Sight, sightOf } from "../broadcasts/service.ts";
import { gib, lockChannel, requirePermission, roleOn } from "../channels/service.ts";
import { MP4, type RecordingJob } from "./job-names.ts";
import { ownRecording, publicRecording } from "./present.ts";
import {
  deleteRecordingRow,
  findRecording,
  findRecordingOf,
  listMarkersOf,
  listRecordings,
  lockRecording,
  noteMp4Wanted,
  setRecordNote,
  type ShownRecording,
  updateRecordingRow,
} from "./queries.ts";
import { storageOf } from "./quota.ts";

export { markersByClock } from "./markers.ts";

type View = Recording | OwnRecording;
type Page = { items: View[]; nextCursor: string | null };

/** @throws {AppError} not_found; forbidden when the show is private */
export async function recordingFor(ctx: Context, viewer: Viewer, id: string): Promise<View> {
  const { row, sight } = await requireSight(ctx, viewer, id);
  const markers = await listMarkersOf(ctx.store.db, [row.broadcast_id]);
  return sight.kind === "crew"
    ? ownRecording(ctx, row, sight.role, markers, viewer)
    : publicRecording(ctx, row, markers, { viewer, kind: "public" });
}

/** @throws {AppError} invalid_input without a filter; not_found, forbidden */
export async function listFor(
  ctx: Context,
  viewer: Viewer,
  query: z.output<typeof ListRecordingsQuery>,
): Promise<Page> {
  const { channelId, broadcastId, cursor, limit } = query;
  if (broadcastId !== undefined) return listOfBroadcast(ctx, viewer, broadcastId);
  if (channelId === undefined) throw new AppError("invalid_input", "Say which: channelId or broadcastId.");
  const role = await roleOn(ctx, channelId, viewer);
  const all = can(role, "broadcast.read_private");
  const after = cursor === undefined ? undefined : String(decodeCursor(cursor, "s")[0]);
  const rows = await listRecordings(ctx.store.db, channelId, { after, limit: limit + 1, all });
  const markers = Map.groupBy(
    await listMarkersOf(
      ctx.store.db,
      rows.map((row) => row.broadcast_id),
    ),
    (marker) => marker.broadcast_id,
  );
  const present = (row: ShownRecording): View => {
    const own = markers.get(row.broadcast_id) ?? [];
    return all ? ownRecording(ctx, row, role, own, viewer) : publicRecording(ctx, row, own, { viewer, kind: "public" });
  };
  return pageOfRows(rows, limit, (row) => [row.id], present);
}

/** @throws {AppError} not_found, forbidden */
export async function renameRecording(
  ctx: Context,
  viewer: AccountViewer,
  id: string,
  { title }: z.output<typeof UpdateRecordingBody>,
): Promise<View> {
  const row = await requireRow(ctx, id);
  await requireRight(ctx, viewer, row.broadcast_id, "recording.update");
  if (title !== undefined) {
    await ctx.store.db.transaction().execute(async (tx) => {
      await updateRecordingRow(tx, id, { title });
      const fact = { channelId: row.channel_id, target: id, details: { fields: ["title"] } };
      await audit(ctx, actorOf(viewer), { action: "recording.update", ...fact }, tx);
    });
  }
  return recordingFor(ctx, viewer, id);
}

/** @throws {AppError} not_found, forbidden; conflict while the show is being recorded */
export async function deleteRecording(ctx: Context, viewer: AccountViewer, id: string): Promise<void> {
  const row = await requireRow(ctx, id);
  await requireRight(ctx, viewer, row.broadcast_id, "recording.delete");
  await removeRecording(ctx, id, actorOf(viewer), "The recording was deleted.");
}

/**
 * The row goes at once, the blobs when nobody can be playing them any more: a sweep finds them.
 * @param note what is said of the show from then on
 * @throws {AppError} conflict while the show is being recorded
 */
export async function removeRecording(ctx: Context, id: string, actor: Actor, note: string): Promise<void> {
  const row = await ctx.store.db.transaction().execute(async (tx) => {
    const found = await lockRecording(tx, id);
    if (found === undefined) return undefined;
    if (found.state === "recording") {
      throw new AppError("conflict", "The show is being recorded; end it, then delete the recording.");
    }
    await deleteRecordingRow(tx, id);
    await setRecordNote(tx, found.broadcast_id, note);
    const details = { broadcastId: found.broadcast_id, sizeBytes: Number(found.size_bytes) };
    await audit(ctx, actor, { action: "recording.delete", channelId: found.channel_id, target: id, details }, tx);
    return found;
  });
  if (row === undefined) return;
  const about = { broadcastId: row.broadcast_id, channelId: row.channel_id, at: new Date().toISOString() };
  await announceChange(ctx, { ...about, type: "updated" });
}

/** Starts making the MP4 file, unless it is there or being made. @throws {AppError} not_found, forbidden; conflict before it is complete, or without room */
export async function startMp4(ctx: Context, viewer: AccountViewer, id: string): Promise<View> {
  const row = await requireRow(ctx, id);
  await requireRight(ctx, viewer, row.broadcast_id, "recording.download");
  if (row.state !== "ready") throw new AppError("conflict", "The recording is not complete yet.");
  if (row.mp4_state === "none" || row.mp4_state === "failed") {
    await requireRoomForMp4(ctx, row);
    const fact = { channelId: row.channel_id, target: id };
    await audit(ctx, actorOf(viewer), { action: "recording.mp4", ...fact });
    // The job first: a row that waits for one that was never sent would wait for ever.
    await ctx.jobs.send<RecordingJob>(MP4, { recordingId: id }, { key: id });
    await noteMp4Wanted(ctx.store.db, id);
  }
  return recordingFor(ctx, viewer, id);
}

/** A file that fills quota or disk would end the recording of a show that is on the air. It is as large as the recording at most. */
async function requireRoomForMp4(ctx: Context, row: ShownRecording): Promise<void> {
  const needed = Number(row.size_bytes);
  const { usedBytes, quotaBytes } = await storageOf(ctx.store.db, { id: row.channel_id, media: row.media });
  if (quotaBytes !== null && usedBytes + needed > quotaBytes) {
    throw new AppError(
      "conflict",
      `The channel's quota has no room for ${gib(needed)} GiB more; delete recordings, uploaded videos or clips, or raise it.`,
    );
  }
  const isOnDisk = ctx.config.BLOBS_URL === undefined;
  if (isOnDisk && freeBytes(ctx.config.DATA_DIR) < needed + SHOW_RESERVE_BYTES) {
    throw new AppError("conflict", `The server's disk has no room for a file of ${gib(needed)} GiB.`);
  }
}

/** @throws {AppError} not_found, forbidden; conflict when the file was not made */
export async function requireMp4(ctx: Context, viewer: AccountViewer, id: string): Promise<ShownRecording> {
  const row = await requireRow(ctx, id);
  await requireRight(ctx, viewer, row.broadcast_id, "recording.download");
  if (row.mp4_state !== "ready") throw new AppError("conflict", "The file is not made yet.");
  return row;
}

/** For pictures and chapters: the row, when the viewer may play it. @throws {AppError} not_found, forbidden, age_restricted */
export async function requirePlayable(ctx: Context, viewer: Viewer, id: string): Promise<ShownRecording> {
  const { row } = await requireSight(ctx, viewer, id);
  await sightOf(ctx, viewer, row.broadcast_id);
  return row;
}

/** @throws {AppError} not_found, forbidden */
export async function channelStorage(ctx: Context, viewer: AccountViewer, channelId: string): Promise<ChannelStorage> {
  await requirePermission(ctx, viewer, channelId, "members.read");
  const channel = await lockChannel(ctx.store.db, channelId);
  if (channel === undefined) throw new AppError("not_found", "No such channel.");
  return storageOf(ctx.store.db, channel);
}

async function listOfBroadcast(ctx: Context, viewer: Viewer, broadcastId: string): Promise<Page> {
  const sight = await sightBeforeAge(ctx, viewer, broadcastId);
  const found = await findRecordingOf(ctx.store.db, broadcastId);
  if (found === undefined || (sight.kind !== "crew" && found.state !== "ready")) return { items: [], nextCursor: null };
  return { items: [await recordingFor(ctx, viewer, found.id)], nextCursor: null };
}

async function requireSight(ctx: Context, viewer: Viewer, id: string): Promise<{ row: ShownRecording; sight: Sight }> {
  const row = await requireRow(ctx, id);
  const sight = await sightBeforeAge(ctx, viewer, row.broadcast_id);
  if (sight.kind !== "crew" && row.state !== "ready") throw unknownRecording();
  return { row, sight };
}

async function requireRow(ctx: Context, id: string): Promise<ShownRecording> {
  const row = await findRecording(ctx.store.db, id);
  if (row === undefined) throw unknownRecording();
  return row;
}

function unknownRecording(): AppError {
  return new AppError("not_found", "No such recording.");
}
