/** The one HTTP port of a process. It is opened before the roles exist; until they have added their handlers it answers 503. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Config } from "../config.ts";
import { listenError } from "../lib/start-error.ts";
import type { SfuHttp } from "../livekit/sfu-door.ts";

export type HttpHandler = (req: IncomingMessage, res: ServerResponse) => void;

/** Takes over the socket. `head` is what came after the request. */
export type UpgradeHandler = (req: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface HttpListener {
  readonly server: Server;
  readonly port: number;
  /** Playback paths, WHIP and WHEP, served without any framework. */
  media: HttpHandler | undefined;
  /** Signalling and RoomService, where the SFU is this server's. */
  rooms: SfuHttp | undefined;
  /** Everything else. */
  app: HttpHandler | undefined;
  /** WebSocket upgrades by the first part of the path, e.g. `/live/`; the longest that fits. Others are answered 404. */
  readonly upgrades: Map<string, UpgradeHandler>;
  /** Stops accepting, ends idle connections, lets running answers finish for two seconds. */
  close(): Promise<void>;
}

const GRACE_MS = 2000;
const MIN_IDLE_MS = 30_000;
/** The token for a room stands in an address, with the metadata of who joins; so does the first offer of livekit-client. */
const MAX_HEADER_BYTES = 64 * 1024;
const isMedia = (url: string): boolean =>
  url.startsWith("/live/") ||
  url.startsWith("/livestream/") ||
  url.startsWith("/vod/") ||
  url.startsWith("/whep/") ||
  /^\/whip(?:[/?]|$)/.test(url);

/**
 * @param idleMs a connection on which nothing moves for so long is ended: who does not read what was sent would hold it in
 * memory. What stays open for longer lifts it by `socket.setTimeout(0)`, as WebSocket libraries do.
 * @throws {StartError} when the port cannot be opened
 */
export async function listenHttp(config: Config, idleMs = longestIdleMs(config)): Promise<HttpListener> {
  // No limit for a whole request: an upload of gigabytes takes its time. One that stands still is ended by `server.timeout`.
  // Without a limit for requests Node has none for their headers either, unless it is named.
  const server = createServer({
    ...{ keepAliveTimeout: 60_000, noDelay: true, requestTimeout: 0, headersTimeout: 60_000 },
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  server.timeout = idleMs;
  const listener: HttpListener = {
    server,
    port: 0,
    media: undefined,
    rooms: undefined,
    app: undefined,
    upgrades: new Map(),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      await closed;
      clearTimeout(timer);
    },
  };
  server.on("request", (req, res) => {
    if (listener.rooms?.serves(req.url ?? "") === true) return listener.rooms.handleHttp(req, res);
    const handler = isMedia(req.url ?? "") ? (listener.media ?? listener.app) : listener.app;
    if (handler) handler(req, res);
    else starting(res);
  });
  server.on("upgrade", (req, socket, head) => {
    const prefixes = [...listener.upgrades.keys()].filter((one) => (req.url ?? "").startsWith(one));
    const handler = listener.upgrades.get(prefixes.toSorted((a, b) => b.length - a.length)[0] ?? "");
    // A socket nobody reads yet must not end the process with its errors.
    socket.on("error", () => socket.destroy());
    if (handler) handler(req, socket, head);
    else socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(listenError(cause, "HTTP", config.PORT, "PORT")));
    server.listen(config.PORT, config.HOST, resolve);
  });
  return Object.assign(listener, { port: (server.address() as AddressInfo).port });
}

/** More than a blocked playlist request may wait: three target durations of two segment targets each. */
function longestIdleMs({ SEGMENT_TARGET_MS }: Config): number {
  return Math.max(MIN_IDLE_MS, 3 * 2 * SEGMENT_TARGET_MS + 10_000);
}

function starting(res: ServerResponse): void {
  const body = JSON.stringify({
    error: { code: "unavailable", message: "The server is starting; try again in a moment." },
  });
  res.writeHead(503, { "content-type": "application/json", "retry-after": "1", "cache-control": "no-store" }).end(body);
}
