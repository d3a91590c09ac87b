/** Answers with a stored blob, whole or in part. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../lib/app-error.ts";
import type { Blobs } from "../ports/blobs.ts";
import { parseByteRange } from "./byte-range.ts";

type Options = Readonly<{ key: string; bytes: number; contentType: string; cacheControl: string }>;

/**
 * @param options `bytes` is the length that the row says; a blob never changes
 * @throws {AppError} not_found when the blob is gone
 */
export async function sendBlob(
  blobs: Blobs,
  request: FastifyRequest,
  reply: FastifyReply,
  { key, bytes, contentType, cacheControl }: Options,
): Promise<FastifyReply> {
  const range = parseByteRange(request.headers.range, bytes);
  void reply
    .header("accept-ranges", "bytes")
    .header("cache-control", cacheControl)
    .header("x-content-type-options", "nosniff")
    .type(contentType);
  if (range.kind === "outside") return reply.code(416).header("content-range", `bytes */${bytes}`).send();
  const part = range.kind === "part" ? { start: range.start, end: range.end } : undefined;
  const blob = await blobs.get(key, part);
  if (blob === null) throw new AppError("not_found", "This file is gone.");
  // Nobody gets the bytes, and Fastify would read them all.
  if (request.method === "HEAD") blob.body.destroy();
  if (part === undefined) return reply.header("content-length", blob.info.bytes).send(blob.body);
  return reply
    .code(206)
    .header("content-range", `bytes ${part.start}-${part.end}/${bytes}`)
    .header("content-length", part.end - part.start + 1)
    .send(blob.body);
}
