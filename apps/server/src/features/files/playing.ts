/** Playing uploaded videos as the source of a broadcast. */
import type { FileSource, FileSourceAnswer, FileSourceBody } from "@rostrum/contract/files";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import type { MediaPlane } from "../../media/plane.ts";
import { actorOf, audit } from "../audit/service.ts";
import { requireRight, takeToFeed } from "../broadcasts/service.ts";
import { blobKeys } from "./blobs.ts";
import { type FileRow, findFiles } from "./queries.ts";

/** `plane` is null when another process has the media. */
export type Playing = Readonly<{ ctx: Context; plane: MediaPlane | null }>;

/**
 * Replaces what plays.
 * @throws {AppError} forbidden, not_found (a broadcast or a file), conflict (a file that is not ready, a show that is over), unavailable
 */
export async function playFiles(
  { ctx, plane }: Playing,
  viewer: AccountViewer,
  broadcastId: string,
  { fileIds, loop }: z.output<typeof FileSourceBody>,
): Promise<FileSourceAnswer> {
  const { row } = await requireRight(ctx, viewer, broadcastId, "broadcast.control");
  const media = needPlane(plane);
  const files = await readyFiles(ctx, row.channel_id, fileIds);
  await takeToFeed(ctx, row);
  const items = files.map(({ id, title }) => ({
    id,
    title,
    open: async () => (await ctx.blobs.get(blobKeys(id).video))?.body ?? null,
  }));
  const started = await media.startFileSource(broadcastId, row.dvr_window_sec, { items, loop });
  if (!started.ok) throw new AppError("conflict", started.message);
  const what = { action: "file_source.start", channelId: row.channel_id, target: broadcastId };
  await audit(ctx, actorOf(viewer), { ...what, details: { fileIds, loop } });
  return { playing: present(media.fileSource(broadcastId)) };
}

/** No error when nothing plays. @throws {AppError} forbidden, not_found, unavailable */
export async function stopFiles({ ctx, plane }: Playing, viewer: AccountViewer, broadcastId: string): Promise<void> {
  const { row } = await requireRight(ctx, viewer, broadcastId, "broadcast.control");
  const media = needPlane(plane);
  if (media.fileSource(broadcastId) === null) return;
  await media.stopFileSource(broadcastId);
  const what = { action: "file_source.stop", channelId: row.channel_id, target: broadcastId };
  await audit(ctx, actorOf(viewer), what);
}

/** Goes on with the next file. @throws {AppError} forbidden, not_found, conflict (nothing plays), unavailable */
export async function skipFile({ ctx, plane }: Playing, viewer: AccountViewer, broadcastId: string): Promise<void> {
  await requireRight(ctx, viewer, broadcastId, "broadcast.control");
  const media = needPlane(plane);
  if (media.fileSource(broadcastId) === null) throw new AppError("conflict", "No file plays.");
  media.skipFile(broadcastId);
}

/** @throws {AppError} forbidden, not_found */
export async function playingFiles(
  { ctx, plane }: Playing,
  viewer: AccountViewer,
  broadcastId: string,
): Promise<FileSourceAnswer> {
  await requireRight(ctx, viewer, broadcastId, "broadcast.control");
  return { playing: present(plane?.fileSource(broadcastId) ?? null) };
}

function present(playing: ReturnType<MediaPlane["fileSource"]>): FileSource | null {
  if (playing === null) return null;
  const { playlist, index, positionMs } = playing;
  return { fileIds: playlist.items.map(({ id }) => id), loop: playlist.loop, index, positionMs };
}

function needPlane(plane: MediaPlane | null): MediaPlane {
  if (plane === null) throw new AppError("unavailable", "The media of this broadcast is on another server.");
  return plane;
}

/** In the order of `ids`; a file that is named twice comes twice. */
async function readyFiles(ctx: Context, channelId: string, ids: readonly string[]): Promise<FileRow[]> {
  const known = new Map((await findFiles(ctx.store.db, channelId, ids)).map((row) => [row.id, row]));
  return ids.map((id) => {
    const row = known.get(id);
    if (row === undefined) throw new AppError("not_found", "There is no such file on this channel.");
    if (row.state !== "ready") throw new AppError("conflict", `"${row.title}" is not ready to be played.`);
    return row;
  });
}
