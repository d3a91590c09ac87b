/** Plays one broadcast in one <video>: realtime, live, back in time and recorded, on one time line. No React in here. */
import { Delivery } from "./delivery.ts";
import { Exchange } from "./exchange.ts";
import { FrameTotals } from "./frame-totals.ts";
import {
  BEHIND_SEC,
  type EngineOptions,
  type EngineState,
  type EngineTotals,
  type Phase,
  START,
  sameState,
} from "./engine-state.ts";
import type { Trouble } from "./hls/feed.ts";
import type { Mode } from "./latency-ladder.ts";
import { LiveFollow } from "./live-follow.ts";
import { NativeHls } from "./native-hls.ts";
import { mediaSourceType } from "./timeline/timeline.ts";
import { WatchLog } from "./watch-log.ts";
import { type Players, latencySecOf, whereaboutsOf } from "./whereabouts.ts";
import { type LeftAt, WhepStep } from "./whep/step.ts";
import { holdStill } from "./whep/still.ts";

const CONTROL_EVERY_MS = 100;
const REPORT_EVERY_MS = 250;

/** Call `start` once, `close` at the end. `subscribe`/`state` fit React's useSyncExternalStore. */
export class PlayerEngine {
  readonly #video: HTMLVideoElement;
  readonly #listeners = new Set<() => void>();
  readonly #closing = new AbortController();
  readonly #log = new WatchLog();
  readonly #firstFrame = new Set<() => void>();
  readonly #frames = new FrameTotals();
  readonly #liveFollow: LiveFollow;
  readonly #exchange = new Exchange();
  #options: EngineOptions;
  #state: EngineState;
  #delivery: Delivery | undefined;
  #native: NativeHls | undefined;
  #whep: WhepStep | undefined;
  /** Following live; false once the viewer went back in time. */
  #following: boolean;
  #wantsPlay: boolean;
  #lastReportMs = 0;
  #trouble: Trouble | undefined;
  #phase: Phase = "loading";
  #interrupted = false;

