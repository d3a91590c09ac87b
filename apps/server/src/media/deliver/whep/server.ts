/** POST /whep/:broadcastId: lets viewers in by WebRTC, gives them to the feed of their broadcast, and out again when the rules change. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Cancel, Clock } from "../../../lib/clock.ts";
import type { Logger } from "../../../lib/log.ts";
import type { Metrics } from "../../../lib/metrics.ts";
import { YieldingPlaces } from "../../../lib/places.ts";
import type { ProgramHub } from "../../hub/program-hub.ts";
import type { MediaDoors } from "../../plane.ts";
import type { RtcEndpoint } from "../../rtc/endpoint.ts";
import { bearerOf } from "../../rtc/http.ts";
import { type OfferRequest, type Refusal, RtcResources, type SessionOpened } from "../../rtc/resources.ts";
import { openInPlace } from "../../rtc/session-place.ts";
import { AccessCheck } from "../hls/access.ts";
import { networkOf } from "../../../lib/address.ts";
import { type RtcSource, WhepFeed } from "./feed.ts";
import { createWhepMetrics, type WhepMetrics } from "./metrics.ts";
import { receivesMedia } from "./negotiate.ts";
import { broadcastOf, tokenOf } from "./request.ts";
import { openSession, type SessionOptions } from "./session.ts";
import type { WhepViewer } from "./viewer.ts";

export type WhepOptions = Readonly<{
  log: Logger;
  clock: Clock;
  metrics: Metrics;
  doors: Pick<MediaDoors, "playbackPolicy" | "verifyPlaybackToken">;
  /** Of a program that runs here. */
  hubOf: (broadcastId: string) => ProgramHub | undefined;
  /** Makes of a program what WebRTC carries; the feed closes it. */
  openSource: (broadcastId: string, hub: ProgramHub) => RtcSource;
  endpoint: RtcEndpoint;
  trustProxy: boolean;
  /** Viewers at a time; 2,000 unless told. While all are taken, who came first and has not connected within 4 s gives way. */
  maxViewers?: number;
}>;

/** `hub`: the program's own, by which a feed that has outlived its program is known. */
type Feeding = Readonly<{ feed: WhepFeed; hub: ProgramHub }>;

const MAX_VIEWERS = 2_000;
/** The player waits no longer for a connection. */
const HOLD_MS = 4_000;
/** How often it is asked whether the viewers may still watch. */
const CHECK_EVERY_MS = 2000;
const RETRY = ["Retry-After", "2"];
const ONLY_HLS: Refusal = {
  status: 409,
  message: "This broadcast is delivered by HLS only: its latency mode is stable.",
};
const NOTHING_HERE: Refusal = { status: 409, message: "Nothing of this broadcast is sent here now.", headers: RETRY };
const FULL: Refusal = { status: 503, message: "Too many viewers watch by WebRTC at this server.", headers: RETRY };
const NOTHING_WANTED: Refusal = {
  status: 422,
  message: "The offer receives neither video nor audio: it needs a recvonly section.",
};

export class WhepServer {
  readonly #options: WhepOptions;
  readonly #access: AccessCheck;
  readonly #places: YieldingPlaces;
  readonly #metrics: WhepMetrics;
  readonly #resources: RtcResources;
  readonly #feeds = new Map<string, Feeding>();
  readonly #cancelCheck: Cancel;

