/** Uploaded videos: who may have them, what they are stored as. */
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { FILE_LIMITS, type MediaFile, type MediaFiles } from "@rostrum/contract/files";
import type { FastifyRequest } from "fastify";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { actorOf, audit } from "../audit/service.ts";
import { describeUse, gib, mediaSettingsOfChannel, requirePermission, storageUse } from "../channels/service.ts";
import { blobKeys, prefixOf } from "./blobs.ts";
import { PREPARE_QUEUE, type PrepareData } from "./jobs.ts";
import * as queries from "./queries.ts";
import type { Ahead, RunningUploads } from "./running-uploads.ts";
import { announcedBytes, type ReceivedFile, receiveUpload, type Room } from "./upload.ts";

const GIB = 1024 ** 3;

/** @throws {AppError} forbidden, not_found */
export async function filesOf(ctx: Context, viewer: AccountViewer, channelId: string): Promise<MediaFiles> {
  await requirePermission(ctx, viewer, channelId, "broadcast.control");
  const rows = await queries.listFiles(ctx.store.db, channelId);
  const usedBytes = rows.reduce((sum, row) => sum + Number(row.size_bytes), 0);
  return { items: rows.map(presentFile), usedBytes, quotaBytes: await quotaOf(ctx, channelId) };
}

/**
 * Stores the upload and sends it to be prepared. `onReceived` is called when all of it is here, before it is stored.
 * @throws {AppError} forbidden, not_found, too_large, unsupported_media, conflict
 */
export async function uploadFile(
  { ctx, uploads }: Readonly<{ ctx: Context; uploads: RunningUploads }>,
  viewer: AccountViewer,
  channelId: string,
  { request, onReceived }: Readonly<{ request: FastifyRequest; onReceived: () => void }>,
): Promise<MediaFile> {
  await requirePermission(ctx, viewer, channelId, "broadcast.update");
  // Before what is used is looked up: who comes after this one counts it, and nobody is counted too late.
  const claim = uploads.claim(channelId, announcedBytes(request));
  try {
    const room = await roomOf(ctx, channelId, claim.ahead);
    const received = await receiveUpload(ctx, request, { claim, room });
    try {
      onReceived();
      return presentFile(await keep(ctx, viewer, channelId, received));
    } finally {
      await received.dispose();
    }
  } finally {
    claim.release();
  }
}

/** @throws {AppError} forbidden, not_found */
export async function renameFile(ctx: Context, viewer: AccountViewer, id: string, title: string): Promise<MediaFile> {
  const row = await ownFile(ctx, viewer, id, "broadcast.update");
  await queries.updateFile(ctx.store.db, id, { title });
  return presentFile({ ...row, title });
}

/** @throws {AppError} forbidden, not_found */
export async function removeFile(ctx: Context, viewer: AccountViewer, id: string): Promise<void> {
  const row = await ownFile(ctx, viewer, id, "broadcast.update");
  await ctx.store.db.transaction().execute(async (tx) => {
    await queries.deleteFile(tx, id);
    const details = { title: row.title };
    await audit(ctx, actorOf(viewer), { action: "file.delete", channelId: row.channel_id, target: id, details }, tx);
  });
}

/** Null when there is no picture yet. @throws {AppError} forbidden, not_found */
export async function openPicture(
  ctx: Context,
  viewer: AccountViewer,
  id: string,
): Promise<{ body: Readable; bytes: number } | null> {
  await ownFile(ctx, viewer, id, "broadcast.control");
  const blob = await ctx.blobs.get(blobKeys(id).picture);
  return blob === null ? null : { body: blob.body, bytes: blob.info.bytes };
}

function presentFile(row: queries.FileRow): MediaFile {
  return {
    id: row.id,
    channelId: row.channel_id,
    title: row.title,
    state: row.state,
    progress: row.progress,
    problem: row.problem,
    sizeBytes: Number(row.size_bytes),
    durationMs: row.duration_ms,
    widthPx: row.width_px,
    heightPx: row.height_px,
    thumbnailUrl: row.has_picture ? `/api/v1/files/${row.id}/picture.jpg` : null,
    createdAt: row.created_at.toISOString(),
  };
}

async function ownFile(
  ctx: Context,
  viewer: AccountViewer,
  id: string,
  permission: "broadcast.update" | "broadcast.control",
): Promise<queries.FileRow> {
  const row = await queries.findFile(ctx.store.db, id);
  if (row === undefined) throw new AppError("not_found", "No such file.");
  await requirePermission(ctx, viewer, row.channel_id, permission);
  return row;
}

async function quotaOf(ctx: Context, channelId: string): Promise<number | null> {
  const settings = await mediaSettingsOfChannel(ctx, channelId);
  if (settings === null) throw new AppError("not_found", "No such channel.");
  return settings.quotaGib === null ? null : settings.quotaGib * GIB;
}

/** What may still be uploaded. */
async function roomOf(ctx: Context, channelId: string, ahead: Ahead): Promise<Room> {
  const use = await storageUse(ctx.store.db, channelId);
  if (use.files.count + ahead.files >= FILE_LIMITS.maxFiles) {
    throw new AppError("conflict", `A channel may have ${FILE_LIMITS.maxFiles} files; delete one first.`);
  }
  const quotaBytes = await quotaOf(ctx, channelId);
  const coming = ahead.bytes === 0 ? "" : `, uploads on their way ${gib(ahead.bytes)} GiB`;
  const bytes = quotaBytes === null ? Infinity : quotaBytes - use.usedBytes - ahead.bytes;
  return { bytes, taken: describeUse(use) + coming };
}

/** The upload as a blob, with its row and its job. */
async function keep(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  file: ReceivedFile,
): Promise<queries.FileRow> {
  const id = newId();
  await queries.announceBlobs(ctx.store.db, prefixOf(id));
  try {
    await ctx.blobs.put(blobKeys(id).original, createReadStream(file.path), "application/octet-stream");
    const row = await insert(ctx, viewer, { id, channelId, file });
    await ctx.jobs.send<PrepareData>(PREPARE_QUEUE, { fileId: id }, { key: id });
    return row;
  } catch (error) {
    await queries.deleteFile(ctx.store.db, id);
    await queries.discardBlobs(ctx.store.db, prefixOf(id));
    throw error;
  }
}

async function insert(
  ctx: Context,
  viewer: AccountViewer,
  { id, channelId, file }: Readonly<{ id: string; channelId: string; file: ReceivedFile }>,
): Promise<queries.FileRow> {
  const { name: title, sizeBytes, container } = file;
  return ctx.store.db.transaction().execute(async (tx) => {
    const row = await queries.insertFile(tx, {
      ...{ id, channel_id: channelId, title, container, size_bytes: sizeBytes, created_by: viewer.accountId },
      ...{ problem: null, duration_ms: null, width_px: null, height_px: null },
    });
    await queries.keepBlobs(tx, prefixOf(id));
    const details = { title, sizeBytes };
    await audit(ctx, actorOf(viewer), { action: "file.upload", channelId, target: id, details }, tx);
    return row;
  });
}
