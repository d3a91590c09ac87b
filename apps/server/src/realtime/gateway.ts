/** WS /realtime: many topics over one socket. Up to twenty times a second each socket gets one frame with all that is new for it. DESIGN §5. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type ClientMessage, readClientMessage, REALTIME_CLOSE } from "@rostrum/contract/realtime";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Caller, RealtimeRules } from "../http/realtime-rules.ts";
import { AppError } from "../lib/app-error.ts";
import type { Cancel, Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import type { Metrics } from "../lib/metrics.ts";
import { Places } from "../lib/places.ts";
import type { Bus } from "../ports/bus.ts";
import { Allowance } from "./allowance.ts";
import { Connection } from "./connection.ts";
import { errorBodyOf } from "./errors.ts";
import { Followers, sameCaller } from "./followers.ts";
import { inTurns } from "./in-turns.ts";
import { createGatewayMetrics, type GatewayMetrics } from "./metrics.ts";
import { runAction } from "./run-action.ts";

export type GatewayOptions = Readonly<{
  bus: Bus;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  rules: RealtimeRules;
  /** Who asks, told by cookies or a bearer token; asked again while the socket is open. @throws {AppError} not to be let in */
  identify: (req: IncomingMessage) => Promise<Caller>;
  /** As limits count addresses; undefined: this machine. */
  networkOf: (req: IncomingMessage) => string | undefined;
  maxConnections?: number;
}>;

const MAX_CONNECTIONS = 20_000;
const MAX_MESSAGE_BYTES = 16 * 1024;
const PING_EVERY_MS = 25_000;
/** Sessions are looked at again so often; one that has ended is noticed at once when the bus says so. */
const IDENTIFY_EVERY_MS = 60_000;
const IDENTIFIED_AT_ONCE = 4;
const SWEEP_EVERY_MS = 5000;
/** Messages that wait for the ones before them. */
const MAX_WAITING = 64;
/** How long clients may take to close when the server stops. */
const CLOSE_WITHIN_MS = 1000;

