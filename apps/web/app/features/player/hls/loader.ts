/** Loads one rendition into the timeline, part by part at the edge and segment by segment behind it. */
import { retryDelayMs } from "../backoff.ts";
import { pause } from "../pause.ts";
import { type Chunk, type Init, type Kind, readChunk, readInit, startSec } from "../timeline/chunk.ts";
import type { Lane } from "../timeline/splice.ts";
import type { Cursor } from "./cursor.ts";
import type { Follower } from "./follower.ts";
import { type Http, HttpError } from "./http.ts";
import { type HlsPlaylist, type SegmentRef, segmentAt } from "./playlist.ts";

export type LoaderOptions = Readonly<{
  kind: Kind;
  http: Http;
  follower: Follower;
  inits: InitCache;
  /** Where to begin; asked with every playlist until it is known. */
  begin: (playlist: HlsPlaylist) => Cursor | undefined;
  push: (lane: Lane, chunk: Chunk) => void;
  /** Whether media that begins at `sec` is to be loaded now; undefined: not known where it begins. */
  mayLoad: (sec: number | undefined) => boolean;
  onTrouble: (trouble: Readonly<{ reason: string; failures: number; retryAtMs: number }> | undefined) => void;
  /** The next segment of this rendition is a gap. True: another rendition is played instead, nothing is passed over. */
  onGap: (lane: Lane) => boolean;
  /** The last segment of an ended show was given. */
  onDone: () => void;
}>;

type Item = Readonly<{ cursor: Cursor; after: Cursor; segment: SegmentRef; url: string; isWhole: boolean }>;
type Loading = Readonly<{ item: Item; media: Promise<Readonly<{ init: Init; bytes: Uint8Array }>> }>;

/** A connection of HTTP/1.1 carries one request at a time, browsers open six: some are left for the other track. */
const DEPTH = 3;
const LOOK_MS = 200;
/** What fails so often is passed over. */
const MAX_TRIES = 4;

export class Loader {
  readonly lane: Lane;
  readonly #options: LoaderOptions;
  readonly #closing = new AbortController();
  readonly #began = performance.now();
  #cursor: Cursor | undefined;
  /** The first part of the segment whose parts are being loaded: after a crash the same number has other parts. */
  #partsOf: string | undefined;
  #failures = 0;
  #hasGiven = false;
  #wake: (() => void) | undefined;

  constructor(options: LoaderOptions) {
    this.#options = options;
    this.lane = { name: `hls ${options.kind}` };
    void this.#run(this.#closing.signal);
  }

  get follower(): Follower {
    return this.#options.follower;
  }

