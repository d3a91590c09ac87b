/** A show over HLS: its playlists, one loader for each track, and the change from one quality to another. */
import { parseMultivariantPlaylist } from "@rostrum/media/hls/parse-multivariant-playlist";
import { retryDelayMs } from "../backoff.ts";
import { pause } from "../pause.ts";
import { type Kind, readChunk, startSec } from "../timeline/chunk.ts";
import type { Lane } from "../timeline/splice.ts";
import { type Timeline, supportsType } from "../timeline/timeline.ts";
import { type Begin, type Cursor, cursorBehind, cursorGoingOn, cursorOf } from "./cursor.ts";
import { Follower } from "./follower.ts";
import { Http } from "./http.ts";
import { type Level, type Offer, readOffer } from "./levels.ts";
import { InitCache, Loader } from "./loader.ts";
import { type HlsPlaylist, edgeSec, headSec, segmentAt, segmentShowing } from "./playlist.ts";

/** `isUndecodable`: the media comes, but the browser has no decoder for it. */
export type Trouble = Readonly<{ reason: string; retryAtMs: number; isUndecodable?: boolean }>;

export type FeedOptions = Readonly<{
  timeline: Timeline;
  /** The show's address with its newest token. */
  url: () => string;
  positionSec: () => number;
  /** How much to hold beyond the position. */
  maxAheadSec: () => number;
  /** The level to begin with. */
  firstLevel: (levels: readonly Level[]) => number;
  onTransfer: (bytes: number, ms: number) => void;
  onOffer: (offer: Offer) => void;
  /** There is nothing to load: the browser has no decoder for anything that is offered. */
  onUndecodable: (codecs: string) => void;
  /** Nothing can be played until there is another offer. */
  isOfferUrgent: () => boolean;
  onPlaylist: () => void;
  onTrouble: (trouble: Trouble | undefined) => void;
  onEnd: () => void;
}>;

const OFFER_EVERY_MS = 8000;
const URGENT_OFFER_MS = 2000;
/** Sound needs no key frame; a little more than the picture's place is enough. */
const AUDIO_MORE_SEC = 0.3;
/** A prepared level that gives nothing for so long is left. */
const SWITCH_WITHIN_MS = 8000;
/** A level that is later than the viewer is behind live cannot take over unseen. */
const FORCE_AFTER_MS = 5000;
const REWIND_MARGIN_SEC = 1.5;
const LEFT_SEC = 1;
/** A rung that had nothing is not chosen again at once. */
const AFTER_GAP_MS = 10_000;

