/** Posters of channels and broadcasts, and marks of broadcasts: uploaded pictures, re-encoded, stored as blobs, served from a path without cookies. */
import { WATERMARK_LIMITS } from "@rostrum/contract/broadcasts";
import { POSTER_LIMITS } from "@rostrum/contract/channels";
import type { FastifyRequest } from "fastify";
import type { Readable } from "node:stream";
import type { Context } from "../../context.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { type Box, reencodeRaster } from "../../lib/raster.ts";

const PREFIX = "posters/";
const NAME = /^[0-9a-z]{20}\.webp$/;

/**
 * The one file of a multipart upload.
 * @throws {AppError} too_large beyond `maxBytes`; unsupported_media when the request is no such upload
 */
export async function readPosterUpload(
  request: FastifyRequest,
  { maxBytes }: Readonly<{ maxBytes: number }> = POSTER_LIMITS,
): Promise<Uint8Array> {
  if (!request.isMultipart()) throw new AppError("unsupported_media", "Send the picture as multipart/form-data.");
  try {
    const file = await request.file({ limits: { fileSize: maxBytes, files: 1 } });
    if (file === undefined) throw new AppError("unsupported_media", "There is no file in the upload.");
    return await file.toBuffer();
  } catch (error) {
    if ((error as { code?: unknown }).code === "FST_REQ_FILE_TOO_LARGE") {
      throw new AppError("too_large", `The picture may have ${maxBytes / 1024 / 1024} MB at most.`);
    }
    throw error;
  }
}

/**
 * Stores the picture as WebP within POSTER_LIMITS.
 * @returns the blob's key for the row; the caller removes the former one with `removePoster` once the row is written
 * @throws {AppError} unsupported_media when it is not a JPEG, PNG, WebP or AVIF picture
 */
export async function storePoster(ctx: Context, bytes: Uint8Array): Promise<string> {
  return storePicture(ctx, bytes, { ...POSTER_LIMITS, fit: "cover" });
}

/** As `storePoster`, within WATERMARK_LIMITS: in its own proportions, and as transparent as it was. */
export async function storeWatermark(ctx: Context, bytes: Uint8Array): Promise<string> {
  return storePicture(ctx, bytes, { ...WATERMARK_LIMITS, fit: "inside" });
}

async function storePicture(ctx: Context, bytes: Uint8Array, box: Box): Promise<string> {
  const result = await reencodeRaster(bytes, box);
  if (!result.ok) throw new AppError("unsupported_media", result.reason);
  const key = `${PREFIX}${newId()}.webp`;
  await ctx.blobs.put(key, result.webp, "image/webp");
  return key;
}

/** The same picture under another address; null when it is gone. The caller removes the former one, as for `storePoster`. */
export async function copyPoster(ctx: Context, key: string): Promise<string | null> {
  const blob = await ctx.blobs.get(key);
  if (blob === null) return null;
  const copy = `${PREFIX}${newId()}.webp`;
  await ctx.blobs.put(copy, Buffer.concat(await blob.body.toArray()), "image/webp");
  return copy;
}

/** A poster that cannot be removed is only waste: that is logged, not thrown. */
export async function removePoster(ctx: Context, key: string | null): Promise<void> {
  if (key === null) return;
  try {
    await ctx.blobs.remove(key);
  } catch (error) {
    ctx.log.warn({ err: error, blob: key }, "an old poster could not be removed");
  }
}

/** The path under which a stored poster is served. */
export function posterUrl(key: string | null): string | null {
  return key === null ? null : `/media/${key}`;
}

/** The poster of that file name; null when there is none. The caller consumes or destroys `body`. */
export async function openPoster(ctx: Context, name: string): Promise<{ body: Readable; bytes: number } | null> {
  if (!NAME.test(name)) return null;
  const blob = await ctx.blobs.get(`${PREFIX}${name}`);
  return blob === null ? null : { body: blob.body, bytes: blob.info.bytes };
}
