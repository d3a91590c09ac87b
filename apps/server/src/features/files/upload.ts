/** Takes an upload from the wire to a temporary file, as far as it is a video and there is room for it. */
import { createWriteStream } from "node:fs";
import { mkdir, open, rm, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { FILE_LIMITS } from "@rostrum/contract/files";
import type { FastifyRequest } from "fastify";
import type { Context } from "../../context.ts";
import { AppError } from "../../lib/app-error.ts";
import { type Container, SNIFF_BYTES, sniffContainer } from "../../lib/container.ts";
import { newId } from "../../lib/ids.ts";
import { freeBytes, SHOW_RESERVE_BYTES } from "../../store/disk.ts";

/** `dispose` removes the file; call it in any case. */
export type ReceivedFile = Readonly<{
  path: string;
  /** What the sender calls it, without folders and ending. */
  name: string;
  sizeBytes: number;
  container: Container;
  dispose(): Promise<void>;
}>;

const GIB = 1024 ** 3;
/** What is on the disk at the same time while a video is prepared: what is stored, what FFmpeg reads, what it writes. */
const COPIES = 3;
const MULTIPART_OVERHEAD = 64 * 1024;
const MAX_NAME = 140;

/** Where uploads are until they are blobs. */
export const uploadFolder = (ctx: Context): string => path.join(ctx.config.DATA_DIR, "uploads");

/**
 * The one file of a multipart upload.
 * @param roomBytes inclusive; what the channel's quota leaves
 * @throws {AppError} too_large, unsupported_media, conflict (quota or disk)
 */
export async function receiveUpload(ctx: Context, request: FastifyRequest, roomBytes: number): Promise<ReceivedFile> {
  if (!request.isMultipart()) throw new AppError("unsupported_media", "Send the video as multipart/form-data.");
  const folder = uploadFolder(ctx);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const diskBytes = Math.floor((freeBytes(folder) - SHOW_RESERVE_BYTES) / COPIES);
  const maxBytes = Math.min(FILE_LIMITS.maxBytes, roomBytes, diskBytes);
  const limit = { maxBytes, refuse: () => tooLarge(maxBytes, roomBytes, diskBytes) };
  // The header names it already: nobody has to send gigabytes to hear that.
  const announced = Number(request.headers["content-length"] ?? 0) - MULTIPART_OVERHEAD;
  if (maxBytes <= 0 || announced > maxBytes) throw limit.refuse();
  const file = path.join(folder, newId());
  const dispose = (): Promise<void> => rm(file, { force: true });
  try {
    return { ...(await store(request, file, limit)), path: file, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

type Limit = Readonly<{ maxBytes: number; refuse: () => AppError }>;

async function store(
  request: FastifyRequest,
  file: string,
  limit: Limit,
): Promise<Pick<ReceivedFile, "name" | "sizeBytes" | "container">> {
  const part = await request.file({ limits: { fileSize: limit.maxBytes, files: 1 }, throwFileSizeLimit: false });
  if (part === undefined) throw new AppError("unsupported_media", "There is no file in the upload.");
  await pipeline(part.file, createWriteStream(file, { flags: "wx", mode: 0o600 }));
  if (part.file.truncated) throw limit.refuse();
  const sniffed = sniffContainer(await readHead(file));
  if (!sniffed.ok) throw new AppError("unsupported_media", sniffed.reason);
  const { size } = await stat(file);
  return { name: nameOf(part.filename), sizeBytes: size, container: sniffed.container };
}

async function readHead(file: string): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function tooLarge(maxBytes: number, roomBytes: number, diskBytes: number): AppError {
  const left = `${Math.max(0, maxBytes / GIB).toFixed(1)} GiB`;
  if (maxBytes === roomBytes) {
    return new AppError("conflict", `The channel's quota leaves ${left}; delete files or raise the quota.`);
  }
  if (maxBytes === diskBytes) return new AppError("conflict", `The server's disk leaves ${left} for uploads.`);
  return new AppError("too_large", `A video may have ${FILE_LIMITS.maxBytes / GIB} GiB at most.`);
}

function nameOf(filename: string): string {
  const base = filename.toWellFormed().replaceAll("\0", "").split(/[/\\]/).at(-1) ?? "";
  const name = base
    .replace(/\.[a-z0-9]{2,5}$/i, "")
    .trim()
    .slice(0, MAX_NAME)
    .toWellFormed();
  return name === "" ? "Video" : name;
}
