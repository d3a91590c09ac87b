/** LL-HLS over bare node:http: playlists with blocking reload and delta updates, parts, segments. rfc8216bis §6.2. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../../lib/clock.ts";
import type { Logger } from "../../../lib/log.ts";
import type { LiveWindow } from "../../package/live-window.ts";
import type { LiveSegment, RenditionWindow } from "../../package/rendition-window.ts";
import type { MediaDoors } from "../../plane.ts";
import { AccessCheck } from "./access.ts";
import { PLAYLIST_TYPE, acceptsGzip, allowOptions, refuse, startAnswer } from "./answer.ts";
import { type MediaSource, sendBuffers, sendFile } from "./media-body.ts";
import { type Client, clientOf } from "./client.ts";
import type { HlsMetrics } from "./metrics.ts";
import { type Body, PlaylistBody } from "./playlist-buffers.ts";
import { type Directives, type HlsRequest, type MediaFile, parseRequest } from "./request.ts";
import { Waiters } from "./waiters.ts";

/** The texts of one rendition's playlist as they are now; `delta` undefined: nothing can be skipped. */
export type PlaylistTexts = Readonly<{ whole: () => string; delta: string | undefined }>;

export type HlsOptions = Readonly<{
  log: Logger;
  clock: Clock;
  metrics: HlsMetrics;
  doors: Pick<MediaDoors, "playbackPolicy" | "verifyPlaybackToken">;
  windowOf: (broadcastId: string) => LiveWindow | undefined;
  /** A program is packaged at the moment: its first media may come any time. */
  isPackaged: (broadcastId: string) => boolean;
  /** Writes a rendition's playlist; called once per version. */
  write: (window: LiveWindow, rendition: RenditionWindow) => PlaylistTexts;
  /** Where a stored segment lies. */
  fileOf: (broadcastId: string, rendition: RenditionWindow, segment: LiveSegment) => string;
  maxWaiters: number;
  trustProxy: boolean;
}>;

type Exchange = Readonly<{
  req: IncomingMessage;
  res: ServerResponse;
  client: Client;
  request: HlsRequest;
  isPrivate: boolean;
}>;
type Written = { version: number; whole: PlaylistBody; delta: PlaylistBody };

/** rfc8216bis §6.2.5.2: a blocked request is given up after three target durations. */
const WAIT_TARGET_DURATIONS = 3;
/** Players that come with the show wait this long for its first segment. */
const FIRST_SEGMENT_MS = 5000;
/** Appendix B.1: how long answers to blocking requests may be cached. */
const BLOCKING_TARGET_DURATIONS = 6;
const FOREVER_SEC = 31_536_000;
const ENDED_PLAYLIST_SEC = 60;

export class HlsHandler {
  readonly #options: HlsOptions;
  readonly #access: AccessCheck;
  readonly #waiters: Waiters;
  readonly #written = new WeakMap<RenditionWindow, Written>();
  readonly #watched = new WeakSet<RenditionWindow>();

  constructor(options: HlsOptions) {
    this.#options = options;
    this.#access = new AccessCheck(options.doors, options.clock);
    this.#waiters = new Waiters(options.clock, options.maxWaiters);
  }

  get waiting(): number {
    return this.#waiters.count;
  }