type Client = {
  readonly connection: Connection;
  readonly req: IncomingMessage;
  readonly allowance: Allowance;
  heardSincePing: boolean;
  waiting: number;
  /** The last message that was taken. */
  last: Promise<void>;
};

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });
  readonly #clients = new Set<Client>();
  readonly #followers: Followers;
  readonly #places: Places;
  readonly #metrics: GatewayMetrics;
  readonly #timers: readonly Cancel[];
  #closing = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    const { bus, log, clock, metrics, rules } = options;
    this.#places = new Places(options.maxConnections ?? MAX_CONNECTIONS);
    this.#metrics = createGatewayMetrics(metrics, () => this.#clients.size);
    this.#followers = new Followers({ bus, clock, log, rules, onSent: (bytes) => this.#metrics.sent(bytes) });
    this.#timers = [
      clock.every(PING_EVERY_MS, () => this.#pingAll()),
      clock.every(IDENTIFY_EVERY_MS, () => this.#identifyAll()),
      clock.every(SWEEP_EVERY_MS, () => this.#followers.sweep()),
    ];
  }

  /** Also for those who poll. */
  get entrance(): Followers["entrance"] {
    return this.#followers.entrance;
  }

  /** Takes over every socket it is given. */
  handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (socket.destroyed) return;
    if (req.url?.split("?")[0] !== "/realtime") return refuse(socket, "404 Not Found");
    const leave = this.#closing ? undefined : this.#places.take(this.#options.networkOf(req));
    if (leave === undefined) return refuse(socket, "503 Service Unavailable");
    socket.once("close", leave);
    this.#options.identify(req).then(
      (caller) => {
        if (this.#closing) return refuse(socket, "503 Service Unavailable");
        if (!socket.destroyed)
          this.#sockets.handleUpgrade(req, socket, head, (ws) => this.#welcome(ws, socket, req, caller));
      },
      (error: unknown) => refuse(socket, this.#statusOf(error)),
    );
  }

  /** What a broadcast allows, or who belongs to it, has changed: whoever may not follow it any more is told so. Left out: any may have. */
  recheck(id?: string): void {
    this.#followers.recheck(id);
  }

  /** Something about this account's sessions or rights has changed. Left out: about any account's. */
  recheckAccount(accountId?: string): void {
    const concerned = this.#signedIn().filter(({ connection: { caller } }) => {
      return accountId === undefined || (caller.viewer.kind === "account" && caller.viewer.accountId === accountId);
    });
    void inTurns(concerned, IDENTIFIED_AT_ONCE, (client) => this.#identify(client, true));
  }

  /** Clients come again, to another process or to the next run. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const cancel of this.#timers) cancel();
    const connections = [...this.#clients].map(({ connection }) => connection);
    const closed = connections.map((connection) => new Promise<void>((resolve) => connection.onClose(resolve)));
    for (const connection of connections) connection.leave(REALTIME_CLOSE.stopping, "The server is stopping.");
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_WITHIN_MS)));
    await Promise.race([Promise.all(closed), late]);
    clearTimeout(timer);
    for (const { connection } of this.#clients) connection.drop();
    this.#followers.close();
  }

  #statusOf(error: unknown): string {
    if (error instanceof AppError) return error.code === "bad_origin" ? "403 Forbidden" : "401 Unauthorized";
    this.#options.log.error({ err: error }, "a realtime client was not let in");
    return "500 Internal Server Error";
  }

  #welcome(ws: WebSocket, socket: Duplex, req: IncomingMessage, caller: Caller): void {
    const connection = new Connection(ws, socket, caller, (code) => this.#metrics.left(code));
    const allowance = new Allowance(this.#options.clock);
    const client: Client = { connection, req, allowance, heardSincePing: true, waiting: 0, last: Promise.resolve() };
    this.#clients.add(client);
    // What breaks the protocol was answered by `ws` with its close code.
    ws.on("error", () => connection.leave(REALTIME_CLOSE.refused, ""));
    ws.on("pong", () => (client.heardSincePing = true));
    ws.on("close", () => {
      this.#clients.delete(client);
      this.#followers.forget(connection);
    });
    ws.on("message", (data, isBinary) => this.#hear(client, isBinary ? undefined : data));
  }

  /** @param data undefined: it was binary */
  #hear(client: Client, data: RawData | undefined): void {
    const { connection, allowance } = client;
    client.heardSincePing = true;
    if (!connection.isHere) return;
    if (!allowance.take()) return connection.leave(REALTIME_CLOSE.refused, "Too many messages; wait a moment.");
    // `ws` gives one buffer for a text message.
    const message = data && readClientMessage((data as Buffer).toString());
    if (message === undefined) return connection.leave(REALTIME_CLOSE.refused, "The message is not understood.");
    if (client.waiting >= MAX_WAITING) return connection.leave(REALTIME_CLOSE.tryLater, "Too much is going on here.");
    client.waiting += 1;
    // In order: two messages of one person stay the first and the second.
    client.last = client.last
      .then(() => this.#take(connection, message))
      .catch((error: unknown) => this.#options.log.error({ err: error }, "a realtime message was not answered"))
      .finally(() => (client.waiting -= 1));
  }

  async #take(connection: Connection, message: ClientMessage): Promise<void> {
    if (!connection.isHere) return;
    switch (message.type) {
      case "ping":
        return connection.send({ type: "pong" });
      case "subscribe":
        return this.#followers.subscribe(connection, message.topic, message.cursor, message.token);
      case "unsubscribe":
        return this.#followers.unsubscribe(connection, message.topic.name);
      case "send":
        return this.#send(connection, message);
      default:
        return message satisfies never;
    }
  }

  async #send(connection: Connection, send: Extract<ClientMessage, { type: "send" }>): Promise<void> {
    try {
      const result = (await runAction(this.#options.rules, connection.caller, send)) ?? null;
      connection.send({ type: "ack", id: send.id, result });
    } catch (error) {
      connection.send({ type: "nack", id: send.id, ...errorBodyOf(error, this.#options.log) });
    }
  }

  #identifyAll(): void {
    // What was said about an age ends, too, and so do playback tokens.
    const passing = [...this.#clients].filter(({ connection: { caller, hasToken } }) => {
      return caller.viewer.kind === "account" || caller.viewer.age !== undefined || hasToken;
    });
    void inTurns(passing, IDENTIFIED_AT_ONCE, (client) => this.#identify(client, false));
  }

  #signedIn(): Client[] {
    return [...this.#clients].filter(({ connection }) => connection.caller.viewer.kind === "account");
  }

  /** Never rejects. @param hasChanged something about what the account may do; its session may stand nevertheless */
  async #identify({ connection, req }: Client, hasChanged: boolean): Promise<void> {
    const { identify, log } = this.#options;
    if (!connection.isHere) return;
    try {
      const caller = await identify(req);
      const wasSignedIn = connection.caller.viewer.kind === "account";
      if (wasSignedIn && caller.viewer.kind === "anonymous")
        throw new AppError("unauthenticated", "The session is over.");
      const isSame = sameCaller(connection.caller, caller);
      connection.caller = caller;
      if (hasChanged || !isSame) await this.#followers.recheckConnection(connection);
      else await this.#followers.recheckTokens(connection);
    } catch (error) {
      if (error instanceof AppError)
        connection.leave(REALTIME_CLOSE.unauthenticated, "Renew the session, then connect again.");
      else log.warn({ err: error }, "whether a session still stands could not be found out");
    }
  }

  #pingAll(): void {
    for (const client of this.#clients) {
      if (!client.heardSincePing) client.connection.drop();
      client.heardSincePing = false;
      client.connection.ping();
    }
  }
}

function refuse(socket: Duplex, status: string): void {
  // The far end need not close its half.
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
