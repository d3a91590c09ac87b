/** Takes an upload from the wire to a temporary file, as far as it is a video and there is room for it. */
import { createWriteStream } from "node:fs";
import { mkdir, open, rm, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { FILE_LIMITS } from "@rostrum/contract/files";
import { plainText } from "@rostrum/contract/plain-text";
import type { FastifyRequest } from "fastify";
import type { Context } from "../../context.ts";
import { AppError } from "../../lib/app-error.ts";
import { type Container, SNIFF_BYTES, sniffContainer } from "../../lib/container.ts";
import { newId } from "../../lib/ids.ts";
import { freeBytes, SHOW_RESERVE_BYTES } from "../../store/disk.ts";
import { COPIES, type UploadClaim } from "./running-uploads.ts";

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
const MULTIPART_OVERHEAD = 64 * 1024;
const MAX_NAME = 140;

/** Where uploads are until they are blobs. */
export const uploadFolder = (ctx: Context): string => path.join(ctx.config.DATA_DIR, "uploads");

/** What the channel's quota leaves, inclusive, and what takes the rest, as the middle of a sentence. */
export type Room = Readonly<{ bytes: number; taken: string }>;

/** What the header says of the file; 0 when it says nothing. */
export function announcedBytes(request: FastifyRequest): number {
  return Math.max(0, Number(request.headers["content-length"] ?? 0) - MULTIPART_OVERHEAD) || 0;
}

/**
 * The one file of a multipart upload.
 * @throws {AppError} too_large, unsupported_media, conflict (quota or disk)
 */
export async function receiveUpload(
  ctx: Context,
  request: FastifyRequest,
  { claim, room }: Readonly<{ claim: UploadClaim; room: Room }>,
): Promise<ReceivedFile> {
  if (!request.isMultipart()) throw new AppError("unsupported_media", "Send the video as multipart/form-data.");
  const folder = uploadFolder(ctx);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const diskBytes = Math.floor((freeBytes(folder) - SHOW_RESERVE_BYTES - claim.ahead.diskBytes) / COPIES);
  const maxBytes = Math.min(FILE_LIMITS.maxBytes, room.bytes, diskBytes);
  const limit = { maxBytes, received: claim.received, refuse: () => tooLarge(maxBytes, room, diskBytes) };
  // The header names it already: nobody has to send gigabytes to hear that.
  if (maxBytes <= 0 || announcedBytes(request) > maxBytes) throw limit.refuse();
  const file = path.join(folder, newId());
  const dispose = (): Promise<void> => rm(file, { force: true });
  try {
    return { ...(await store(request, file, limit)), path: file, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

type Limit = Readonly<{ maxBytes: number; received: (bytes: number) => void; refuse: () => AppError }>;

async function store(
  request: FastifyRequest,
  file: string,
  limit: Limit,
): Promise<Pick<ReceivedFile, "name" | "sizeBytes" | "container">> {
  const part = await request.file({ limits: { fileSize: limit.maxBytes, files: 1 }, throwFileSizeLimit: false });
  if (part === undefined) throw new AppError("unsupported_media", "There is no file in the upload.");
  const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      limit.received(chunk.length);
      yield chunk;
    }
  };
  await pipeline(part.file, counted, createWriteStream(file, { flags: "wx", mode: 0o600 }));
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

function tooLarge(maxBytes: number, room: Room, diskBytes: number): AppError {
  const left = `${Math.max(0, maxBytes / GIB).toFixed(1)} GiB`;
  if (maxBytes === room.bytes) {
    return new AppError(
      "conflict",
      `The channel's quota leaves ${left} (${room.taken}); delete some or raise the quota.`,
    );
  }
  if (maxBytes === diskBytes) return new AppError("conflict", `The server's disk leaves ${left} for uploads.`);
  return new AppError("too_large", `A video may have ${FILE_LIMITS.maxBytes / GIB} GiB at most.`);
}

function nameOf(filename: string): string {
  const base = filename.split(/[/\\]/).at(-1) ?? "";
  const name = plainText(base.replace(/\.[a-z0-9]{2,5}$/i, ""))
    .slice(0, MAX_NAME)
    .toWellFormed();
  return name === "" ? "Video" : name;
}
