/** Answers on bare node:http: headers, errors in the API's shape, byte ranges. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ErrorCode } from "@rostrum/contract/errors";

export const PLAYLIST_TYPE = "application/vnd.apple.mpegurl";
export const MEDIA_TYPE = "video/mp4";

/** Inclusive bounds of a body's bytes. */
export type Range = Readonly<{ first: number; last: number }>;

/** Media is public to every page: no cookie counts here, and a token is in the URL. */
const CORS = ["Access-Control-Allow-Origin", "*", "Access-Control-Expose-Headers", "Content-Length,Content-Range,Date"];
const CODES: Readonly<Record<number, ErrorCode>> = {
  400: "invalid_input",
  403: "forbidden",
  404: "not_found",
  405: "invalid_input",
  500: "internal",
  503: "unavailable",
};

/** Sends an error; it is not cached. */
export function refuse(
  res: ServerResponse,
  status: number,
  message: string,
  options: { code?: ErrorCode; retryAfterSec?: number; allow?: string } = {},
): void {
  if (res.headersSent || res.destroyed) return;
  const body = JSON.stringify({ error: { code: options.code ?? CODES[status] ?? "internal", message } });
  const headers = [...CORS, "Content-Type", "application/json; charset=utf-8", "Cache-Control", "no-store"];
  headers.push("Content-Length", String(Buffer.byteLength(body)));
  if (options.retryAfterSec !== undefined) headers.push("Retry-After", String(options.retryAfterSec));
  if (options.allow !== undefined) headers.push("Allow", options.allow);
  res.writeHead(status, headers);
  res.end(body);
}

/** Answers a preflight request: players send Range and nothing else of their own. */
export function allowOptions(res: ServerResponse): void {
  res.writeHead(204, [
    ...CORS,
    "Access-Control-Allow-Methods",
    "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers",
    "Range",
    "Access-Control-Max-Age",
    "86400",
  ]);
  res.end();
}

/** Headers of a 200 or 206; `lengthBytes` is the whole body's. */
export function startAnswer(
  res: ServerResponse,
  options: { type: string; cacheControl: string; lengthBytes: number; range?: Range | undefined; gzip?: boolean },
): void {
  const { range, lengthBytes } = options;
  const sent = range === undefined ? lengthBytes : range.last - range.first + 1;
  const headers = [...CORS, "Content-Type", options.type, "Cache-Control", options.cacheControl];
  headers.push("Content-Length", String(sent), "X-Content-Type-Options", "nosniff");
  if (options.type === PLAYLIST_TYPE) headers.push("Vary", "Accept-Encoding");
  else headers.push("Accept-Ranges", "bytes");
  if (options.gzip === true) headers.push("Content-Encoding", "gzip");
  if (range !== undefined) headers.push("Content-Range", `bytes ${range.first}-${range.last}/${lengthBytes}`);
  res.writeHead(range === undefined ? 200 : 206, headers);
}

/** The wanted range of a body, undefined for all of it; "unsatisfiable" lies outside. RFC 9110 §14; several ranges count as none. */
export function parseRange(header: string | undefined, lengthBytes: number): Range | "unsatisfiable" | undefined {
  const match = header === undefined ? null : /^bytes=([0-9]{0,15})-([0-9]{0,15})$/.exec(header);
  const [, from = "", to = ""] = match ?? [];
  if (from === "" && to === "") return undefined;
  const first = from === "" ? Math.max(0, lengthBytes - Number(to)) : Number(from);
  const last = from === "" || to === "" ? lengthBytes - 1 : Math.min(Number(to), lengthBytes - 1);
  if (from !== "" && to !== "" && Number(to) < Number(from)) return undefined;
  return first > last ? "unsatisfiable" : { first, last };
}

/** Says which range would have been possible. */
export function refuseRange(res: ServerResponse, lengthBytes: number): void {
  res.writeHead(416, [...CORS, "Content-Range", `bytes */${lengthBytes}`, "Content-Length", "0"]);
  res.end();
}

export function acceptsGzip(req: IncomingMessage): boolean {
  const accepted = req.headers["accept-encoding"];
  return typeof accepted === "string" && /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(accepted);
}
