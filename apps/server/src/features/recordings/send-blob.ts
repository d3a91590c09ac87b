/** A blob as the answer to a request, whole or a range. RFC 9110 §14. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Context } from "../../context.ts";
import { AppError } from "../../lib/app-error.ts";

export type BlobAnswer = Readonly<{ key: string; sizeBytes: number; type: string; disposition: string }>;

const RANGE = /^bytes=([0-9]{0,15})-([0-9]{0,15})$/;

/** Several ranges, and what is no range, are answered with the whole. @throws {AppError} not_found when the blob is gone */
export async function sendBlob(
  ctx: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  { key, sizeBytes, type, disposition }: BlobAnswer,
): Promise<FastifyReply> {
  const range = rangeOf(request.headers.range, sizeBytes);
  if (range === "outside") return reply.code(416).header("content-range", `bytes */${sizeBytes}`).send();
  const blob = await ctx.blobs.get(key, range);
  if (blob === null) throw new AppError("not_found", "The file is gone.");
  if (range !== undefined)
    void reply.code(206).header("content-range", `bytes ${range.start}-${range.end}/${sizeBytes}`);
  return reply
    .header("accept-ranges", "bytes")
    .header("cache-control", "private, no-store")
    .header("content-disposition", disposition)
    .header("content-length", range === undefined ? sizeBytes : range.end - range.start + 1)
    .header("x-content-type-options", "nosniff")
    .type(type)
    .send(blob.body);
}

function rangeOf(
  header: string | undefined,
  sizeBytes: number,
): { start: number; end: number } | "outside" | undefined {
  const [, from = "", to = ""] = RANGE.exec(header ?? "") ?? [];
  if (from === "" && to === "") return undefined;
  if (from !== "" && to !== "" && Number(to) < Number(from)) return undefined;
  const start = from === "" ? Math.max(0, sizeBytes - Number(to)) : Number(from);
  const end = from === "" || to === "" ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  return start > end ? "outside" : { start, end };
}