export class HlsFeed {
  readonly #options: FeedOptions;
  readonly #http: Http;
  readonly #inits: InitCache;
  readonly #closing = new AbortController();
  readonly #followers = new Map<string, Follower>();
  readonly #done = new Set<Kind>();
  #offer: Offer | undefined;
  #wakeOffer: (() => void) | undefined;
  #current: Partial<Record<Kind, Loader>> = {};
  #next: Partial<Record<Kind, Loader>> = {};
  #level: Level | undefined;
  #nextLevel: Level | undefined;
  #gapAtMs = Number.NEGATIVE_INFINITY;
  #begin: Begin | undefined;
  /** `begin` replaces what is there instead of going on behind it. */
  #isFresh = true;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#http = new Http({ sourceUrl: options.url, onTransfer: options.onTransfer });
    this.#inits = new InitCache(this.#http);
    void this.#followOffer(this.#closing.signal);
  }

  get levels(): readonly Level[] {
    return this.#offer?.levels ?? [];
  }

  /** The level that is loaded, or about to be. */
  get level(): Level | undefined {
    return this.#nextLevel ?? this.#level;
  }
  get playingLevel(): Level | undefined {
    return this.#level;
  }
  get isFeeding(): boolean {
    return this.#begin !== undefined;
  }

  /** Every track of the timeline comes from here. */
  get feedsAll(): boolean {
    return this.#options.timeline.tracks.every((kind) => this.#current[kind] !== undefined);
  }

  /** The window in media time; undefined before its place is known. */
  window(): Readonly<{ startSec: number; edgeSec: number; cameAtMs: number; targetDurationSec: number }> | undefined {
    const follower = this.#main();
    const playlist = follower?.playlist;
    if (follower === undefined || playlist?.isAnchored !== true) return undefined;
    return {
      startSec: headSec(playlist),
      edgeSec: edgeSec(playlist),
      cameAtMs: follower.cameAtMs,
      targetDurationSec: playlist.targetDurationSec,
    };
  }

  get isEnded(): boolean {
    return this.#main()?.playlist?.isEnded === true;
  }

  /** Unix ms of a media time, by the playlist's dates. */
  wallMs(sec: number): number | undefined {
    const playlist = this.#main()?.playlist;
    const segment = playlist?.isAnchored === true ? segmentShowing(playlist, sec) : undefined;
    return segment?.wallMs === undefined ? undefined : segment.wallMs + (sec - segment.startSec) * 1000;
  }

  /** Empties the timeline and feeds it from `begin` on. */
  start(begin: Exclude<Begin, { at: "end" }>): void {
    this.stop();
    this.#begin = begin;
    this.#isFresh = true;
    this.#openLoaders();
  }

  /**
   * Goes on where another source leaves the timeline, with the tracks that it had.
   * @param heightPx of its picture: the same frames need no new key frame
   */
  takeOver(heightPx: number): void {
    if (this.#begin !== undefined && this.feedsAll) return;
    const same = this.levels.findLast((level) => level.heightPx === heightPx);
    if (same !== undefined && this.#current.video === undefined) this.#level = same;
    this.#begin = { at: "end" };
    this.#isFresh = false;
    this.#openLoaders();
  }

  /** What is offered may be another thing by now. */
  askOffer(): void {
    this.#wakeOffer?.();
  }

  /** Nothing is loaded any more; the playlist is looked at now and then. */
  stop(): void {
    for (const loader of [...Object.values(this.#current), ...Object.values(this.#next)]) loader.close();
    this.#current = {};
    this.#next = {};
    this.#nextLevel = undefined;
    this.#begin = undefined;
    this.#done.clear();
    for (const follower of this.#followers.values()) follower.setSlow(true);
  }

  /** The timeline follows this lane for `kind` now. True: it is one of ours. */
  onCut(kind: Kind, lane: Lane): boolean {
    const next = this.#next[kind];
    if (next?.lane === lane) {
      this.#current[kind]?.close();
      this.#current[kind] = next;
      delete this.#next[kind];
      if (kind === "video" && this.#nextLevel !== undefined) {
        this.#level = this.#nextLevel;
        this.#nextLevel = undefined;
      }
      this.#leaveUnused();
      return true;
    }
    if (this.#current[kind]?.lane === lane) return true;
    this.#current[kind]?.close();
    delete this.#current[kind];
    this.#dropNext(kind);
    if (Object.keys(this.#current).length === 0 && Object.keys(this.#next).length === 0) this.stop();
    return false;
  }

  /** @param now also replaces what was loaded ahead of the viewer */
  setLevel(level: Level, now: boolean): void {
    if (level.url === this.level?.url) return;
    const isEarly = performance.now() - this.#gapAtMs < AFTER_GAP_MS;
    if (isEarly && !now && level.url !== this.levels.at(-1)?.url) return;
    this.#dropNext("video");
    if (this.#current.video === undefined) {
      // Nothing is shown yet, or another source feeds.
      this.#level = level;
      if (this.#begin === undefined) this.#warm();
      else this.#openLoaders();
      return;
    }
    if (level.url === this.#level?.url) return this.#resume(this.#current.video);
    this.#nextLevel = level;
    if (now) this.#rewind();
    this.#prepare("video", level.url, (playlist) => cursorBehind(playlist, this.#options.timeline.endSec("video")));
  }

  /** Called every second: a level whose rung went away is left, one that is late takes over with a hitch. */
  check(): void {
    const next = this.#next.video;
    const sinceMs = next === undefined ? 0 : performance.now() - next.beganAtMs;
    const current = this.#current.video;
    if (next !== undefined && current !== undefined) {
      if (next.hasGiven && sinceMs > FORCE_AFTER_MS) this.#options.timeline.force();
      else if (sinceMs > SWITCH_WITHIN_MS && !next.hasGiven) {
        this.#dropNext("video");
        this.#resume(current);
      }
    }
    const { levels } = this;
    if (levels.length > 0 && this.level !== undefined && !levels.some(({ url }) => url === this.level?.url)) {
      const instead = levels[Math.max(0, this.#options.firstLevel(levels))];
      if (instead) this.setLevel(instead, false);
    }
  }

  /** The level that plays goes on, also when its loader had made way for another one. */
  #resume(current: Loader): void {
    if (!current.isClosed) return this.#options.timeline.prepare("video", current.lane);
    delete this.#current.video;
    this.#begin = { at: "end" };
    this.#isFresh = false;
    this.#openLoaders();
  }

  /** What is being prepared for this track is not wanted any more. */
  #dropNext(kind: Kind): void {
    this.#next[kind]?.close();
    delete this.#next[kind];
    if (kind === "video") this.#nextLevel = undefined;
    this.#leaveUnused();
  }

  /** Playlists that nobody plays from: each of them would hold one of the browser's few connections. */
  #leaveUnused(): void {
    const loaders = [...Object.values(this.#current), ...Object.values(this.#next)];
    const used = new Set([this.#level?.url, this.#offer?.audioUrl, ...loaders.map(({ follower }) => follower.url)]);
    for (const [url, follower] of this.#followers) {
      if (used.has(url)) continue;
      follower.close();
      this.#followers.delete(url);
    }
  }

  /** There may be room for more, or less to fetch. */
  look(): void {
    for (const loader of [...Object.values(this.#current), ...Object.values(this.#next)]) loader.look();
  }

  close(): void {
    this.#closing.abort();
    this.stop();
    for (const follower of this.#followers.values()) follower.close();
    this.#followers.clear();
  }

  #main(): Follower | undefined {
    const url = this.#level?.url ?? this.#offer?.audioUrl;
    return url === undefined ? undefined : this.#followers.get(url);
  }

  async #followOffer(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#loadOffer(signal);
        if (failures > 0) this.#options.onTrouble(undefined);
        failures = 0;
        if (this.isEnded) return;
        const everyMs = this.#options.isOfferUrgent() ? URGENT_OFFER_MS * (0.75 + Math.random() / 2) : OFFER_EVERY_MS;
        await pause(everyMs, signal, (wake) => (this.#wakeOffer = wake));
      } catch (error) {
        if (signal.aborted) return;
        const delayMs = retryDelayMs(failures, Math.random());
        failures += 1;
        const reason = error instanceof Error ? error.message : String(error);
        // As long as something plays only the list of qualities is missing.
        if (this.#offer === undefined) this.#options.onTrouble({ reason, retryAtMs: performance.now() + delayMs });
        await pause(delayMs, signal);
      }
    }
  }

  async #loadOffer(signal: AbortSignal): Promise<void> {
    const url = new URL(this.#options.url(), location.href).href;
    const text = await this.#http.text(url, signal);
    const offer = readOffer(url, parseMultivariantPlaylist(text), supportsType);
    const isFirst = this.#offer === undefined;
    this.#offer = offer;
    this.#options.onOffer(offer);
    if (isFirst && this.#begin !== undefined) this.#openLoaders();
    else if (isFirst) this.#warm();
  }

  /** Playlists without loaders: the window is known, and switching over is quick. */
  #warm(): void {
    this.#chooseFirst();
    for (const url of [this.#level?.url, this.#offer?.audioUrl]) {
      if (url !== undefined) this.#follow(url).setSlow(true);
    }
  }

  /** Reads one small piece of media: only that tells where the window lies in media time. */
  async #anchor(follower: Follower): Promise<void> {
    const segment = follower.playlist?.segments.findLast(({ url, gap }) => url !== undefined && !gap);
    const url = segment?.parts[0]?.url ?? segment?.url;
    if (segment?.mapUrl === undefined || url === undefined) return;
    const { signal } = this.#closing;
    try {
      const [init, bytes] = await Promise.all([this.#inits.get(segment.mapUrl, signal), this.#http.bytes(url, signal)]);
      const chunk = readChunk(init, bytes);
      if (chunk && follower.playlist?.isAnchored === false) follower.measured(segment.msn, startSec(chunk));
      for (const other of this.#followers.values()) this.#placeLike(other);
      this.look();
      this.#options.onPlaylist();
    } catch {
      // The next playlist asks again.
    }
  }

  /** What plays is left with `check`. */
  #chooseFirst(): void {
    const { levels } = this;
    if (this.#current.video !== undefined && this.#level !== undefined) return;
    if (levels.length > 0 && !levels.some(({ url }) => url === this.#level?.url)) {
      this.#level = levels[Math.max(0, Math.min(levels.length - 1, this.#options.firstLevel(levels)))];
    }
  }

  #openLoaders(): void {
    const offer = this.#offer;
    if (offer === undefined || this.#begin === undefined) return;
    if (offer.undecodable !== undefined) return this.#options.onUndecodable(offer.undecodable);
    if (offer.tracks.length === 0) return;
    this.#chooseFirst();
    if (this.#isFresh) this.#options.timeline.setTracks(offer.tracks);
    for (const kind of this.#options.timeline.tracks) {
      const url = kind === "video" ? this.#level?.url : offer.audioUrl;
      if (url === undefined) continue;
      if (this.#isFresh) {
        this.#current[kind]?.close();
        const loader = this.#loader(kind, url, (playlist) => this.#firstCursor(kind, playlist));
        this.#current[kind] = loader;
        this.#options.timeline.restart(kind, loader.lane);
      } else if (this.#current[kind] === undefined) this.#prepare(kind, url, (playlist) => this.#atEnd(kind, playlist));
    }
  }

  #prepare(kind: Kind, url: string, begin: (playlist: HlsPlaylist) => Cursor | undefined): void {
    this.#next[kind]?.close();
    const loader = this.#loader(kind, url, begin);
    this.#next[kind] = loader;
    this.#options.timeline.prepare(kind, loader.lane);
  }

  #loader(kind: Kind, url: string, begin: (playlist: HlsPlaylist) => Cursor | undefined): Loader {
    const { timeline, positionSec, maxAheadSec, onTrouble } = this.#options;
    const follower = this.#follow(url);
    follower.setSlow(false);
    return new Loader({
      kind,
      http: this.#http,
      follower,
      inits: this.#inits,
      begin,
      push: (lane, chunk) => timeline.push(kind, lane, chunk),
      mayLoad: (sec) =>
        timeline.wantsMore && (sec === undefined || sec - positionSec() < maxAheadSec() || this.#isAtEnd(kind)),
      onTrouble,
      onGap: (lane) => this.#goRound(lane),
      onDone: () => this.#onDone(kind),
    });
  }

  /** Where a rung has nothing, because it began later, was shed or broke off, the source has. True: that is played. */
  #goRound(lane: Lane): boolean {
    const { timeline } = this.#options;
    const source = this.levels.at(-1);
    const { video: current } = this.#current;
    const isNext = this.#next.video?.lane === lane;
    if (source === undefined || (!isNext && current?.lane !== lane)) return false;
    if ((isNext ? this.level : this.#level)?.url === source.url) return false;
    this.#gapAtMs = performance.now();
    if (current === undefined || timeline.endSec("video") === undefined) {
      this.#level = source;
      this.#openLoaders();
    } else if (isNext) {
      this.#dropNext("video");
      this.#resume(current);
    } else {
      this.setLevel(source, false);
      timeline.over("video", lane);
    }
    return true;
  }

  /** The viewer comes to the end of what there is: what follows may lie behind a hole of any length. */
  #isAtEnd(kind: Kind): boolean {
    const end = this.#options.timeline.endSec(kind);
    return end !== undefined && end - this.#options.positionSec() < LEFT_SEC;
  }

  #follow(url: string): Follower {
    const known = this.#followers.get(url);
    if (known) return known;
    const follower = new Follower({
      http: this.#http,
      url,
      onChange: () => this.#onPlaylist(follower),
      onTrouble: (trouble) => {
        if (this.#isUsed(follower)) this.#options.onTrouble(trouble);
      },
    });
    this.#followers.set(url, follower);
    return follower;
  }

  #isUsed(follower: Follower): boolean {
    return this.#current.video?.follower === follower || this.#current.audio?.follower === follower;
  }

  #onPlaylist(follower: Follower): void {
    this.#placeLike(follower);
    const isSmallest = follower.url === (this.#offer?.audioUrl ?? this.#level?.url);
    const needsPlace = this.#begin === undefined || this.#begin.at === "time" || this.#begin.at === "end";
    if (needsPlace && isSmallest && follower.playlist?.isAnchored === false) void this.#anchor(follower);
    this.look();
    if (follower === this.#main()) this.#options.onPlaylist();
  }

  /** Renditions have the same segments: where one of them lies tells where all do. */
  #placeLike(follower: Follower): void {
    const { playlist } = follower;
    if (playlist === undefined || playlist.isAnchored) return;
    for (const other of this.#followers.values()) {
      if (other.playlist?.isAnchored !== true) continue;
      const known = other.playlist.segments.findLast(({ msn }) => segmentAt(playlist, msn) !== undefined);
      if (known) return follower.measured(known.msn, known.startSec);
    }
  }

  #firstCursor(kind: Kind, playlist: HlsPlaylist): Cursor | undefined {
    const more = kind === "audio" && this.#options.timeline.tracks.includes("video") ? AUDIO_MORE_SEC : 0;
    return this.#begin && cursorOf(playlist, this.#begin, more);
  }

  #atEnd(kind: Kind, playlist: HlsPlaylist): Cursor | undefined {
    return cursorGoingOn(playlist, this.#options.timeline.endSec(kind) ?? this.#options.positionSec());
  }

  /** Takes out what was loaded ahead from the next segment on that is far enough from the viewer. */
  #rewind(): void {
    const { timeline, positionSec } = this.#options;
    const playlist = this.#current.video?.follower.playlist;
    const end = timeline.endSec("video");
    if (playlist?.isAnchored !== true || end === undefined) return;
    const from = playlist.segments.find(({ startSec }) => startSec > positionSec() + REWIND_MARGIN_SEC);
    if (from !== undefined && from.startSec < end - REWIND_MARGIN_SEC) {
      this.#current.video?.close();
      timeline.rewind(from.startSec);
    }
  }

  #onDone(kind: Kind): void {
    this.#done.add(kind);
    if (this.#options.timeline.tracks.every((one) => this.#done.has(one))) this.#options.onEnd();
  }
}
