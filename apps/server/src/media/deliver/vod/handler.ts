/** Recordings over bare node:http: playlists from the index, media from the blobs. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import { Counter } from "prom-client";
import type { Clock } from "../../../lib/clock.ts";
import type { Logger } from "../../../lib/log.ts";
import type { Metrics } from "../../../lib/metrics.ts";
import type { Blobs } from "../../../ports/blobs.ts";
import type { MediaDoors, RecordingDoors } from "../../plane.ts";
import { AccessCheck } from "../hls/access.ts";
import {
  MEDIA_TYPE,
  PLAYLIST_TYPE,
  acceptsGzip,
  allowOptions,
  parseRange,
  refuse,
  refuseRange,
  startAnswer,
} from "../hls/answer.ts";
import type { PlaylistBody } from "../hls/playlist-buffers.ts";
import { VodLibrary } from "./library.ts";

export type VodOptions = Readonly<{
  log: Logger;
  clock: Clock;
  metrics: Metrics;
  blobs: Blobs;
  doors: Pick<MediaDoors, "playbackPolicy" | "verifyPlaybackToken"> & Pick<RecordingDoors, "broadcastOfRecording">;
}>;

type Wanted = Readonly<{ recordingId: string; rendition: string | undefined; file: string; token: string | undefined }>;
type Exchange = Readonly<{ req: IncomingMessage; res: ServerResponse; wanted: Wanted; isPrivate: boolean }>;

const PATH =
  /^\/vod\/([0-9a-z]{1,64})\/(?:([a-z][a-z0-9]{0,7})\/)?(index\.m3u8|[0-9a-z]{1,16}-i?[0-9]{1,12}\.(?:m4s|mp4))$/;
const FOREVER_SEC = 31_536_000;
const PLAYLIST_SEC = 60;
/** Who plays a public recording that is deleted may read on for so long: what is in the player's plan is still there. */
const GRACE_MS = 45_000;
const MAX_GONE = 1000;

export class VodHandler {
  readonly #options: VodOptions;
  readonly #access: AccessCheck;
  readonly #library: VodLibrary;
  readonly #bytes: Counter<"kind">;
  /** Recordings that were public when they were played last. */
  readonly #public = new Set<string>();
  readonly #goneAtMs = new Map<string, number>();