  constructor(options: WhepOptions) {
    const { log, trustProxy, endpoint, maxViewers = MAX_VIEWERS } = options;
    this.#options = options;
    this.#access = new AccessCheck(options.doors, options.clock);
    this.#places = new YieldingPlaces(maxViewers, { ms: HOLD_MS, nowMs: () => options.clock.monotonicMs() });
    this.#metrics = createWhepMetrics(options.metrics, () => this.#places.count);
    this.#resources = new RtcResources({
      log,
      trustProxy,
      links: endpoint.links,
      isEndpoint: (pathname) => broadcastOf(pathname) !== undefined,
      open: (request) => this.#open(request),
    });
    this.#cancelCheck = options.clock.every(CHECK_EVERY_MS, () => this.#checkAll());
  }

  /** Answers every request it is given. */
  handle(req: IncomingMessage, res: ServerResponse): void {
    this.#resources.handle(req, res);
  }

  /** What came before the show is not given to anybody who comes from now on. */
  forgetGop(broadcastId: string): void {
    this.#feeds.get(broadcastId)?.feed.forgetGop();
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    this.#cancelCheck();
    await this.#resources.close();
    await Promise.all([...this.#feeds.values()].map(({ feed }) => feed.close()));
  }

  async #open(request: OfferRequest): Promise<SessionOpened> {
    const { req, pathname, offer, remote } = request;
    const broadcastId = broadcastOf(pathname) ?? "";
    const token = tokenOf(req.url ?? "") ?? bearerOf(req);
    const refusal = await this.#check(broadcastId, token);
    if (refusal !== undefined) return { ok: false, refusal };
    if (!receivesMedia(offer)) return { ok: false, refusal: NOTHING_WANTED };
    const hub = this.#options.hubOf(broadcastId);
    if (hub === undefined || hub.isClosed) return { ok: false, refusal: NOTHING_HERE };
    return openInPlace({
      places: this.#places,
      network: networkOf(req, this.#options.trustProxy),
      full: FULL,
      // Who does not connect in time gives way: what never will keeps nobody out for long.
      open: (onConnected) => this.#admit(broadcastId, hub, { request, token, onConnected }),
      onYield: () => {
        this.#metrics.yielded();
        this.#options.log.info({ broadcastId, remote }, "a WHEP viewer that did not connect gives way to another");
      },
    });
  }

  async #admit(
    broadcastId: string,
    hub: ProgramHub,
    asked: Pick<SessionOptions, "token" | "onConnected"> & Readonly<{ request: OfferRequest }>,
  ): Promise<SessionOpened> {
    const { clock, endpoint } = this.#options;
    const feed = this.#feedOf(broadcastId, hub);
    const opened = await openSession({ ...asked, feed, clock, endpoint, metrics: this.#metrics }).catch(
      (error: unknown) => {
        // Perhaps nobody is in it: it would encode until the show is over.
        feed.restIfIdle();
        throw error;
      },
    );
    if (!opened.ok) {
      feed.restIfIdle();
      return opened;
    }
    const { viewer, sdp, headers } = opened;
    this.#follow(broadcastId, feed, viewer);
    const session = {
      sdp,
      closed: viewer.closed,
      addCandidate: (candidate: string) => viewer.addCandidate(candidate),
      leave: () => viewer.leave(),
      end: () => viewer.handOver("stopping"),
    };
    return { ok: true, session, headers };
  }

  #follow(broadcastId: string, feed: WhepFeed, viewer: WhepViewer): void {
    const log = this.#options.log.child({ broadcastId, viewer: viewer.id });
    log.info("a WHEP viewer has come");
    void viewer.closed.then(({ reason, message }) => {
      viewer.leave();
      feed.remove(viewer);
      log.info({ reason, message }, "a WHEP viewer has left");
    });
  }

  /** Why this viewer may not watch, as for HLS; undefined: it may. */
  async #check(broadcastId: string, token: string | undefined): Promise<Refusal | undefined> {
    const access = await this.#access.check(broadcastId, token);
    if (!access.ok) {
      const { status, code, message } = access;
      // What a client can mend by a token.
      const isMissing = code === "forbidden";
      return isMissing
        ? { status: 401, code: "unauthenticated", message, headers: ["WWW-Authenticate", "Bearer"] }
        : { status, code, message };
    }
    const policy = await this.#options.doors.playbackPolicy(broadcastId);
    return policy?.latencyMode === "stable" ? ONLY_HLS : undefined;
  }

  #feedOf(broadcastId: string, hub: ProgramHub): WhepFeed {
    const known = this.#feeds.get(broadcastId);
    if (known !== undefined && known.hub === hub && !known.feed.isOver) return known.feed;
    const { clock, log, openSource } = this.#options;
    const onIdle = (): void => {
      if (this.#feeds.get(broadcastId)?.feed === feed) this.#feeds.delete(broadcastId);
    };
    const source = openSource(broadcastId, hub);
    const feed: WhepFeed = new WhepFeed({ source, clock, log: log.child({ broadcastId }), onIdle });
    this.#feeds.set(broadcastId, { feed, hub });
    return feed;
  }

  #checkAll(): void {
    for (const [broadcastId, { feed }] of this.#feeds) {
      this.#checkFeed(broadcastId, feed).catch((error: unknown) => {
        this.#options.log.warn({ err: error, broadcastId }, "whether viewers may still watch could not be found out");
      });
    }
  }

  async #checkFeed(broadcastId: string, feed: WhepFeed): Promise<void> {
    const policy = await this.#options.doors.playbackPolicy(broadcastId);
    // Who watches what everybody may watch need not be looked at.
    if (policy !== null && !policy.needsToken && policy.latencyMode !== "stable") return;
    await Promise.all([...feed.viewers()].map((viewer) => this.#checkViewer(broadcastId, viewer)));
  }

  async #checkViewer(broadcastId: string, viewer: WhepViewer): Promise<void> {
    const refusal = await this.#check(broadcastId, viewer.token);
    if (refusal !== undefined) viewer.handOver(refusal === ONLY_HLS ? "mode" : "unauthorized");
  }
}