  /** Answers every request it is given. */
  handle(req: IncomingMessage, res: ServerResponse): void {
    this.#answer(req, res).catch((error: unknown) => {
      this.#options.log.error({ err: error, path: req.url?.split("?")[0] }, "a media request failed");
      refuse(res, 500, "The server failed to answer.");
    });
  }

  /** Answers everybody who waits for this window: it is gone. */
  release(window: LiveWindow): void {
    for (const rendition of window.renditions()) this.#waiters.release(rendition);
  }

  /** A segment of the broadcast was closed: those who wait for its first media are answered. */
  segmentClosed(broadcastId: string): void {
    this.#waiters.wake(broadcastId);
  }

  close(): void {
    this.#waiters.close();
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.method === "OPTIONS") return allowOptions(res);
    if (req.method !== "GET" && req.method !== "HEAD") {
      return refuse(res, 405, "Media can only be read.", { allow: "GET, HEAD, OPTIONS" });
    }
    const parsed = parseRequest(req.url ?? "/");
    if (!parsed.ok) return refuse(res, parsed.status, parsed.message);
    const { request } = parsed;
    const { broadcastId } = request;
    // Nothing of it is here: what the broadcast is, if there is one, need not be looked up.
    const isHere = this.#options.windowOf(broadcastId) !== undefined || this.#options.isPackaged(broadcastId);
    if (!isHere) return notYet(res);
    const access = await this.#access.check(broadcastId, request.token);
    if (!access.ok) return refuse(res, access.status, access.message, { code: access.code });
    if (res.destroyed) return;
    this.#options.metrics.request(request.wanted.kind);
    this.#serve({ req, res, client: clientOf(req, this.#options.trustProxy), request, isPrivate: access.isPrivate });
  }

  #serve(exchange: Exchange): void {
    const { request, res } = exchange;
    if (request.wanted.kind === "multivariant") return this.#multivariant(exchange, request.wanted.base);
    const window = this.#options.windowOf(request.broadcastId);
    if (window === undefined) return notYet(res);
    const rendition = window.rendition(request.wanted.rendition);
    if (rendition === undefined) return notYet(res);
    if (request.wanted.kind === "playlist") this.#playlist(exchange, window, rendition, request.wanted.directives);
    else this.#file(exchange, rendition, request.wanted.file);
  }

  #multivariant(exchange: Exchange, base: string): void {
    const { res, client, request } = exchange;
    const answered = (): boolean => {
      const window = this.#options.windowOf(request.broadcastId);
      const text = window?.multivariant(base) ?? null;
      if (window === undefined || text === null) return false;
      this.#sendPlaylist(exchange, new PlaylistBody(() => text), window.ended ? ENDED_PLAYLIST_SEC : 2);
      return true;
    };
    if (answered()) return;
    const waiter = { res, client, ready: answered, expire: () => notYet(res) };
    const waits =
      this.#options.isPackaged(request.broadcastId) && this.#waiters.add(request.broadcastId, waiter, FIRST_SEGMENT_MS);
    if (!waits) notYet(res);
  }

  #playlist(exchange: Exchange, window: LiveWindow, rendition: RenditionWindow, directives: Directives): void {
    const { msn, part, skip } = directives;
    const send = (): void => {
      const texts = this.#texts(window, rendition);
      const maxAgeSec = playlistMaxAge(rendition, msn);
      this.#sendPlaylist(exchange, skip ? texts.delta : texts.whole, maxAgeSec);
    };
    const reach = (): ReturnType<typeof rendition.reach> => {
      const reached = msn === undefined ? "now" : rendition.reach(msn, part);
      // Players refuse a playlist without any segment.
      return reached === "now" && !rendition.hasClosed ? "later" : reached;
    };
    const reached = reach();
    if (reached === "now") return send();
    if (reached === "too_far") return refuse(exchange.res, 400, "That segment or part is too far in the future.");
    this.#wait(exchange, rendition, () => {
      if (reach() !== "now") return false;
      send();
      return true;
    });
  }

  #file(exchange: Exchange, rendition: RenditionWindow, file: MediaFile): void {
    const { res, request } = exchange;
    const source = this.#find(request.broadcastId, rendition, file);
    if (source !== undefined) return this.#sendMedia(exchange, source);
    if (file.kind !== "part" || !isHinted(rendition, file)) return refuse(res, 404, "There is no such media.");
    this.#wait(exchange, rendition, () => {
      const found = this.#find(request.broadcastId, rendition, file);
      if (found !== undefined) this.#sendMedia(exchange, found);
      else if (isHinted(rendition, file)) return false;
      else refuse(res, 404, "The announced part did not come.");
      return true;
    });
  }

  #wait({ res, client }: Exchange, rendition: RenditionWindow, ready: () => boolean): void {
    if (!this.#watched.has(rendition)) {
      this.#watched.add(rendition);
      rendition.onChange(() => this.#waiters.wake(rendition));
    }
    const expire = (): void => refuse(res, 503, "The media did not come in time.", { retryAfterSec: 1 });
    const timeoutMs = WAIT_TARGET_DURATIONS * rendition.promises.targetDurationSec * 1000;
    if (!this.#waiters.add(rendition, { res, client, ready, expire }, timeoutMs)) {
      refuse(res, 503, "Too many viewers wait at this server.", { retryAfterSec: 2 });
    }
  }

  #texts(window: LiveWindow, rendition: RenditionWindow): Written {
    const known = this.#written.get(rendition);
    if (known !== undefined && known.version === rendition.version) return known;
    const texts = this.#options.write(window, rendition);
    const whole = new PlaylistBody(texts.whole);
    const { delta: text } = texts;
    const delta = text === undefined ? whole : new PlaylistBody(() => text);
    const written = { version: rendition.version, whole, delta };
    this.#written.set(rendition, written);
    return written;
  }

  #sendPlaylist(exchange: Exchange, playlist: PlaylistBody, maxAgeSec: number): void {
    const { req, res, isPrivate, request } = exchange;
    const body: Body = playlist.body(acceptsGzip(req), isPrivate ? request.token : undefined);
    const cacheControl = `${isPrivate ? "private" : "public"}, max-age=${maxAgeSec}`;
    startAnswer(res, { type: PLAYLIST_TYPE, cacheControl, lengthBytes: body.bytes.length, gzip: body.gzip });
    if (req.method === "HEAD") return void res.end();
    this.#options.metrics.bytes("playlist", body.bytes.length);
    res.end(body.bytes);
  }

  #find(broadcastId: string, rendition: RenditionWindow, file: MediaFile): MediaSource | undefined {
    if (file.kind === "init") {
      const init = rendition.init(file.name);
      return init && { kind: "memory", buffers: [init.bytes] };
    }
    const { open } = rendition;
    const segment = open?.name === file.name ? undefined : rendition.segment(file.msn);
    if (file.kind === "part") {
      const owner = open?.name === file.name ? open : segment?.name === file.name ? segment : undefined;
      const part = owner?.parts?.[file.part];
      return part && { kind: "memory", buffers: [part.bytes] };
    }
    if (segment === undefined || segment.name !== file.name || segment.gap) return undefined;
    if (segment.parts !== undefined) return { kind: "memory", buffers: segment.parts.map((part) => part.bytes) };
    return { kind: "file", path: this.#options.fileOf(broadcastId, rendition, segment), sizeBytes: segment.sizeBytes };
  }

  #sendMedia({ req, res, isPrivate }: Exchange, source: MediaSource): void {
    const cacheControl = `${isPrivate ? "private" : "public"}, max-age=${FOREVER_SEC}, immutable`;
    const sent = (bytes: number): void => this.#options.metrics.bytes("media", bytes);
    if (source.kind === "memory") sendBuffers(req, res, source.buffers, cacheControl, sent);
    else sendFile(req, res, source, cacheControl, sent);
  }
}

function notYet(res: ServerResponse): void {
  refuse(res, 404, "Nothing of this broadcast can be played yet.", { retryAfterSec: 1 });
}

function playlistMaxAge(rendition: RenditionWindow, msn: number | undefined): number {
  if (rendition.state === "ended") return ENDED_PLAYLIST_SEC;
  return msn === undefined ? 1 : BLOCKING_TARGET_DURATIONS * rendition.promises.targetDurationSec;
}

/** EXT-X-PRELOAD-HINT names it. */
function isHinted({ nextPart }: RenditionWindow, file: Extract<MediaFile, { kind: "part" }>): boolean {
  return nextPart !== undefined && nextPart.name === file.name && nextPart.part === file.part;
}