  constructor(options: VodOptions) {
    this.#options = options;
    this.#access = new AccessCheck(options.doors, options.clock);
    this.#library = new VodLibrary(options.blobs);
    this.#bytes = new Counter({
      name: "rostrum_vod_bytes_total",
      help: "Bytes of recordings that were sent.",
      labelNames: ["kind"],
      registers: [options.metrics],
    });
  }

  /** Answers every request it is given. */
  handle(req: IncomingMessage, res: ServerResponse): void {
    this.#answer(req, res).catch((error: unknown) => {
      this.#options.log.error({ err: error, path: req.url?.split("?")[0] }, "a request for a recording failed");
      refuse(res, 500, "The server failed to answer.");
    });
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.method === "OPTIONS") return allowOptions(res);
    if (req.method !== "GET" && req.method !== "HEAD") {
      return refuse(res, 405, "Media can only be read.", { allow: "GET, HEAD, OPTIONS" });
    }
    const wanted = parseWanted(req.url ?? "");
    if (wanted === undefined) return refuse(res, 404, "There is no such media.");
    const broadcastId = await this.#options.doors.broadcastOfRecording(wanted.recordingId);
    if (broadcastId === null) return this.#gone({ req, res, wanted, isPrivate: false });
    const access = await this.#access.check(broadcastId, wanted.token);
    if (!access.ok) return refuse(res, access.status, access.message, { code: access.code });
    this.#note(wanted.recordingId, access.isPrivate);
    await this.#serve({ req, res, wanted, isPrivate: access.isPrivate });
  }

  #note(recordingId: string, isPrivate: boolean): void {
    this.#public.delete(recordingId);
    if (!isPrivate) this.#public.add(recordingId);
    const [oldest] = this.#public;
    if (this.#public.size > MAX_GONE && oldest !== undefined) this.#public.delete(oldest);
  }

  /** Playlists are gone at once, media that players know of a little later. */
  async #gone(exchange: Exchange): Promise<void> {
    const { recordingId, file } = exchange.wanted;
    const nowMs = this.#options.clock.monotonicMs();
    const isPlaying = this.#public.has(recordingId) && this.#library.knows(recordingId);
    const sinceMs = this.#goneAtMs.get(recordingId) ?? nowMs;
    if (isPlaying && file !== "index.m3u8" && nowMs - sinceMs < GRACE_MS) {
      this.#goneAtMs.set(recordingId, sinceMs);
      return this.#serve(exchange);
    }
    this.#public.delete(recordingId);
    this.#library.forget(recordingId);
    this.#goneAtMs.delete(recordingId);
    refuse(exchange.res, 404, "There is no such recording.");
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { res, wanted } = exchange;
    const recording = await this.#library.get(wanted.recordingId);
    if (recording === null) return refuse(res, 404, "There is no such recording.");
    if (wanted.rendition === undefined) return this.#playlist(exchange, recording.multivariant);
    const playlist = recording.playlists.get(wanted.rendition);
    if (playlist === undefined) return refuse(res, 404, "There is no such media.");
    if (wanted.file === "index.m3u8") return this.#playlist(exchange, playlist);
    const file = `${wanted.rendition}/${wanted.file}`;
    const sizeBytes = recording.sizes.get(file);
    if (sizeBytes !== undefined) await this.#segment(exchange, file, sizeBytes);
    else if (wanted.file.endsWith(".mp4")) await this.#init(exchange, file);
    else refuse(res, 404, "There is no such media.");
  }

  #playlist({ req, res, wanted, isPrivate }: Exchange, playlist: PlaylistBody): void {
    const { bytes, gzip } = playlist.body(acceptsGzip(req), isPrivate ? wanted.token : undefined);
    const cacheControl = `${isPrivate ? "private" : "public"}, max-age=${PLAYLIST_SEC}`;
    startAnswer(res, { type: PLAYLIST_TYPE, cacheControl, lengthBytes: bytes.length, gzip });
    if (req.method === "HEAD") return void res.end();
    this.#bytes.inc({ kind: "playlist" }, bytes.length);
    res.end(bytes);
  }

  async #segment({ req, res, wanted, isPrivate }: Exchange, file: string, lengthBytes: number): Promise<void> {
    const range = parseRange(req.headers.range, lengthBytes);
    if (range === "unsatisfiable") return refuseRange(res, lengthBytes);
    const bounds = range && { start: range.first, end: range.last };
    const key = `recordings/${wanted.recordingId}/${file}`;
    const blob = await this.#options.blobs.get(key, bounds);
    if (blob === null) return refuse(res, 404, "There is no such media.");
    if (res.destroyed || req.method === "HEAD") blob.body.destroy();
    if (res.destroyed) return;
    startAnswer(res, { type: MEDIA_TYPE, cacheControl: mediaCache(isPrivate), lengthBytes, range });
    if (req.method === "HEAD") return void res.end();
    this.#bytes.inc({ kind: "media" }, range === undefined ? lengthBytes : range.last - range.first + 1);
    // A viewer that goes away or a storage that breaks ends the other side too.
    pipeline(blob.body, res, (error) => {
      if (error != null) this.#options.log.debug({ err: error, file }, "a segment was not sent to its end");
    });
  }

  async #init({ req, res, wanted, isPrivate }: Exchange, file: string): Promise<void> {
    const blob = await this.#options.blobs.get(`recordings/${wanted.recordingId}/${file}`);
    if (blob === null) return refuse(res, 404, "There is no such media.");
    const bytes = Buffer.concat(await blob.body.toArray());
    const range = parseRange(req.headers.range, bytes.length);
    if (range === "unsatisfiable") return refuseRange(res, bytes.length);
    startAnswer(res, { type: MEDIA_TYPE, cacheControl: mediaCache(isPrivate), lengthBytes: bytes.length, range });
    if (req.method === "HEAD") return void res.end();
    res.end(range === undefined ? bytes : bytes.subarray(range.first, range.last + 1));
  }
}

function parseWanted(url: string): Wanted | undefined {
  const queryAt = url.indexOf("?");
  const match = PATH.exec(queryAt < 0 ? url : url.slice(0, queryAt));
  const [, recordingId, rendition, file] = match ?? [];
  if (recordingId === undefined || file === undefined || (rendition === undefined && file !== "index.m3u8"))
    return undefined;
  const token = queryAt < 0 ? undefined : (new URLSearchParams(url.slice(queryAt + 1)).get("t") ?? undefined);
  return { recordingId, rendition, file, token };
}

function mediaCache(isPrivate: boolean): string {
  return `${isPrivate ? "private" : "public"}, max-age=${FOREVER_SEC}, immutable`;
}
