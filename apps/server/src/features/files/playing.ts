/** Playing uploaded videos as the source of a broadcast. */
import type { FileSource, FileSourceAnswer, FileSourceBody } from "@rostrum/contract/files";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import type { MediaPlane } from "../../media/plane.ts";
import { actorOf, audit } from "../audit/service.ts";
import { findShown, requireRight, takeToFeed } from "../broadcasts/service.ts";
import { blobKeys } from "./blobs.ts";
import { type FileRow, findFiles } from "./queries.ts";
import { noteList, type RunningList, takeLists } from "./running-lists.ts";

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
  await start({ ctx, plane: media }, row, { broadcastId, fileIds, loop, index: 0 });
  const what = { action: "file_source.start", channelId: row.channel_id, target: broadcastId };
  await audit(ctx, actorOf(viewer), { ...what, details: { fileIds, loop } });
  return { playing: present(media.fileSource(broadcastId)) };
}

/**
 * Goes on with what played when the process before this one was stopped or killed, from the beginning of the video that played, where
 * the show is still on the air. Never rejects: what cannot go on is logged.
 */
export async function resumeFiles(ctx: Context, plane: MediaPlane): Promise<void> {
  const lists = await takeLists(ctx).catch((err: unknown) => {
    ctx.log.warn({ err }, "what played before the restart cannot be read");
    return [];
  });
  for (const list of lists) {
    const { broadcastId, index } = list;
    try {
      const row = await findShown(ctx.store.db, broadcastId);
      if (row?.state !== "live" && row?.state !== "interrupted") continue;
      await start({ ctx, plane }, row, list);
      ctx.log.info({ broadcastId, index }, "files play on");
    } catch (err) {
      ctx.log.warn({ err, broadcastId }, "files that played before the restart cannot be played on");
    }
  }
}

type Show = Parameters<typeof takeToFeed>[1];

/** @throws {AppError} as `playFiles` */
async function start(
  { ctx, plane }: Readonly<{ ctx: Context; plane: MediaPlane }>,
  row: Show,
  list: RunningList,
): Promise<void> {
  const files = await readyFiles(ctx, row.channel_id, list.fileIds);
  await takeToFeed(ctx, row);
  const note = await noteList(ctx, list);
  const items = files.map(({ id, title }, index) => ({
    id,
    title,
    open: async () => {
      await note.at(index).catch((err: unknown) => ctx.log.warn({ err }, "what plays could not be noted"));
      return (await ctx.blobs.get(blobKeys(id).video))?.body ?? null;
    },
  }));
  const playlist = { items, loop: list.loop, from: list.index, ended: note.forget };
  const started = await plane.startFileSource(row.id, row.dvr_window_sec, playlist);
  if (started.ok) return;
  note.forget();
  throw new AppError("conflict", started.message);
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
