/** WebSocket ingest, `/ingest/<key>`: checks the key before it answers the upgrade, then gives the socket to a session. RFC 6455. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Ffmpeg } from "../../../lib/ffmpeg.ts";
import { newId } from "../../../lib/ids.ts";
import type { Logger } from "../../../lib/log.ts";
import type { IngestDecision, IngestGrant, MediaDoors } from "../../plane.ts";
import type { OpenSource } from "../publisher.ts";
import { encoderName } from "./encoder-name.ts";
import { CLOSE, DEFAULT_WEBSOCKET_LIMITS, type WebSocketLimits } from "./limits.ts";
import { closeReason } from "./messages.ts";
import { WebSocketSession } from "./session.ts";

export type WebSocketIngestOptions = Readonly<{
  log: Logger;
  ffmpeg: Ffmpeg;
  authorize: MediaDoors["authorizeIngest"];
  openSource: OpenSource;
  limits?: Partial<WebSocketLimits>;
}>;

export interface WebSocketIngest {
  /** Takes over the socket of an upgrade request. @param remote the peer's address without its port */
  handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer, remote: string): void;
  /** Tells every sender that it may come back, and waits for their sockets to be gone. */
  close(): Promise<void>;
}

/** Longer messages end the connection before they are read; up to here they are refused in words. */
const MAX_READ_BYTES = 1024 * 1024;
const KEY = /^\/ingest\/([A-Za-z0-9_-]{1,128})\/?(?:\?.*)?$/;
const STATUS = {
  unknown_key: "401 Unauthorized",
  unavailable: "503 Service Unavailable",
  owned_elsewhere: "409 Conflict",
  rate_limited: "429 Too Many Requests",
} as const;

type Refusal = Extract<IngestDecision, { ok: false }>;
type Upgrade = Readonly<{ req: IncomingMessage; socket: Duplex; head: Buffer; remote: string }>;

/** The caller closes it. */
export function createWebSocketIngest(options: WebSocketIngestOptions): WebSocketIngest {
  return new Ingest(options);
}

class Ingest implements WebSocketIngest {
  readonly #options: WebSocketIngestOptions;
  readonly #limits: WebSocketLimits;
  readonly #sessions = new Set<WebSocketSession>();
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_READ_BYTES,
  });
  #waiting = 0;
  #closing = false;

  constructor(options: WebSocketIngestOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_WEBSOCKET_LIMITS, ...options.limits };
  }

  handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer, remote: string): void {
    const upgrade = { req, socket, head, remote };
    this.#waiting += 1;
    void this.#decide(upgrade)
      .then((decision) => {
        if (socket.destroyed) return;
        if (decision.ok) this.#accept(upgrade, decision.grant);
        else this.#refuse(upgrade, decision);
      })
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  async close(): Promise<void> {
    this.#closing = true;
    const sessions = [...this.#sessions];
    for (const session of sessions) session.end("The server is restarting.", CLOSE.restarting);
    await Promise.all(sessions.map((session) => session.closed));
  }

  async #decide({ req, remote }: Upgrade): Promise<IngestDecision> {
    const { publishers, waiting } = this.#limits;
    if (this.#closing) return unavailable("The server is restarting. Connect again in a moment.");
    if (this.#sessions.size >= publishers || this.#waiting > waiting) {
      return unavailable("This server takes no more senders now. Try again later.");
    }
    try {
      // What is no key is looked up like a wrong one, so that it counts as one.
      const key = KEY.exec(req.url ?? "")?.[1] ?? "";
      return await this.#options.authorize(key, { remote, protocol: "websocket" });
    } catch (error) {
      this.#options.log.error({ err: error }, "authorisation of a publisher failed");
      return unavailable("The server cannot check the stream key now: try again.");
    }
  }

  #accept({ req, socket, head, remote }: Upgrade, grant: IngestGrant): void {
    const { log, ffmpeg, openSource } = this.#options;
    const encoder = encoderName(req.headers["user-agent"]);
    this.#server.handleUpgrade(req, socket, head, (ws) => {
      const publisher = {
        id: newId(),
        grant,
        protocol: "websocket",
        remote,
        encoder,
        connectedAt: new Date(),
      } as const;
      const session = new WebSocketSession(ws, { publisher, limits: this.#limits, log, ffmpeg, openSource });
      this.#sessions.add(session);
      void session.closed.then(() => this.#sessions.delete(session));
    });
  }

  /** A program reads the answer's status and body. A browser hides both from its page: it is let in to be told, and no further. */
  #refuse({ req, socket, head, remote }: Upgrade, { reason, message }: Refusal): void {
    this.#options.log.warn({ remote, protocol: "websocket", refused: reason }, "WebSocket publisher refused");
    if (req.headers.origin !== undefined) {
      this.#server.handleUpgrade(req, socket, head, (ws) => this.#tellAndClose(ws, reason, message));
      return;
    }
    const body = JSON.stringify({ error: { code: reason, message } });
    const headers = `HTTP/1.1 ${STATUS[reason]}\r\nconnection: close\r\ncontent-type: application/json\r\n`;
    socket.end(`${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #tellAndClose(ws: WebSocket, reason: Refusal["reason"], message: string): void {
    ws.on("error", () => ws.terminate());
    ws.send(JSON.stringify({ type: "error", message }));
    ws.close(reason === "unknown_key" ? CLOSE.unknownKey : CLOSE.unavailable, closeReason(message));
    const linger = setTimeout(() => ws.terminate(), this.#limits.lingerMs);
    ws.once("close", () => clearTimeout(linger));
  }
}

const unavailable = (message: string): Refusal => ({ ok: false, reason: "unavailable", message });
