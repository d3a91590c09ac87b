/** The signalling endpoints: `/rtc/v1` and `/rtc`, each with `/validate`, which says in words why a socket was refused. */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { DisconnectReason } from "@livekit/protocol";
import { type WebSocket, WebSocketServer } from "ws";
import type { Grants } from "./grants.ts";
import type { Limits } from "./limits.ts";
import type { Log } from "./log.ts";
import { leaveRequest } from "./room/messages.ts";
import { type Refusal, type Rooms, withOwnWishes } from "./room/rooms.ts";
import { type JoinParams, readJoinParams } from "./signal/join-request.ts";
import { SignalSocket } from "./signal/signal-socket.ts";
import type { Tokens } from "./tokens.ts";
import { bearerOf } from "./twirp.ts";

export type RtcDeps = Readonly<{ rooms: Rooms; tokens: Tokens; limits: Limits; log: Log; nowMs: () => number }>;

type Admitted = Readonly<{ grants: Grants; params: JoinParams }>;

const JOIN_PATHS: ReadonlySet<string> = new Set(["/rtc", "/rtc/v1"]);
const GOODBYE_MS = 500;
const VALIDATE_PATHS: ReadonlySet<string> = new Set(["/rtc/validate", "/rtc/v1/validate"]);

export class RtcHttp {
  readonly #deps: RtcDeps;
  readonly #sockets: WebSocketServer;

  constructor(deps: RtcDeps) {
    this.#deps = deps;
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: true,
      maxPayload: deps.limits.maxSignalBytes,
      // Messages are small and many: compressing them costs more memory than it saves bytes.
      perMessageDeflate: false,
    });
  }

  /** Whether the path is one of these, for plain requests. */
  serves(path: string): boolean {
    return JOIN_PATHS.has(path) || VALIDATE_PATHS.has(path);
  }

  /** Answers a plain request to one of the paths. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = urlOf(request);
    // Pages of any origin may ask: the token is what admits, and it is in the request itself.
    response.setHeader("access-control-allow-origin", "*");
    if (request.method === "OPTIONS") {
      response.setHeader("access-control-allow-headers", "authorization");
      response.writeHead(204).end();
    } else if (JOIN_PATHS.has(url.pathname)) {
      answerText(response, 426, "This address is for WebSockets.");
    } else {
      const admitted = await this.#admit(url, request, "validate");
      if ("status" in admitted) answerText(response, admitted.status, admitted.message);
      else answerText(response, 200, "success");
    }
  }

  /** Takes or refuses a WebSocket. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Without a listener a connection that breaks while the token is checked would end the process.
    const onError = (): void => void socket.destroy();
    socket.on("error", onError);
    const url = urlOf(request);
    const admitted = JOIN_PATHS.has(url.pathname)
      ? await this.#admit(url, request, "join")
      : { status: 404 as const, message: "There is nothing at this address." };
    if ("status" in admitted) return refuseUpgrade(socket, admitted);
    if (socket.destroyed) return;
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off("error", onError);
      this.#enter(webSocket, admitted);
    });
  }

  /** Gives what was said last a moment to arrive, then closes what is still open. */
  async close(): Promise<void> {
    this.#sockets.close();
    const closing = [...this.#sockets.clients].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    await Promise.race([Promise.all(closing), sleep(GOODBYE_MS, undefined, { ref: false })]);
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  #enter(webSocket: WebSocket, { grants, params }: Admitted): void {
    const { rooms, nowMs, log } = this.#deps;
    const socket = new SignalSocket(webSocket, nowMs());
    if (params.reconnect) {
      // Nothing is kept to go on with, and the library cannot restart ICE: it comes back with everything new.
      socket.startRefused();
      return socket.leave(leaveRequest(DisconnectReason.STATE_MISMATCH, "reconnect"));
    }
    const problem = rooms.enter(grants, params, socket);
    if (problem === undefined) return;
    log.info("join refused", { room: grants.video.room, why: problem });
    socket.startRefused();
    socket.leave(leaveRequest(DisconnectReason.JOIN_FAILURE));
  }

  async #admit(url: URL, request: IncomingMessage, purpose: "join" | "validate"): Promise<Admitted | AnyRefusal> {
    const { tokens, rooms } = this.#deps;
    // The header's token wins over the query's.
    const verified = await tokens.verify(bearerOf(request) || (url.searchParams.get("access_token") ?? ""));
    if (!verified.ok) return { status: 401, message: verified.reason };
    const room = url.searchParams.get("room") ?? "";
    if (room !== "" && room !== verified.grants.video.room)
      return { status: 403, message: "The access token is for another room." };
    const params = readJoinParams(url);
    if (typeof params === "string") return { status: 400, message: params };
    const grants = withOwnWishes(verified.grants, params);
    const refusal = rooms.refuse(grants);
    // One that comes back is told to do so with everything new, also where there is no place for it at the moment.
    const isAboutPlace = refusal?.status === 403 || refusal?.status === 503;
    if (refusal !== undefined && !(purpose === "join" && params.reconnect && isAboutPlace)) return refusal;
    return { grants, params };
  }
}

type AnyRefusal = Readonly<{ status: Refusal["status"] | 404; message: string }>;

function urlOf(request: IncomingMessage): URL {
  const url = URL.parse(request.url ?? "/", "http://sfu");
  return url ?? new URL("http://sfu/");
}

function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
}

function refuseUpgrade(socket: Duplex, { status, message }: AnyRefusal): void {
  const body = Buffer.from(message);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\n` +
      `content-length: ${body.byteLength}\r\n\r\n${message}`,
  );
}
