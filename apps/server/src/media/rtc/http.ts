/** The HTTP side of WHIP and WHEP: bodies within bounds, cross-origin answers, errors in the API's shape. RFC 9725 §4. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ErrorCode } from "@rostrum/contract/errors";

export const SDP_TYPE = "application/sdp";
export const FRAGMENT_TYPE = "application/trickle-ice-sdpfrag";

/** Name and value, one after the other, as `writeHead` takes them. */
export type HeaderList = readonly string[];

const CORS: HeaderList = [
  ...["Access-Control-Allow-Origin", "*"],
  ...[
    "Access-Control-Expose-Headers",
    "Location, ETag, Link, Retry-After, Accept-Patch, WWW-Authenticate, Rostrum-Clock",
  ],
];
/** A body of some kilobytes that takes longer is sent to hold a place. */
const BODY_WITHIN_MS = 10_000;
/** For an answer to arrive that did not wait for the body. */
const LINGER_MS = 2_000;
const CODES: Readonly<Record<number, ErrorCode>> = {
  400: "invalid_input",
  401: "unauthenticated",
  403: "forbidden",
  404: "not_found",
  405: "invalid_input",
  409: "conflict",
  412: "conflict",
  413: "too_large",
  415: "unsupported_media",
  422: "invalid_input",
  428: "invalid_input",
  429: "rate_limited",
  500: "internal",
  503: "unavailable",
};

/** Sends an answer that is never cached. */
export function reply(res: ServerResponse, status: number, headers: HeaderList = [], body = ""): void {
  if (res.headersSent || res.destroyed) return;
  const length = ["Content-Length", String(Buffer.byteLength(body))];
  res.writeHead(status, [...CORS, "Cache-Control", "no-store", ...(status === 204 ? [] : length), ...headers]);
  res.end(body);
  endUnlessComplete(res.req);
}

/** Closing at once could keep the answer from arriving; a body that goes on slowly would hold the connection for ever. */
function endUnlessComplete(req: IncomingMessage): void {
  if (req.complete) return;
  const timer = setTimeout(() => {
    if (!req.complete) req.socket.destroy();
  }, LINGER_MS);
  req.once("close", () => clearTimeout(timer));
}

/** Sends an error. `message` is a sentence for people. */
export function refuse(
  res: ServerResponse,
  status: number,
  message: string,
  options: { code?: ErrorCode; headers?: HeaderList } = {},
): void {
  const body = JSON.stringify({ error: { code: options.code ?? CODES[status] ?? "internal", message } });
  const type = ["Content-Type", "application/json; charset=utf-8", "X-Content-Type-Options", "nosniff"];
  reply(res, status, [...type, ...(options.headers ?? [])], body);
}

/** Answers OPTIONS: also what a browser asks before it sends an offer. @param methods joined by commas */
export function allowOptions(res: ServerResponse, methods: string, more: HeaderList = []): void {
  reply(res, 204, [
    ...["Access-Control-Allow-Methods", methods, "Access-Control-Max-Age", "86400"],
    ...["Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match"],
    ...["Accept-Post", SDP_TYPE, ...more],
  ]);
}

/** `links`: values of `RtcEndpoint.links`. RFC 9725 §4.6. */
export function linkHeaders(links: readonly string[]): HeaderList {
  return links.flatMap((link) => ["Link", link]);
}

/** Whether the body is of `type`; parameters such as a charset do not count. */
export function hasType(req: IncomingMessage, type: string): boolean {
  return (req.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() === type;
}

/** The token of `Authorization: Bearer`; undefined when there is none. RFC 6750 §2.1. */
export function bearerOf(req: IncomingMessage): string | undefined {
  return /^Bearer +([^\s]+) *$/i.exec(req.headers.authorization ?? "")?.[1];
}

/**
 * The whole body; undefined when it is longer than `maxBytes`, breaks off, takes too long, or `signal` says so. Nothing of
 * the rest is kept.
 */
export function readBody(req: IncomingMessage, maxBytes: number, signal?: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    let chunks: Buffer[] | undefined = [];
    let bytes = 0;
    // The connection goes on for a moment, until whoever asked has its answer.
    const giveUp = (): void => {
      chunks = undefined;
      resolve(undefined);
    };
    if (Number(req.headers["content-length"] ?? 0) > maxBytes) return giveUp();
    const timer = setTimeout(giveUp, BODY_WITHIN_MS);
    signal?.addEventListener("abort", giveUp, { once: true });
    req.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) return void chunks?.push(chunk);
      req.pause();
      giveUp();
    });
    req.once("end", () => resolve(Buffer.concat(chunks ?? []).toString("utf8")));
    // Comes after all of them.
    req.once("close", () => {
      clearTimeout(timer);
      giveUp();
    });
    req.once("error", giveUp);
  });
}