  constructor(video: HTMLVideoElement, options: EngineOptions) {
    this.#video = video;
    this.#liveFollow = new LiveFollow(video, this.#log);
    this.#options = options;
    this.#wantsPlay = options.autoplay;
    this.#following = options.live && options.startAtSec === undefined;
    this.#state = { ...START, live: options.live, volume: video.volume, muted: video.muted, mode: options.mode };
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
    this.#countFrames();
    const { shown, dropped } = this.#frames.total;
    const figures = this.#whep?.figures;
    return {
      joinMs: this.#log.joinMs,
      watchedMs: Math.round(this.#log.watchedMs),
      stalls: this.#log.stalls,
      stalledMs: Math.round(this.#log.stalledMs),
      droppedFrames: dropped,
      shownFrames: shown,
      bitrateBps: (this.#playsWebRtc ? figures?.bps : this.#delivery?.bitrateBps) ?? null,
      lastError: this.#log.lastError,
      targetSec: this.#playsWebRtc ? null : (this.#delivery?.targetSec() ?? 0),
      network: figures === undefined ? null : { jitterMs: figures.jitterMs, lostShare: figures.lostShare },
    };
  }

  start(): void {
    const { signal } = this.#closing;
    if (this.#wantsPlay) this.#log.playAsked();
    this.#listenToVideo(signal);
    this.#listenToPage(signal);
    const timer = setInterval(() => this.#tick(), CONTROL_EVERY_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
    if (mediaSourceType() !== undefined) this.#openDelivery();
    else if (NativeHls.isSupported(this.#video)) this.#openNative();
    else this.#fail("no Media Source and no native HLS");
  }

  close(): void {
    this.#closing.abort();
    this.#whep?.close();
    this.#delivery?.close();
    this.#native?.close();
    this.#listeners.clear();
    this.#firstFrame.clear();
  }

  play(): void {
    if (!this.#wantsPlay && this.#log.joinMs === null) this.#log.playAsked();
    this.#wantsPlay = true;
    if (this.#state.live && this.#following) this.#toLiveEdge();
    this.#tryToPlay();
  }

  pause(): void {
    this.#wantsPlay = false;
    this.#video.pause();
    // Who has paused waits for nothing.
    this.#log.stallEnded();
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
    if (this.#playsWebRtc) this.#exchange.begin("moved", now());
    this.#whep?.leaveQuietly();
    this.#delivery?.seek(wanted);
    if (this.#native) this.#video.currentTime = wanted;
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
    this.#delivery?.setQuality(index);
    this.#report(true);
  }

  /** For recordings; live rates belong to the controller. */
  setSpeed(rate: number): void {
    if (!this.#options.live) this.#video.playbackRate = rate;
    this.#report(true);
  }

  /** While the source is known to be gone an empty buffer is no stall. */
  setInterrupted(interrupted: boolean): void {
    if (this.#interrupted && !interrupted) this.#whep?.startOver();
    this.#interrupted = interrupted;
  }

  setMode(mode: Mode): void {
    if (mode === this.#options.mode) return;
    this.#log.scaresAtMs = [];
    this.#whep?.startOver();
    this.#change({ mode });
  }

  /** The same source under an address with a newer token. */
  renew(url: string): void {
    this.#change({ url });
  }

  /** Where the deliveries of the lowest latency are now, and the lowest latency that the broadcast allows. */
  setNear(near: Readonly<{ realtimeUrl: string | null; whepUrl: string | null; ceiling: Mode }>): void {
    if (near.whepUrl !== this.#options.whepUrl) this.#whep?.renewed();
    this.#change(near);
  }

  /** The broadcast ended or went live again. */
  setLive(live: boolean): void {
    // What kept the distance from live has nothing to keep any more.
    if (!live && this.#options.live) this.#video.playbackRate = 1;
    this.#change({ live });
  }

  #change(change: Partial<EngineOptions>): void {
    this.#options = { ...this.#options, ...change };
    this.#delivery?.setOptions(change);
    this.#report(true);
  }

  #openDelivery(): void {
    this.#delivery = new Delivery(this.#video, this.#options, this.#log, {
      onOpened: () => this.#tryToPlay(),
      onTrouble: (trouble) => this.#onTrouble(trouble),
      onShowEnded: () => this.setLive(false),
    });
    const { startAtSec } = this.#options;
    this.#whep = this.#openWhep(this.#delivery);
    if (!this.#following) this.#delivery.start({ at: "offset", sec: startAtSec ?? 0 });
    else if (this.#whep.begin(now())) this.#delivery.suspend();
    else this.#delivery.start({ at: "edge" });
  }

  /** WebRTC plays in the same <video>: whoever is not playing is not feeding. */
  #openWhep(delivery: Delivery): WhepStep {
    return new WhepStep({
      video: this.#video,
      log: this.#log,
      url: () => this.#options.whepUrl ?? null,
      isWanted: () => delivery.wantsLowest,
      isToPlay: () => this.#wantsPlay,
      isInterrupted: () => this.#interrupted,
      onTakeOver: () => {
        this.#exchange.begin("same_place", now());
        this.#onTrouble(undefined);
        delivery.suspend();
      },
      onOpened: () => this.#tryToPlay(),
      onLeft: (at) => {
        this.#exchange.begin("same_place", now());
        delivery.start(this.#placeAfter(at));
      },
      onShowEnded: () => this.setLive(false),
    });
  }

  /** Who is watching goes on, and who has paused keeps the picture. */
  #placeAfter(at: LeftAt) {
    if (at === undefined || this.#wantsPlay) return { at: "edge", goOn: at } as const;
    return { at: "time", sec: at.shownSec } as const;
  }

  get #playsWebRtc(): boolean {
    return this.#whep?.isPlaying === true;
  }

  #openNative(): void {
    this.#native = new NativeHls(this.#video, {
      url: () => this.#options.url,
      startAtSec: this.#options.startAtSec,
      onTrouble: (trouble) => this.#onTrouble(trouble),
    });
    this.#tryToPlay();
  }

  #listenToVideo(signal: AbortSignal): void {
    const on = (name: string, act: () => void): void => this.#video.addEventListener(name, act, { signal });
    on("playing", () => {
      this.#exchange.ended();
      const wasStalled = this.#log.stallEnded();
      if (this.#log.joinMs === null || wasStalled) this.#liveFollow.settle(now());
      this.#onFirstFrame();
      this.#setPhase("playing");
    });
    on("waiting", () => this.#onWaiting());
    on("pause", () => {
      // It is told later than it happens.
      if (!this.#video.paused) return;
      if (this.#video.ended || this.#exchange.isOn || this.#phase !== "playing") return;
      // By a key of the keyboard or the headphones, say: it is not to go on by itself.
      this.#wantsPlay = false;
      this.#setPhase("paused");
    });
    on("play", () => (this.#wantsPlay = true));
    on("ended", () => {
      // A connection that ends says nothing of the show, also as a page is left; and what followed it may be there already.
      if (this.#video.ended && !this.#playsWebRtc) this.#setPhase("ended");
    });
    on("volumechange", () => this.#report(true));
    on("error", () => this.#onVideoError());
  }

  /** A browser pauses what a page plays while it keeps the page to come back to. */
  #listenToPage(signal: AbortSignal): void {
    let wantedPlay = false;
    addEventListener(
      "pagehide",
      ({ persisted }) => {
        // What has ended would begin anew.
        wantedPlay = this.#wantsPlay && !this.#video.ended;
        // Its connection ends now, and with it the picture that is to be there when somebody comes back.
        if (persisted && this.#playsWebRtc) holdStill(this.#video);
      },
      { signal },
    );
    addEventListener(
      "pageshow",
      ({ persisted }) => {
        if (!persisted) return;
        this.#log.cameBack();
        if (wantedPlay) this.play();
      },
      { signal },
    );
  }

  #onVideoError(): void {
    // Without a source there is an error, too.
    if (!this.#video.error || this.#video.getAttribute("src") === null) return;
    const reason = this.#video.error.message || "media error";
    this.#native?.failed(reason);
    this.#delivery?.videoFailed(reason);
  }

  #onFirstFrame(): void {
    if (!this.#log.frameShown()) return;
    for (const then of this.#firstFrame) then();
    this.#firstFrame.clear();
  }

  #onWaiting(): void {
    const isBeginning = this.#log.joinMs === null || this.#exchange.isOn;
    if (isBeginning || this.#video.seeking || !this.#wantsPlay) return;
    if (!this.#interrupted && this.#log.stallBegan() && !this.#playsWebRtc) this.#delivery?.stalled();
    this.#setPhase("buffering");
  }

  #tryToPlay(): void {
    if (!this.#wantsPlay) return;
    this.#video.play().catch((error: unknown) => {
      const name = error instanceof DOMException ? error.name : "";
      if (name === "NotAllowedError") this.#onAutoplayRefused();
      else if (name !== "AbortError") this.#log.lastError = String(error);
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

  /** As long as there is something to play nobody needs to know. */
  #onTrouble(trouble: Trouble | undefined): void {
    this.#trouble = trouble;
    if (trouble !== undefined) this.#log.lastError = trouble.reason;
    else if (isTroubled(this.#phase)) this.#setPhase(this.#log.joinMs === null ? "loading" : "buffering");
  }

  #fail(reason: string): void {
    this.#log.lastError = reason;
    this.#setPhase("failed");
  }

  #tick(): void {
    const at = now();
    this.#log.tick(at, this.#phase === "playing", this.#video.currentTime);
    this.#countFrames();
    this.#whep?.tick(at);
    this.#delivery?.tick(at);
    this.#native?.tick(at);
    this.#showTrouble();
    this.#showLate(at);
    if (this.#phase === "playing" && this.#options.live && this.#following) this.#followLive(at);
    if (at - this.#lastReportMs >= REPORT_EVERY_MS) this.#report(false);
  }

  /** The last picture is held for a moment; then the viewer is told that something is awaited. */
  #showLate(at: number): void {
    const late = this.#exchange.isLate(at);
    if (late === undefined || this.#phase !== "playing") return;
    if (late === "same_place" && !this.#interrupted && this.#options.live) this.#log.handoverStalled();
    this.#setPhase("buffering");
  }

  #countFrames(): void {
    const { totalVideoFrames: shown, droppedVideoFrames: dropped } = this.#video.getVideoPlaybackQuality();
    this.#frames.count({ shown, dropped });
  }

  #showTrouble(): void {
    if (this.#trouble === undefined) return;
    // Sound and picture of a source that broke off end apart: what only one of them has is never played.
    const restSec = this.#trouble.isUndecodable === true ? 0.5 : 0.1;
    if ((this.#delivery?.aheadSec() ?? 0) > restSec) return;
    if (this.#phase === "loading" || this.#phase === "buffering") {
      this.#setPhase(this.#trouble.isUndecodable === true ? "undecodable" : "reconnecting");
    }
  }

  #followLive(at: number): void {
    const delivery = this.#delivery;
    // The browser keeps the distance by itself.
    if (this.#playsWebRtc) return;
    const latencySec = latencySecOf(this.#players, at);
    if (delivery === undefined || latencySec === null || this.#video.seeking) return;
    if (this.#liveFollow.follow(delivery, latencySec, at) === "jump") this.#toLiveEdge();
  }

  get #players(): Players {
    return {
      video: this.#video,
      isLive: this.#options.live,
      delivery: this.#delivery,
      native: this.#native,
      whep: this.#whep,
    };
  }

  #toLiveEdge(): void {
    // By WebRTC there is nothing but live.
    if (this.#playsWebRtc) return;
    this.#delivery?.toEdge();
    this.#native?.toEdge();
  }

  #setPhase(phase: Phase): void {
    if (this.#phase === phase) return;
    this.#phase = phase;
    this.#report(true);
  }

  #report(force: boolean): void {
    this.#lastReportMs = now();
    const next = this.#snapshot();
    if (!force && sameState(this.#state, next)) return;
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }

  #snapshot(): EngineState {
    const nowMs = now();
    const whereabouts = whereaboutsOf(this.#players, nowMs);
    const latencySec = latencySecOf(this.#players, nowMs);
    const { live } = this.#options;
    const retryInMs = this.#phase === "reconnecting" && this.#trouble ? this.#trouble.retryAtMs - nowMs : null;
    return {
      phase: this.#phase,
      live,
      ...whereabouts,
      latencySec,
      behind: live && (!this.#following || this.#video.paused) && (latencySec ?? 0) > BEHIND_SEC,
      rate: this.#video.playbackRate,
      volume: this.#video.volume,
      muted: this.#video.muted,
      qualities: this.#delivery?.qualities ?? [],
      quality: this.#delivery?.quality ?? -1,
      shownHeightPx: this.#video.videoHeight,
      retryInSec: retryInMs === null ? null : Math.max(0, Math.ceil(retryInMs / 1000)),
      webRtcLack: this.#whep?.lack ?? null,
      mode: this.#delivery?.mode ?? this.#options.mode,
      ceiling: this.#options.ceiling ?? "lowest",
      mediaTimeMs: Math.round(whereabouts.currentSec * 1000),
    };
  }
}

const isTroubled = (phase: Phase): boolean => phase === "reconnecting" || phase === "undecodable";
const now = (): number => performance.now();
