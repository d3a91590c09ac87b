/**
 * The SFU behind the main HTTP port: signalling and RoomService are passed on as they come. One port is all that a reverse proxy has
 * to know, and a browser talks to its own site.
 */
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { addressKey, peerAddress } from "../lib/address.ts";
import { Places } from "../lib/places.ts";

export type SfuDoorOptions = Readonly<{
  /** Where the SFU listens on this machine; undefined while it does not serve. */
  portNow: () => number | undefined;
  trustProxy: boolean;
}>;

/** What the main HTTP port does with what comes for the rooms. */
export type SfuHttp = Readonly<{
  /** Whether a path, with its query, is one of these. */
  serves(url: string): boolean;
  handleHttp(req: IncomingMessage, res: ServerResponse): void;
  handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
}>;

/** A participant has one socket; those who come and go at the same time need a few more than there are participants. */
const MAX_SOCKETS = 2_000;
const ANSWER_WITHIN_MS = 15_000;
/** Of one connection, and not of the next (RFC 9110 §7.6.1); and our sessions, which are not for the SFU. */
const NOT_PASSED_ON: ReadonlySet<string> = new Set([
  ...["connection", "cookie", "expect", "keep-alive", "proxy-connection", "te", "upgrade"],
]);

export class SfuDoor implements SfuHttp {
  readonly #options: SfuDoorOptions;
  readonly #places = new Places(MAX_SOCKETS);

  constructor(options: SfuDoorOptions) {
    this.#options = options;
  }

  serves(url: string): boolean {
    return /^\/(rtc|twirp)(?:[/?]|$)/.test(url);
  }

  handleHttp(req: IncomingMessage, res: ServerResponse): void {
    const port = this.#options.portNow();
    if (port === undefined) return answerDown(res);
    const upstream = request({
      host: "127.0.0.1",
      port,
      // Calls are rare: a connection that was kept could just have been closed.
      agent: false,
      method: req.method,
      path: req.url,
      headers: endToEnd(req.headers),
      timeout: ANSWER_WITHIN_MS,
    });
    upstream.on("response", (answer) => {
      res.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      answer.on("error", () => res.destroy());
      answer.pipe(res);
    });
    upstream.on("timeout", () => upstream.destroy(new Error("no answer in time")));
    upstream.on("error", () => (res.headersSent ? res.destroy() : answerDown(res)));
    res.on("close", () => upstream.destroy());
    req.pipe(upstream);
  }

  handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    const port = this.#options.portNow();
    const leave = this.#places.take(addressKey(peerAddress(req, this.#options.trustProxy)));
    if (port === undefined || leave === undefined) {
      leave?.();
      socket.end(DOWN);
      return;
    }
    const upstream = connect({ host: "127.0.0.1", port, noDelay: true });
    upstream.once("connect", () => {
      upstream.write(headOf(req), "latin1");
      if (head.length > 0) upstream.write(head);
      upstream.pipe(socket);
      socket.pipe(upstream);
    });
    upstream.on("error", () => {
      if (upstream.bytesRead === 0 && socket.writable) socket.end(DOWN);
    });
    upstream.on("close", () => {
      leave();
      // A refusal is read to its end; what broke off is broken off.
      if (upstream.bytesRead > 0 && !upstream.readableEnded) socket.destroy();
    });
    // Clients ping every few seconds: one that is silent for longer than `listenHttp` lets it be is closed by Node.
    socket.on("error", () => upstream.destroy());
    socket.on("close", () => upstream.destroy());
  }
}

/** The request as it came, without cookies, to begin the other connection with. Node has checked what stands in it. RFC 9112 §2. */
function headOf({ method, url, rawHeaders }: IncomingMessage): string {
  let text = `${method ?? "GET"} ${url ?? "/"} HTTP/1.1\r\n`;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (name.toLowerCase() !== "cookie") text += `${name}: ${rawHeaders[index + 1]}\r\n`;
  }
  return `${text}\r\n`;
}

function endToEnd(headers: IncomingMessage["headers"]): IncomingMessage["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_PASSED_ON.has(name)));
}

const SENTENCE = "The rooms are not ready; try again in a moment.";
const PLAIN = "text/plain; charset=utf-8";
const DOWN =
  `HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\naccess-control-allow-origin: *\r\n` +
  `content-type: ${PLAIN}\r\ncontent-length: ${SENTENCE.length}\r\n\r\n${SENTENCE}`;

/** In plain words, as the SFU itself answers. */
function answerDown(res: ServerResponse): void {
  const headers = { "content-type": PLAIN, "retry-after": "1", "cache-control": "no-store" };
  res.writeHead(503, { ...headers, "access-control-allow-origin": "*" }).end(SENTENCE);
}
