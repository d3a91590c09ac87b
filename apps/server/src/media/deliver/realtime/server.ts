/** WS /live/:broadcastId/realtime: lets viewers in, gives them to the feed of their broadcast, and out again when the rules change. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import { type WebSocket, WebSocketServer } from "ws";
import type { Cancel, Clock } from "../../../lib/clock.ts";
import type { Logger } from "../../../lib/log.ts";
import type { Metrics } from "../../../lib/metrics.ts";
import { Places } from "../../../lib/places.ts";
import type { ProgramHub } from "../../hub/program-hub.ts";
import type { MediaDoors } from "../../plane.ts";
import { AccessCheck } from "../hls/access.ts";
import { networkOf } from "../../../lib/address.ts";
import { RealtimeFeed } from "./feed.ts";
import { createRealtimeMetrics, type RealtimeMetrics } from "./metrics.ts";
import { RealtimeViewer } from "./viewer.ts";
import { CLOSE } from "./wire.ts";

export type RealtimeOptions = Readonly<{
  log: Logger;
  clock: Clock;
  metrics: Metrics;
  doors: Pick<MediaDoors, "playbackPolicy" | "verifyPlaybackToken">;
  /** Of a program that runs here. */
  hubOf: (broadcastId: string) => ProgramHub | undefined;
  /** The peer is a proxy that says in X-Forwarded-For whom it asks for. */
  trustProxy: boolean;
  /** Viewers at a time; 10,000 unless told. */
  maxViewers?: number;
}>;

type Asked = Readonly<{ broadcastId: string; token: string | undefined }>;

const PATH = /^\/live\/([A-Za-z0-9_-]{1,64})\/realtime$/;
const MAX_URL_CHARS = 4096;
const MAX_VIEWERS = 10_000;
const MAX_MESSAGE_BYTES = 1024;
const STOPPING = "The server is stopping.";
/** How often it is asked whether the viewers may still watch. */
const CHECK_EVERY_MS = 2000;

export class RealtimeServer {
  readonly #options: RealtimeOptions;
  readonly #access: AccessCheck;
  readonly #places: Places;
  readonly #metrics: RealtimeMetrics;
  readonly #feeds = new Map<string, RealtimeFeed>();
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  readonly #cancelCheck: Cancel;
  #closing = false;

  constructor(options: RealtimeOptions) {
    this.#options = options;
    this.#access = new AccessCheck(options.doors, options.clock);
    this.#places = new Places(options.maxViewers ?? MAX_VIEWERS);
    this.#metrics = createRealtimeMetrics(options.metrics, () => this.#places.count);
    this.#cancelCheck = options.clock.every(CHECK_EVERY_MS, () => this.#checkAll());
  }

  /** Takes over every socket it is given. */
  handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    const asked = parseTarget(req.url ?? "");
    if (asked === undefined) return refuseUpgrade(socket);
    this.#sockets.handleUpgrade(req, socket, head, (ws) => {
      // A broken connection is a viewer that has left.
      ws.on("error", () => ws.terminate());
      const leave = this.#places.take(networkOf(req, this.#options.trustProxy));
      const viewer = this.#viewer(ws, socket, asked.token);
      if (leave === undefined) return viewer.handOver("full");
      ws.once("close", leave);
      this.#admit(viewer, ws, asked).catch((error: unknown) => {
        this.#options.log.error({ err: error, broadcastId: asked.broadcastId }, "a realtime viewer was not let in");
        viewer.leave(CLOSE.failed, "The server failed to answer.");
      });
    });
  }

  /** What came before the show is not given to anybody who comes from now on. */
  forgetGop(broadcastId: string): void {
    this.#feeds.get(broadcastId)?.forgetGop();
  }

  /** Closes all sockets. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#cancelCheck();
    await Promise.all([...this.#feeds.values()].map((feed) => feed.close()));
    for (const ws of this.#sockets.clients) ws.terminate();
  }

  #viewer(ws: WebSocket, socket: Duplex, token: string | undefined): RealtimeViewer {
    return new RealtimeViewer({ ws, socket, token, clock: this.#options.clock, metrics: this.#metrics });
  }

  async #admit(viewer: RealtimeViewer, ws: WebSocket, { broadcastId }: Asked): Promise<void> {
    const state = await this.#check(broadcastId, viewer);
    const hub = this.#options.hubOf(broadcastId);
    if (state === undefined || !viewer.isHere) return;
    if (this.#closing) return viewer.leave(CLOSE.stopping, STOPPING);
    if (hub === undefined || hub.isClosed) {
      // What is on the air may come here at any time, e.g. after a restart: only then another try is worth it.
      const isExpected = state === "live" || state === "interrupted" || state === "preview";
      return viewer.leave(isExpected ? CLOSE.tryLater : CLOSE.notFound, "Nothing of it is sent here now.");
    }
    const feed = this.#feedOf(broadcastId, hub);
    feed.add(viewer);
    ws.once("close", () => feed.remove(viewer));
  }

  /** The broadcast's state; undefined when the viewer may not watch: its socket is closed with the reason. */
  async #check(broadcastId: string, viewer: RealtimeViewer): Promise<BroadcastState | undefined> {
    const access = await this.#access.check(broadcastId, viewer.token);
    if (!access.ok) {
      viewer.leave(access.status === 404 ? CLOSE.notFound : CLOSE.unauthorized, access.message);
      return undefined;
    }
    const policy = await this.#options.doors.playbackPolicy(broadcastId);
    if (policy?.latencyMode !== "stable") return policy?.state;
    viewer.handOver("mode");
    return undefined;
  }

  #feedOf(broadcastId: string, hub: ProgramHub): RealtimeFeed {
    const known = this.#feeds.get(broadcastId);
    if (known !== undefined && known.hub === hub && !known.isOver) return known;
    const { clock, log } = this.#options;
    const onIdle = (): void => {
      if (this.#feeds.get(broadcastId) === feed) this.#feeds.delete(broadcastId);
    };
    const feed: RealtimeFeed = new RealtimeFeed({ hub, clock, log: log.child({ broadcastId }), onIdle });
    this.#feeds.set(broadcastId, feed);
    return feed;
  }

  #checkAll(): void {
    for (const [broadcastId, feed] of this.#feeds) {
      this.#checkFeed(broadcastId, feed).catch((error: unknown) => {
        this.#options.log.warn({ err: error, broadcastId }, "whether viewers may still watch could not be found out");
      });
    }
  }

  async #checkFeed(broadcastId: string, feed: RealtimeFeed): Promise<void> {
    const policy = await this.#options.doors.playbackPolicy(broadcastId);
    // Who watches what everybody may watch need not be looked at.
    if (policy !== null && !policy.needsToken && policy.latencyMode !== "stable") return;
    await Promise.all([...feed.viewers()].map((viewer) => this.#check(broadcastId, viewer)));
  }
}

function parseTarget(url: string): Asked | undefined {
  if (url.length > MAX_URL_CHARS) return undefined;
  const queryAt = url.indexOf("?");
  const [, broadcastId] = PATH.exec(queryAt < 0 ? url : url.slice(0, queryAt)) ?? [];
  if (broadcastId === undefined) return undefined;
  const token = queryAt < 0 ? null : new URLSearchParams(url.slice(queryAt + 1)).get("token");
  return { broadcastId, token: token ?? undefined };
}

function refuseUpgrade(socket: Duplex): void {
  socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
}
