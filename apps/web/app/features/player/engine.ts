/** Plays one broadcast in one <video>: LL-HLS through hls.js, native HLS where Media Source is missing. No React in here. */
import type { ErrorData, Events, default as HlsType } from "hls.js";
import { retryDelayMs } from "./backoff.ts";
import {
  JOIN_MARGIN_SEC,
  JUMP_BEHIND_SEC,
  SETTLE_MS,
  chooseRate,
  isScare,
  joinMargin,
  settleStep,
  targetAfterScares,
} from "./rate-controller.ts";

/** Distance from live that each mode aims at. */
export const MODE_TARGET_SEC = { lowest: 0.7, balanced: 0.8, stable: 3 } as const;
export type Mode = keyof typeof MODE_TARGET_SEC;

/** More than this behind live is watching from the DVR, and "Go live" is offered. */
export const BEHIND_SEC = 5;

/**
 * - `loading`: nothing shown yet · `playing` · `paused`: by the viewer · `buffering`: wants to play but has no media
 * - `blocked`: the browser wants a click first · `reconnecting`: the server does not answer; tries again in `retryInSec`
 * - `ended`: the last frame was shown · `failed`: cannot play here; `failure` says why
 */
export type Phase = "loading" | "playing" | "paused" | "buffering" | "blocked" | "reconnecting" | "ended" | "failed";

export type Quality = Readonly<{ index: number; heightPx: number; bitrateBps: number; name: string }>;

export type EngineState = Readonly<{
  phase: Phase;
  live: boolean;
  currentSec: number;
  /** The window that can be seeked, in the video's time. */
  startSec: number;
  edgeSec: number;
  bufferedSec: number;
  /** Distance from the live edge; null when not live or not known. */
  latencySec: number | null;
  behind: boolean;
  rate: number;
  volume: number;
  muted: boolean;
  qualities: readonly Quality[];
  /** Index into `qualities`; -1 is automatic. */
  quality: number;
  shownHeightPx: number;
  retryInSec: number | null;
  failure: "unsupported" | "media" | null;
}>;

/** Totals for the beacon and the statistics overlay. */
export type EngineTotals = Readonly<{
  joinMs: number | null;
  watchedMs: number;
  stalls: number;
  stalledMs: number;
  droppedFrames: number;
  shownFrames: number;
  bitrateBps: number | null;
  lastError: string | null;
  targetSec: number;
}>;

export type EngineOptions = Readonly<{
  url: string;
  mode: Mode;
  live: boolean;
  autoplay: boolean;
  /** Seconds from the start of the window to begin at; left out: the live edge, or the start of an ended show. */
  startAtSec?: number;
}>;

const CONTROL_EVERY_MS = 100;
const REPORT_EVERY_MS = 250;
const MEDIA_ERROR_AGAIN_MS = 5000;

const START: EngineState = {
  phase: "loading",
  live: true,
  currentSec: 0,
  startSec: 0,
  edgeSec: 0,
  bufferedSec: 0,
  latencySec: null,
  behind: false,
  rate: 1,
  volume: 1,
  muted: false,
  qualities: [],
  quality: -1,
  shownHeightPx: 0,
  retryInSec: null,
  failure: null,
};

/** Call `start` once, `close` at the end. `subscribe`/`state` fit React's useSyncExternalStore. */
export class PlayerEngine {
  readonly #video: HTMLVideoElement;
  readonly #listeners = new Set<() => void>();
  readonly #closing = new AbortController();
  #options: EngineOptions;
  #state: EngineState;
  #hls: HlsType | undefined;
  #native = false;
  /** Following live; false once the viewer went back in time. */
  #following = true;
  #wantsPlay: boolean;
  #playAskedAtMs = 0;
  readonly #firstFrame = new Set<() => void>();
  #joinMs: number | null = null;
  #stalls = 0;
  /** Stalls, and moments that were close to one. */
  #scaresAtMs: number[] = [];
  #stallBeganMs: number | null = null;
  #stalledMs = 0;
  #watchedMs = 0;
  #lastTickMs = 0;
  #settleUntilMs = 0;
  #lastReportMs = 0;
  #lastError: string | null = null;
  #failures = 0;
  #retryAtMs: number | null = null;
  #mediaErrorAtMs = -Infinity;
  #phase: Phase = "loading";
  #interrupted = false;
  #failure: EngineState["failure"] = null;

