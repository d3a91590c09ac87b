/** Bytes of parts, segments and init segments: from memory in one write, from disk as a stream, whole or a range. */
import { createReadStream } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { MEDIA_TYPE, type Range, parseRange, refuse, refuseRange, startAnswer } from "./answer.ts";

export type MediaSource =
  | Readonly<{ kind: "memory"; buffers: readonly Buffer[] }>
  | Readonly<{ kind: "file"; path: string; sizeBytes: number }>;

/** `sent` is told the bytes of the body. */
export function sendBuffers(
  req: IncomingMessage,
  res: ServerResponse,
  buffers: readonly Buffer[],
  cacheControl: string,
  sent: (bytes: number) => void,
): void {
  let lengthBytes = 0;
  for (const buffer of buffers) lengthBytes += buffer.length;
  const range = parseRange(req.headers.range, lengthBytes);
  if (range === "unsatisfiable") return refuseRange(res, lengthBytes);
  startAnswer(res, { type: MEDIA_TYPE, cacheControl, lengthBytes, range });
  if (req.method === "HEAD") return void res.end();
  sent(range === undefined ? lengthBytes : range.last - range.first + 1);
  const wanted = range === undefined ? buffers : cutRange(buffers, range);
  const [only] = wanted;
  if (wanted.length === 1) return void res.end(only);
  res.cork();
  for (const buffer of wanted) res.write(buffer);
  res.end();
  res.uncork();
}

/** 404 when the file cannot be opened. */
export function sendFile(
  req: IncomingMessage,
  res: ServerResponse,
  file: Extract<MediaSource, { kind: "file" }>,
  cacheControl: string,
  sent: (bytes: number) => void,
): void {
  const lengthBytes = file.sizeBytes;
  const range = parseRange(req.headers.range, lengthBytes);
  if (range === "unsatisfiable") return refuseRange(res, lengthBytes);
  const bounds = range ?? { first: 0, last: lengthBytes - 1 };
  const stream = createReadStream(file.path, { start: bounds.first, end: bounds.last });
  // A viewer that goes away or a broken disk ends the other side too.
  res.once("close", () => stream.destroy());
  stream.once("error", () => {
    if (res.headersSent) res.destroy();
    else refuse(res, 404, "There is no such media.");
  });
  stream.once("open", () => {
    startAnswer(res, { type: MEDIA_TYPE, cacheControl, lengthBytes, range });
    if (req.method === "HEAD") {
      stream.destroy();
      return void res.end();
    }
    sent(bounds.last - bounds.first + 1);
    stream.pipe(res);
  });
}

function cutRange(buffers: readonly Buffer[], { first, last }: Range): Buffer[] {
  const cut: Buffer[] = [];
  let at = 0;
  for (const buffer of buffers) {
    const from = Math.max(first - at, 0);
    const to = Math.min(last + 1 - at, buffer.length);
    if (from < to) cut.push(buffer.subarray(from, to));
    at += buffer.length;
  }
  return cut;
}