  /** Something was loaded already. */
  get hasGiven(): boolean {
    return this.#hasGiven;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Monotonic time of its begin. */
  get beganAtMs(): number {
    return this.#began;
  }

  /** The playlist changed or there is room. */
  look(): void {
    this.#wake?.();
  }

  close(): void {
    this.#closing.abort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const loading: Loading[] = [];
    // Who opens it knows it before it asks for anything.
    await Promise.resolve();
    while (!signal.aborted) {
      while (loading.length < DEPTH) {
        const item = this.#next();
        if (item === undefined) break;
        loading.push({ item, media: this.#fetch(item, signal) });
        // Handled when its turn comes, which may be after it failed.
        loading.at(-1)?.media.catch(() => undefined);
      }
      const head = loading.shift();
      if (head === undefined) {
        if (this.#isDone()) return this.#options.onDone();
        await pause(LOOK_MS, signal, (wake) => (this.#wake = wake));
        continue;
      }
      try {
        const { init, bytes } = await head.media;
        if (signal.aborted) return;
        this.#give(head.item, init, bytes);
      } catch (error) {
        if (signal.aborted) return;
        loading.length = 0;
        await this.#fail(head.item, error, signal);
      }
    }
  }

  #next(): Item | undefined {
    const { playlist } = this.#options.follower;
    const [first] = playlist?.segments ?? [];
    if (playlist === undefined || first === undefined) return undefined;
    this.#cursor ??= this.#options.begin(playlist);
    if (this.#cursor === undefined) return undefined;
    // It has left the window.
    if (this.#cursor.msn < first.msn) this.#cursor = { msn: first.msn, part: 0 };
    for (let step = 0; step < 3; step += 1) {
      const item = this.#itemAt(playlist, this.#cursor);
      if (item === "wait") return undefined;
      if (item !== "past") {
        this.#cursor = item.after;
        return item;
      }
      this.#cursor = { msn: this.#cursor.msn + 1, part: 0 };
    }
    return undefined;
  }

  #itemAt(playlist: HlsPlaylist, cursor: Cursor): Item | "wait" | "past" {
    const segment = segmentAt(playlist, cursor.msn);
    if (segment === undefined) return "wait";
    if (segment.gap) return this.#options.onGap(this.lane) ? "wait" : "past";
    const at = this.#isRenamed(segment, cursor) ? { msn: cursor.msn, part: 0 } : cursor;
    const atSec = segment.startSec + segment.parts.slice(0, at.part).reduce((sum, part) => sum + part.durationSec, 0);
    if (!this.#options.mayLoad(playlist.isAnchored ? atSec : undefined)) return "wait";
    if (segment.url !== undefined && (at.part === 0 || segment.parts.length === 0)) {
      const after = { msn: cursor.msn + 1, part: 0 };
      return { cursor: at, after, segment, url: segment.url, isWhole: true };
    }
    const part = segment.parts[at.part];
    if (part === undefined) return segment.url === undefined ? "wait" : "past";
    this.#partsOf = segment.parts[0]?.url;
    const after = { msn: at.msn, part: at.part + 1 };
    return { cursor: at, after, segment, url: part.url, isWhole: false };
  }

  #isRenamed(segment: SegmentRef, cursor: Cursor): boolean {
    const [first] = segment.parts;
    return cursor.part > 0 && first !== undefined && this.#partsOf !== undefined && first.url !== this.#partsOf;
  }

  #isDone(): boolean {
    const { playlist } = this.#options.follower;
    const last = playlist?.segments.at(-1);
    return (
      playlist?.isEnded === true && (last === undefined || (this.#cursor !== undefined && this.#cursor.msn > last.msn))
    );
  }

  async #fetch({ url, segment }: Item, signal: AbortSignal): Promise<Readonly<{ init: Init; bytes: Uint8Array }>> {
    const { http, inits } = this.#options;
    if (segment.mapUrl === undefined) throw new Error("a segment without EXT-X-MAP cannot be played");
    const [init, bytes] = await Promise.all([inits.get(segment.mapUrl, signal), http.bytes(url, signal)]);
    return { init, bytes };
  }

  #give(item: Item, init: Init, bytes: Uint8Array): void {
    const { kind, follower, push, onTrouble } = this.#options;
    if (this.#failures > 0) onTrouble(undefined);
    this.#failures = 0;
    const chunk = readChunk(init, bytes);
    if (chunk === undefined || init.track.kind !== kind) return;
    if (item.cursor.part === 0) follower.measured(item.cursor.msn, startSec(chunk));
    else follower.measured(item.cursor.msn, startSec(chunk) - secBefore(item));
    this.#hasGiven = true;
    push(this.lane, chunk);
  }

  async #fail(item: Item, error: unknown, signal: AbortSignal): Promise<void> {
    const isGone = error instanceof HttpError && error.status === 404;
    this.#failures += 1;
    const passOver = this.#failures >= MAX_TRIES && !(error instanceof HttpError && error.status === 0);
    this.#cursor = passOver ? { msn: item.cursor.msn + 1, part: 0 } : item.cursor;
    const delayMs = isGone && this.#failures === 1 ? LOOK_MS : retryDelayMs(this.#failures - 1, Math.random());
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.onTrouble({ reason, failures: this.#failures, retryAtMs: performance.now() + delayMs });
    await pause(delayMs, signal);
  }
}

function secBefore({ segment, cursor }: Item): number {
  return segment.parts.slice(0, cursor.part).reduce((sum, { durationSec }) => sum + durationSec, 0);
}

/** Init segments by address: they are few and small, and asked for with every segment. */
export class InitCache {
  readonly #http: Http;
  readonly #known = new Map<string, Promise<Init>>();

  constructor(http: Http) {
    this.#http = http;
  }

  /** @throws {HttpError | MalformedError | UnsupportedError} */
  get(url: string, signal: AbortSignal): Promise<Init> {
    const known = this.#known.get(url);
    if (known !== undefined) return known;
    if (this.#known.size > 100) this.#known.clear();
    const asked = this.#http.bytes(url, signal).then(readInit);
    asked.catch(() => this.#known.delete(url));
    this.#known.set(url, asked);
    return asked;
  }
}