  constructor(video: HTMLVideoElement, options: EngineOptions) {
    this.#video = video;
    this.#options = options;
    this.#wantsPlay = options.autoplay;
    this.#following = options.live && options.startAtSec === undefined;
    this.#state = { ...START, live: options.live, volume: video.volume, muted: video.muted };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Calls `then` once, when the first frame is shown. */
  onFirstFrame(then: () => void): void {
    this.#firstFrame.add(then);
  }

  /** The same object until something changed. */
  readonly state = (): EngineState => this.#state;

  totals(): EngineTotals {
    const quality = this.#video.getVideoPlaybackQuality();
    const level = this.#hls?.levels[this.#hls.currentLevel];
    return {
      joinMs: this.#joinMs,
      watchedMs: Math.round(this.#watchedMs),
      stalls: this.#stalls,
      stalledMs: Math.round(this.#stalledMs + (this.#stallBeganMs === null ? 0 : now() - this.#stallBeganMs)),
      droppedFrames: quality.droppedVideoFrames,
      shownFrames: quality.totalVideoFrames,
      bitrateBps: level ? level.bitrate : null,
      lastError: this.#lastError,
      targetSec: this.#targetSec(),
    };
  }

  async start(): Promise<void> {
    const { signal } = this.#closing;
    if (this.#wantsPlay) this.#markPlayAsked();
    this.#listenToVideo(signal);
    const timer = setInterval(() => this.#tick(), CONTROL_EVERY_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
    const { default: Hls } = await import("hls.js");
    if (signal.aborted) return;
    if (Hls.isSupported()) this.#open(Hls, this.#startPosition());
    else if (this.#video.canPlayType("application/vnd.apple.mpegurl") !== "") this.#openNative();
    else this.#fail("unsupported", "no Media Source and no native HLS");
  }

  close(): void {
    this.#closing.abort();
    this.#hls?.destroy();
    this.#hls = undefined;
    if (this.#native) {
      this.#video.removeAttribute("src");
      this.#video.load();
    }
    this.#listeners.clear();
    this.#firstFrame.clear();
  }

  play(): void {
    if (!this.#wantsPlay && this.#joinMs === null) this.#markPlayAsked();
    this.#wantsPlay = true;
    if (this.#state.live && this.#following) this.#toLiveEdge();
    this.#tryToPlay();
  }

  pause(): void {
    this.#wantsPlay = false;
    this.#video.pause();
    // What is paused falls out of live: on resume "play" goes back to the edge only if the viewer was following.
    this.#setPhase("paused");
  }

  toggle(): void {
    if (this.#video.paused) this.play();
    else this.pause();
  }

  /** Jumps to the live edge and follows it. */
  goLive(): void {
    this.#following = true;
    this.#toLiveEdge();
    this.play();
  }

  /** Within the window; close to the edge means following live again. */
  seek(toSec: number): void {
    const { startSec, edgeSec, live } = this.#state;
    const wanted = Math.min(Math.max(toSec, startSec), edgeSec);
    if (live && edgeSec - wanted < 2) {
      this.goLive();
      return;
    }
    this.#following = false;
    this.#video.playbackRate = 1;
    this.#video.currentTime = wanted;
    this.#report(true);
  }

  setVolume(volume: number): void {
    this.#video.volume = Math.min(1, Math.max(0, volume));
    this.#video.muted = this.#video.volume === 0;
  }

  setMuted(muted: boolean): void {
    this.#video.muted = muted;
    if (!muted && this.#video.volume === 0) this.#video.volume = 0.5;
  }

  setQuality(index: number): void {
    if (this.#hls) this.#hls.nextLevel = index;
    this.#report(true);
  }

  /** For recordings; live rates belong to the controller. */
  setSpeed(rate: number): void {
    if (!this.#options.live) this.#video.playbackRate = rate;
    this.#report(true);
  }

  /** While the source is known to be gone an empty buffer is no stall. */
  setInterrupted(interrupted: boolean): void {
    this.#interrupted = interrupted;
  }

  setMode(mode: Mode): void {
    this.#options = { ...this.#options, mode };
    this.#scaresAtMs = [];
    if (this.#hls) this.#hls.config.liveSyncDuration = MODE_TARGET_SEC[mode];
  }

  /** The same source under an address with a newer token. */
  renew(url: string): void {
    this.#options = { ...this.#options, url };
  }

  /** The broadcast ended or went live again. */
  setLive(live: boolean): void {
    this.#options = { ...this.#options, live };
    this.#report(true);
  }

  /** @param startAtSec in the media's time; -1: the live edge */
  #open(Hls: typeof HlsType, startAtSec: number): void {
    const { mode, live } = this.#options;
    const patient = {
      maxTimeToFirstByteMs: 30_000,
      maxLoadTimeMs: 30_000,
      timeoutRetry: { maxNumRetry: 1000, retryDelayMs: 0, maxRetryDelayMs: 0 },
      errorRetry: { maxNumRetry: 1000, retryDelayMs: 500, maxRetryDelayMs: 4000, backoff: "exponential" as const },
    };
    const hls = new Hls({
      // In every mode: with whole segments a long key frame interval would be longer than any distance from live.
      lowLatencyMode: true,
      // The rate is ours: hls.js moves its target by a second at each stall and never takes it back.
      maxLiveSyncPlaybackRate: 1,
      liveSyncDuration: MODE_TARGET_SEC[mode] + JOIN_MARGIN_SEC,
      liveDurationInfinity: true,
      // Within the first segment of a playlist hls.js cannot go back for a key frame, and asks for the same parts for ever.
      initialLiveManifestSize: 2,
      backBufferLength: 30,
      maxBufferLength: live ? 20 : 40,
      startPosition: startAtSec,
      playlistLoadPolicy: { default: patient },
      // Playlists carry the token that they were asked for with; a newer one takes its place without opening the show anew.
      xhrSetup: (xhr, asked) => xhr.open("GET", withTokenOf(this.#options.url, asked)),
    });
    this.#hls = hls;
    hls.on("hlsError" as Events.ERROR, (_, data) => this.#onHlsError(data));
    hls.on("hlsManifestParsed" as Events.MANIFEST_PARSED, () => {
      this.#failures = 0;
      this.#tryToPlay();
    });
    hls.on("hlsLevelUpdated" as Events.LEVEL_UPDATED, (_, { details }) => {
      if (!details.live && this.#options.live) this.setLive(false);
    });
    hls.loadSource(this.#options.url);
    hls.attachMedia(this.#video);
  }

  /** Where a source that is opened, perhaps anew, begins; -1: the live edge. */
  #startPosition(): number {
    const { live, startAtSec } = this.#options;
    if (this.#joinMs === null) return startAtSec ?? (live ? -1 : 0);
    return live && this.#following ? -1 : this.#video.currentTime;
  }

  #markPlayAsked(): void {
    this.#playAskedAtMs = now();
    performance.mark("rostrum:play");
  }

  #openNative(): void {
    this.#native = true;
    this.#video.src = this.#options.url;
    this.#tryToPlay();
  }

  #listenToVideo(signal: AbortSignal): void {
    const on = (name: string, act: () => void): void => this.#video.addEventListener(name, act, { signal });
    on("playing", () => {
      if (this.#joinMs === null || this.#stallBeganMs !== null) this.#settleUntilMs = now() + SETTLE_MS;
      this.#endStall();
      this.#onFirstFrame();
      this.#setPhase("playing");
    });
    on("waiting", () => this.#onWaiting());
    on("pause", () => {
      if (!this.#video.ended && this.#phase === "playing") this.#setPhase("paused");
    });
    on("ended", () => this.#setPhase("ended"));
    on("volumechange", () => this.#report(true));
    on("error", () => {
      if (this.#native) this.#retryLater(this.#video.error?.message ?? "media error");
    });
  }

  #onFirstFrame(): void {
    if (this.#joinMs !== null) return;
    this.#joinMs = Math.round(now() - this.#playAskedAtMs);
    performance.mark("rostrum:first-frame");
    for (const then of this.#firstFrame) then();
    this.#firstFrame.clear();
  }

  #onWaiting(): void {
    if (this.#joinMs === null || this.#video.seeking || !this.#wantsPlay) return;
    if (!this.#interrupted) {
      this.#stalls += 1;
      this.#scaresAtMs.push(now());
      this.#stallBeganMs ??= now();
    }
    this.#setPhase("buffering");
  }

  #endStall(): void {
    if (this.#stallBeganMs === null) return;
    this.#stalledMs += now() - this.#stallBeganMs;
    this.#stallBeganMs = null;
  }

  #tryToPlay(): void {
    if (!this.#wantsPlay) return;
    this.#video.play().catch((error: unknown) => {
      const name = error instanceof DOMException ? error.name : "";
      if (name === "NotAllowedError") this.#onAutoplayRefused();
      else if (name !== "AbortError") this.#lastError = String(error);
    });
  }

  /** Browsers let a muted video begin by itself: better a picture with an "unmute" button than none. */
  #onAutoplayRefused(): void {
    if (this.#video.muted) {
      this.#wantsPlay = false;
      this.#setPhase("blocked");
      return;
    }
    this.#video.muted = true;
    this.#tryToPlay();
  }

  #onHlsError(data: ErrorData): void {
    this.#lastError = data.details;
    if (isWithoutDecoder(data)) return this.#fail("media", data.details);
    if (!data.fatal) return;
    if (data.type === "mediaError" && this.#hls) {
      if (now() - this.#mediaErrorAtMs > MEDIA_ERROR_AGAIN_MS) {
        this.#mediaErrorAtMs = now();
        this.#hls.recoverMediaError();
        return;
      }
    }
    this.#retryLater(data.details);
  }

  /** Opens the source anew after a pause that grows; never gives up while the page says the show is on. */
  #retryLater(reason: string): void {
    this.#lastError = reason;
    if (this.#retryAtMs !== null) return;
    this.#retryAtMs = now() + retryDelayMs(this.#failures, Math.random());
    this.#failures += 1;
    this.#setPhase("reconnecting");
  }

  #reopen(): void {
    this.#retryAtMs = null;
    if (this.#native) {
      this.#openNative();
      return;
    }
    const Hls = this.#hls?.constructor as typeof HlsType | undefined;
    const at = this.#startPosition();
    // A playlist that is opened anew lays its first segment at 0: only the date stays true once the window has moved.
    const shownAt = at === -1 ? null : (this.#hls?.playingDate ?? null);
    this.#hls?.destroy();
    this.#setPhase(this.#wantsPlay || this.#joinMs === null ? "loading" : "paused");
    if (Hls) this.#open(Hls, at);
    if (shownAt !== null) this.#seekToDate(shownAt);
  }

  /** As soon as a playlist says where that is. */
  #seekToDate(date: Date): void {
    this.#hls?.once("hlsLevelUpdated" as Events.LEVEL_UPDATED, (_, { details }) => {
      const before = details.fragments.findLast(
        ({ programDateTime }) => (programDateTime ?? Infinity) <= date.getTime(),
      );
      const from = before ?? details.fragments[0];
      if (from === undefined) return;
      const sinceSec = before === undefined ? 0 : (date.getTime() - (from.programDateTime ?? 0)) / 1000;
      this.#video.currentTime = from.start + sinceSec;
    });
  }

  #fail(failure: "unsupported" | "media", reason: string): void {
    this.#lastError = reason;
    this.#failure = failure;
    this.#setPhase("failed");
  }

  #targetSec(): number {
    const base = targetAfterScares(MODE_TARGET_SEC[this.#options.mode], this.#scaresAtMs, now());
    return base + (this.#joinMs === null ? JOIN_MARGIN_SEC : joinMargin(now() - this.#playAskedAtMs - this.#joinMs));
  }

  #aheadSec(): number {
    const { buffered, currentTime } = this.#video;
    for (let i = 0; i < buffered.length; i += 1) {
      if (buffered.start(i) <= currentTime + 0.1 && buffered.end(i) > currentTime) return buffered.end(i) - currentTime;
    }
    return 0;
  }

  #tick(): void {
    const at = now();
    if (this.#phase === "playing") this.#watchedMs += at - this.#lastTickMs;
    this.#lastTickMs = at;
    if (this.#retryAtMs !== null && at >= this.#retryAtMs) this.#reopen();
    if (this.#phase === "playing" && this.#options.live && this.#following) this.#followLive();
    if (at - this.#lastReportMs >= REPORT_EVERY_MS) this.#report(false);
  }

  #followLive(): void {
    const latencySec = this.#latencySec();
    if (latencySec === null || this.#video.seeking) return;
    const targetSec = this.#targetSec();
    if (latencySec - targetSec > JUMP_BEHIND_SEC) {
      this.#toLiveEdge();
      return;
    }
    const input = { aheadSec: this.#aheadSec(), latencySec, targetSec };
    const step = now() < this.#settleUntilMs ? settleStep(input) : 0;
    if (step > 0) {
      this.#video.currentTime += step;
      return;
    }
    if (isScare(input.aheadSec, now(), this.#scaresAtMs.at(-1))) this.#scaresAtMs.push(now());
    const rate = chooseRate(input);
    if (this.#video.playbackRate !== rate) this.#video.playbackRate = rate;
  }

  #window(): Readonly<{ startSec: number; edgeSec: number }> {
    const details = this.#hls?.latestLevelDetails ?? this.#hls?.levels[this.#hls.currentLevel]?.details;
    const first = details?.fragments[0];
    if (details && first) return { startSec: first.start, edgeSec: details.edge };
    const { seekable, duration } = this.#video;
    if (seekable.length > 0) return { startSec: seekable.start(0), edgeSec: seekable.end(seekable.length - 1) };
    return { startSec: 0, edgeSec: Number.isFinite(duration) ? duration : 0 };
  }

  #latencySec(): number | null {
    if (!this.#options.live) return null;
    if (this.#hls) {
      const details = this.#hls.latestLevelDetails;
      if (!details) return null;
      // The edge as of now: the newest playlist's end plus the time since it came.
      const age = Math.min(details.age, details.targetduration);
      return Math.max(0, details.edge + age - this.#video.currentTime);
    }
    const { edgeSec } = this.#window();
    return edgeSec === 0 ? null : Math.max(0, edgeSec - this.#video.currentTime);
  }

  #toLiveEdge(): void {
    const position = this.#hls?.liveSyncPosition ?? null;
    const { startSec, edgeSec } = this.#window();
    const wanted = position ?? edgeSec - this.#targetSec();
    if (edgeSec > 0) this.#video.currentTime = Math.max(startSec, wanted);
  }

  #setPhase(phase: Phase): void {
    if (this.#phase === phase) return;
    this.#phase = phase;
    this.#report(true);
  }

  #report(force: boolean): void {
    this.#lastReportMs = now();
    const next = this.#snapshot();
    if (!force && same(this.#state, next)) return;
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }

  #snapshot(): EngineState {
    const { startSec, edgeSec } = this.#window();
    const latencySec = this.#latencySec();
    const { live } = this.#options;
    return {
      phase: this.#phase,
      live,
      currentSec: this.#video.currentTime,
      startSec,
      edgeSec,
      bufferedSec: this.#video.currentTime + this.#aheadSec(),
      latencySec,
      behind: live && (!this.#following || this.#video.paused) && (latencySec ?? 0) > BEHIND_SEC,
      rate: this.#video.playbackRate,
      volume: this.#video.volume,
      muted: this.#video.muted,
      qualities: this.#qualities(),
      quality: this.#hls && !this.#hls.autoLevelEnabled ? this.#hls.nextLevel : -1,
      shownHeightPx: this.#video.videoHeight,
      retryInSec: this.#retryAtMs === null ? null : Math.max(0, Math.ceil((this.#retryAtMs - now()) / 1000)),
      failure: this.#failure,
    };
  }

  #qualities(): readonly Quality[] {
    const levels = this.#hls?.levels ?? [];
    if (levels.length === this.#state.qualities.length) return this.#state.qualities;
    return levels.map((level, index) => ({
      index,
      heightPx: level.height,
      bitrateBps: level.bitrate,
      name: level.height > 0 ? `${level.height}p` : "",
    }));
  }
}

const now = (): number => performance.now();

/** What no second try mends: the browser cannot decode this. */
function isWithoutDecoder({ details, error }: ErrorData): boolean {
  if (details === "manifestIncompatibleCodecsError") return true;
  return details === "bufferAddCodecError" && error.name === "NotSupportedError";
}

function withTokenOf(source: string, asked: string): string {
  const token = new URL(source, location.href).searchParams.get("t");
  if (token === null) return asked;
  const url = new URL(asked, location.href);
  url.searchParams.set("t", token);
  return url.href;
}

function same(a: EngineState, b: EngineState): boolean {
  return (Object.keys(a) as Array<keyof EngineState>).every((key) => a[key] === b[key]);
}
