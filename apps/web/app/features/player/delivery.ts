/** Which source feeds the timeline: realtime or HLS, from where, in which quality, and how far behind live. */
import { CodecWait } from "./codec-wait.ts";
import type { EngineOptions, Quality } from "./engine-state.ts";
import { HlsFeed, type Trouble } from "./hls/feed.ts";
import type { Level, Offer } from "./hls/levels.ts";
import { qualitiesOf } from "./hls/qualities.ts";
import { QualityControl } from "./hls/quality-control.ts";
import { LatencyChoice } from "./latency-choice.ts";
import type { Mode } from "./latency-ladder.ts";
import { PLACE_AHEAD_SEC, type Place, beginBehindSec, goesOn, placeSec } from "./placing.ts";
import { bridgeRate } from "./rate-controller.ts";
import { RealtimeStep } from "./realtime/step.ts";
import { StuckWatch } from "./stuck-watch.ts";
import type { Kind } from "./timeline/chunk.ts";
import type { Lane } from "./timeline/splice.ts";
import { Timeline } from "./timeline/timeline.ts";
import type { WatchLog } from "./watch-log.ts";

export type DeliveryEvents = Readonly<{
  /** The video has something new to play. */
  onOpened: () => void;
  /** Undefined: what was wrong is over. */
  onTrouble: (trouble: Trouble | undefined) => void;
  /** The playlist says that the show is over. */
  onShowEnded: () => void;
}>;

export type Window = Readonly<{ startSec: number; edgeSec: number }>;

const LIVE_AHEAD_SEC = 20;
const RECORDING_AHEAD_SEC = 40;
/** A source that does not go on where the other one ended is begun anew. */
const BRIDGE_MS = 2500;
/** Less than this ahead would be a stall at once: parts come one by one, or frames. */
const GO_ON_AHEAD_SEC = { hls: 0.4, realtime: 0.15 } as const;
const MEDIA_ERROR_AGAIN_MS = 5000;
const SLOW_EVERY_MS = 1000;
const CHANGE_MS = 10_000;
const LAST_AHEAD_SEC = 0.5;

export class Delivery {
  readonly #video: HTMLVideoElement;
  readonly #log: WatchLog;
  readonly #events: DeliveryEvents;
  readonly #timeline: Timeline;
  readonly #quality: QualityControl;
  readonly #latency: LatencyChoice;
  #options: EngineOptions;
  #hls: HlsFeed | undefined;
  readonly #realtime: RealtimeStep;
  /** Following live; false once the viewer went back in time. */
  #following = true;
  #place: (Place & { sinceMs: number }) | undefined;
  #bridgeSinceMs: number | undefined;
  /** The video plays something else; only the window is followed. */
  #isSuspended = false;
  #cutAtMs = Number.NEGATIVE_INFINITY;
  #slowAtMs = 0;
  #mediaErrorAtMs = Number.NEGATIVE_INFINITY;
  #reopenAtMs: number | undefined;
  readonly #codecWait = new CodecWait();
  readonly #stuckWatch = new StuckWatch();
  /** Where to begin when a codec is found that can be decoded; undefined: where the video is. */
  #waitingPlace: Place | undefined;
  #qualities: readonly Quality[] = [];

  constructor(video: HTMLVideoElement, options: EngineOptions, log: WatchLog, events: DeliveryEvents) {
    this.#video = video;
    this.#options = options;
    this.#log = log;
    this.#events = events;
    this.#latency = new LatencyChoice(options, log);
    this.#quality = new QualityControl(video, options.smallest === true);
    this.#timeline = new Timeline(video, {
      onOpened: events.onOpened,
      onChange: () => this.#tryToPlace(),
      onCut: (kind, lane) => this.#onCut(kind, lane),
      onError: (kind, reason) => this.#onMediaError(kind, reason),
    });
    this.#realtime = new RealtimeStep({
      timeline: this.#timeline,
      log,
      url: () => this.#options.realtimeUrl,
      isWanted: () => this.wantsLowest,
      isPaused: () => video.paused,
      aheadSec: () => this.aheadSec(),
      onTrouble: (reason) => this.#onRealtimeTrouble(reason),
      onStall: (nowMs) => this.#stepDown(nowMs, "a long stall"),
      onGivenUp: () => this.#giveUpRealtime(),
      onLeft: () => this.#leaveRealtime(),
    });
  }

  /** The mode that is played now. */
  get mode(): Mode {
    return this.#latency.mode;
  }
  get isRealtime(): boolean {
    return this.#realtime.isFeeding;
  }
  /** No source gives anything at the moment, the next one is being asked. */
  get isBridging(): boolean {
    return this.#bridgeSinceMs !== undefined;
  }
  /** Realtime is being left after trouble: what comes is stretched until HLS can take over. */
  get isHurried(): boolean {
    return this.#realtime.isHurried;
  }
  get qualities(): readonly Quality[] {
    return this.#qualities;
  }
  /** Index of the viewer's choice; -1: automatic. */
  get quality(): number {
    const { chosen } = this.#quality;
    return chosen === null ? -1 : this.#levels.findIndex(({ url }) => url === chosen.url);
  }
  get bitrateBps(): number | null {
    return this.isRealtime ? this.#realtime.bitrateBps : (this.#hls?.playingLevel?.bitrateBps ?? null);
  }

  /** The video plays something else from now on, until `start`. */
  suspend(): void {
    this.#isSuspended = true;
    this.#realtime.close();
    this.#hls?.stop();
    this.#timeline.reset();
    this.#place = undefined;
    this.#bridgeSinceMs = undefined;
    this.#reopenAtMs = undefined;
    // Else the video would go back to it by itself, which is gone.
    this.#video.removeAttribute("src");
  }

  /** The viewer follows live, and wants the lowest latency in the source's quality. */
  get wantsLowest(): boolean {
    const { live, smallest } = this.#options;
    const { chosen } = this.#quality;
    const isPossible = live && this.#following && smallest !== true;
    return isPossible && this.mode === "lowest" && (chosen === null || this.#isSource(chosen));
  }

  /** Begins there with an empty timeline, from the source that suits. */
  start(place: Place): void {
    this.#isSuspended = false;
    this.#following = place.at === "edge";
    this.#place = { ...place, sinceMs: performance.now() };
    this.#bridgeSinceMs = undefined;
    this.#realtime.close();
    if (this.#realtime.isWanted) {
      this.#hls?.stop();
      this.#realtime.open("fresh");
    } else this.#startHls(place);
  }

  /** Within what is buffered nothing is loaded anew. */
  seek(sec: number): void {
    this.#following = false;
    this.#place = undefined;
    // The speed of a recording is the viewer's choice.
    if (this.#options.live) this.#video.playbackRate = 1;
    if (this.isRealtime) this.#leaveRealtime();
    const isThere = this.#timeline.aheadSec(sec) > 0.2 && !this.isBridging;
    if (!isThere) this.start({ at: "time", sec });
    this.#video.currentTime = sec;
  }

  /** To the live edge; what is not buffered there is begun anew. */
  toEdge(): void {
    const nowMs = performance.now();
    const wanted = (this.edgeSec(nowMs) ?? Number.POSITIVE_INFINITY) - this.targetSec();
    this.#following = true;
    // What plays instead is live, or has a head start.
    if (this.#isSuspended) return;
    // What can be decoded next begins there.
    if (this.#place?.at === "edge" || this.#codecWait.isWaiting) return;
    if (this.#timeline.aheadSec(wanted) > 0.1) {
      if (Math.abs(wanted - this.#video.currentTime) > 0.5) this.#video.currentTime = wanted;
    } else this.start({ at: "edge" });
  }

  setOptions(change: Partial<EngineOptions>): void {
    const before = this.#options;
    this.#options = { ...before, ...change };
    if (this.#options.realtimeUrl !== before.realtimeUrl) this.#realtime.renewed();
    this.#latency.setWish(this.#options);
  }

  /** @param index into `qualities`; -1 is automatic */
  setQuality(index: number): void {
    const level = this.#levels[index];
    this.#quality.choose(level ?? null);
    // Realtime that is about to take over would be in the way.
    if (this.#realtime.isOpen && !this.isRealtime) this.#giveUpRealtime();
    if (level !== undefined) this.#hls?.setLevel(level, true);
    // A certain quality is not what realtime delivers, unless it is the source itself.
    if (level !== undefined && this.isRealtime && !this.#isSource(level)) this.#leaveRealtime();
  }

  /** The video stands still although it wants to play. */
  stalled(): void {
    this.#quality.trouble();
    const nowMs = performance.now();
    if (this.#latency.isTooLow(nowMs) && this.#following) this.#stepDown(nowMs, "stalls");
  }

  /** How far one can play on. */
  aheadSec(): number {
    return this.#timeline.aheadSec(this.#video.currentTime);
  }

  /** Where live is now, in media time; undefined when that is not known. */
  edgeSec(nowMs: number): number | undefined {
    if (this.isRealtime) return this.#realtime.edgeSec(nowMs);
    const window = this.#hls?.window();
    if (window === undefined) return undefined;
    // The newest playlist's end plus the time since it came.
    return window.edgeSec + Math.min((nowMs - window.cameAtMs) / 1000, window.targetDurationSec);
  }

  window(): Window {
    const known = this.#hls?.window();
    const [first] = this.#timeline.ranges();
    const last = this.#timeline.ranges().at(-1);
    const startSec = known?.startSec ?? first?.startSec ?? 0;
    const edgeSec = Math.max(known?.edgeSec ?? 0, this.#options.live ? (last?.endSec ?? 0) : 0);
    return { startSec, edgeSec };
  }

  targetSec(): number {
    return this.#latency.targetSec(this.playsRealtime ? "realtime" : "hls", performance.now());
  }

  /** The rates of realtime delivery apply: it feeds, and is to go on doing so. */
  get playsRealtime(): boolean {
    return this.isRealtime && this.#realtime.isWanted;
  }
  /** For how long realtime has fed; catching up by speed takes its time. */
  get realtimeForMs(): number {
    return this.#realtime.feedsForMs;
  }

  /** One source has just followed another: nothing is to be left out for it. */
  get hasJustChanged(): boolean {
    return performance.now() - this.#cutAtMs < CHANGE_MS;
  }

  /** Unix ms at which the frame at `sec` was sent; null when not known. */
  wallMs(sec: number): number | null {
    const { wallZeroMs } = this.#realtime;
    if (this.isRealtime && wallZeroMs > 0) return wallZeroMs + sec * 1000;
    return this.#hls?.wallMs(sec) ?? null;
  }

  /** The video element gave up on what it was given. */
  videoFailed(reason: string): void {
    this.#onMediaError("media", reason);
  }

  /** Called about every 100 ms. */
  tick(nowMs: number): void {
    if (this.#isSuspended) return this.#suspendedTick(nowMs);
    this.#tryToPlace();
    if (this.#place === undefined && !this.#timeline.jumpHole()) this.#timeline.refresh();
    this.#checkStuck(nowMs);
    this.#realtime.check(nowMs);
    this.#checkBridge(nowMs);
    this.#checkCodec(nowMs);
    if (nowMs - this.#slowAtMs >= SLOW_EVERY_MS) {
      this.#slowAtMs = nowMs;
      this.#slowTick(nowMs);
    }
  }

  close(): void {
    this.#realtime.close();
    this.#hls?.close();
    this.#timeline.close();
  }

  get #levels(): readonly Level[] {
    return this.#hls?.levels ?? [];
  }
  #isSource(level: Level): boolean {
    return level.url === this.#levels.at(-1)?.url;
  }

  #startHls(place: Place): void {
    this.#hls ??= this.#openHls();
    this.#hls.start(
      place.at === "edge" ? { at: "edge", behindSec: beginBehindSec(place.goOn, this.targetSec()) } : place,
    );
  }

  #openHls(): HlsFeed {
    return new HlsFeed({
      timeline: this.#timeline,
      url: () => this.#options.url,
      positionSec: () => this.#positionSec(),
      maxAheadSec: () => (this.#options.live ? LIVE_AHEAD_SEC : RECORDING_AHEAD_SEC),
      firstLevel: (levels) => this.#quality.decide(levels, undefined),
      onTransfer: (bytes, ms) => this.#quality.transferred(bytes, ms),
      onOffer: (offer) => this.#onOffer(offer),
      onUndecodable: (codecs) => {
        if (!this.#codecWait.isWaiting) this.#onUndecodable(`no decoder for ${codecs}`);
      },
      isOfferUrgent: () => this.#codecWait.isWaiting && this.#options.live,
      onPlaylist: () => this.#onPlaylist(),
      onTrouble: (trouble) => {
        if (!this.#codecWait.isWaiting) this.#events.onTrouble(trouble);
      },
      onEnd: () => this.#timeline.end(),
    });
  }

  /** Before the first frame the video is at 0, wherever the show is. */
  #positionSec(): number {
    if (this.#place === undefined) return this.#video.currentTime;
    return this.#place.at === "time"
      ? this.#place.sec
      : (this.#timeline.ranges()[0]?.startSec ?? Number.POSITIVE_INFINITY);
  }

  #onOffer({ levels, tracks }: Offer): void {
    this.#qualities = qualitiesOf(levels, this.#qualities);
    if (tracks.length > 0) this.#codecWait.offered();
    const played = this.#timeline.tracks;
    const same = tracks.length === played.length && tracks.every((kind) => played.includes(kind));
    if (same || tracks.length === 0 || played.length === 0 || this.#hls?.isFeeding !== true) return;
    // Sound or picture came or went: the browser wants another media source for that.
    this.start(this.#following ? { at: "edge" } : { at: "time", sec: this.#video.currentTime });
  }

  #onPlaylist(): void {
    const window = this.window();
    this.#timeline.setWindow(window.startSec, window.edgeSec);
    if (this.#hls?.isEnded === true && this.#options.live) this.#events.onShowEnded();
  }

  #tryToPlace(): void {
    const place = this.#place;
    if (place === undefined) return;
    const nowMs = performance.now();
    const sec = placeSec(place, nowMs - place.sinceMs, {
      last: this.#timeline.ranges().at(-1),
      edgeSec: this.edgeSec(nowMs),
      targetSec: this.targetSec(),
      windowStartSec: this.#hls?.window()?.startSec,
      goOnAheadSec: this.#goOnAheadSec,
    });
    if (sec === undefined) return;
    this.#place = undefined;
    if (goesOn(place)) this.#cutAtMs = nowMs;
    if (this.#codecWait.shown()) this.#events.onTrouble(undefined);
    this.#video.currentTime = sec;
  }

  get #goOnAheadSec(): number {
    if (!this.#options.live) return PLACE_AHEAD_SEC;
    return this.#realtime.isOpen ? GO_ON_AHEAD_SEC.realtime : GO_ON_AHEAD_SEC.hls;
  }

  #onRealtimeTrouble(reason: string): void {
    this.#log.lastError = `realtime: ${reason}`;
    // What broke off while the page was kept, frozen or asleep says nothing about the line.
    if (!this.#log.isJustBack) this.#latency.trouble(performance.now());
  }

  /** HLS goes on alone: it may be feeding still, or in part, or not at all. */
  #giveUpRealtime(): void {
    if (this.#hls?.isFeeding === true && this.#hls.feedsAll) this.#realtime.close();
    else this.#bridge();
  }

  /** HLS goes on where realtime ended; when there is nothing to go on from it begins at the edge. */
  #bridge(): void {
    const { heightPx } = this.#realtime;
    this.#realtime.close();
    if (this.#place !== undefined || this.#timeline.tracks.length === 0) {
      return this.#startHls(this.#place ?? { at: "edge" });
    }
    this.#takeOver(heightPx);
  }

  /** On the viewer's wish: there is time. */
  #leaveRealtime(): void {
    const { heightPx } = this.#realtime;
    this.#realtime.close();
    this.#takeOver(heightPx);
  }

  #takeOver(heightPx: number): void {
    this.#bridgeSinceMs = performance.now();
    // Every 100 ms count: the next part may be a third of a second away.
    if (this.#following && this.#options.live) this.#video.playbackRate = bridgeRate(this.aheadSec());
    this.#hls ??= this.#openHls();
    this.#hls.takeOver(heightPx);
  }

  /** Frames that still come play on, more slowly, until HLS can take over without another stall. */
  #stepDown(nowMs: number, reason: string): void {
    if (this.mode === "stable") return;
    if (this.isRealtime) {
      this.#log.lastError = `realtime: ${reason}`;
      this.#realtime.hurry();
    }
    this.#latency.stepDown(nowMs);
  }

  #onCut(kind: Kind, lane: Lane): void {
    const isHls = this.#hls?.onCut(kind, lane) === true;
    this.#cutAtMs = performance.now();
    if (!isHls && this.isRealtime) this.#realtime.cutIn();
    if (isHls && !this.#realtime.isOpen && this.#hls?.feedsAll === true) this.#bridgeSinceMs = undefined;
  }

  #checkStuck(nowMs: number): void {
    const { currentTime: sec, paused, ended, seeking } = this.#video;
    const isBeginning = seeking || this.#log.joinMs === null;
    const standing = { sec, aheadSec: this.aheadSec(), isToPlay: !paused && !ended, isBeginning };
    const stepSec = this.#stuckWatch.check(standing, nowMs);
    if (stepSec > 0) this.#video.currentTime += stepSec;
  }

  #checkBridge(nowMs: number): void {
    if (this.#bridgeSinceMs === undefined || nowMs - this.#bridgeSinceMs < BRIDGE_MS) return;
    if (this.aheadSec() > 0.2 || this.#video.paused) return;
    this.#bridgeSinceMs = undefined;
    this.#place = this.#following
      ? { at: "edge", sinceMs: nowMs }
      : { at: "time", sec: this.#video.currentTime, sinceMs: nowMs };
    this.#startHls(this.#place);
  }

  #suspendedTick(nowMs: number): void {
    if (nowMs - this.#slowAtMs < SLOW_EVERY_MS) return;
    this.#slowAtMs = nowMs;
    this.#latency.calm(nowMs);
    if (this.#log.joinMs === null) return;
    this.#hls ??= this.#openHls();
    this.#hls.check();
  }

  #slowTick(nowMs: number): void {
    if (this.#reopenAtMs !== undefined && nowMs >= this.#reopenAtMs) {
      this.#reopenAtMs = undefined;
      this.#events.onTrouble(undefined);
      this.start(this.#following ? { at: "edge" } : { at: "time", sec: this.#video.currentTime });
    }
    this.#timeline.evict();
    this.#realtime.measure(nowMs);
    if (this.#log.joinMs === null) return;
    // After the first frame: its way to the screen comes first.
    if (this.isRealtime) this.#hls ??= this.#openHls();
    const { playingLevel } = this.#hls ?? {};
    this.#quality.countFrames(playingLevel);
    this.#hls?.check();
    this.#latency.calm(nowMs);
    const isFree = !this.#realtime.isOpen && !this.isBridging && !this.#codecWait.isWaiting;
    if (this.#realtime.isWanted && isFree && !this.#video.paused) this.#realtime.open("behind");
    this.#chooseQuality();
  }

  #chooseQuality(): void {
    const hls = this.#hls;
    // Realtime that is about to take over and a change of quality would be in each other's way.
    if (hls?.isFeeding !== true || this.#realtime.isOpen) return;
    const level = this.#levels[this.#quality.decide(this.#levels, hls.level)];
    if (level !== undefined) hls.setLevel(level, false);
  }

  #onMediaError(kind: "codec" | "media", reason: string): void {
    this.#log.lastError = reason;
    if (kind === "codec") return this.#onUndecodable(reason);
    const nowMs = performance.now();
    const again = nowMs - this.#mediaErrorAtMs < MEDIA_ERROR_AGAIN_MS;
    this.#mediaErrorAtMs = nowMs;
    const place: Place = this.#following ? { at: "edge" } : { at: "time", sec: this.#video.currentTime };
    this.#timeline.reset();
    if (!again) this.start(place);
    else {
      this.#reopenAtMs = nowMs + MEDIA_ERROR_AGAIN_MS;
      this.#events.onTrouble({ reason, retryAtMs: this.#reopenAtMs });
    }
  }

  /** What is there plays on; nothing more is loaded until there is an offer that can be decoded, perhaps in another quality. */
  #onUndecodable(reason: string): void {
    if (this.#isSuspended) return;
    const nowMs = performance.now();
    this.#log.lastError = reason;
    this.#codecWait.failed(nowMs, Math.random());
    this.#waitingPlace = this.#place;
    this.#place = undefined;
    this.#bridgeSinceMs = undefined;
    this.#reopenAtMs = undefined;
    this.#hls ??= this.#openHls();
    this.#hls.stop();
    this.#realtime.close();
    this.#hls.askOffer();
    this.#events.onTrouble({ reason, retryAtMs: nowMs, isUndecodable: true });
  }

  #checkCodec(nowMs: number): void {
    // Who went back in time sees first what is there: it ends before what could not be decoded.
    if (!this.#following && this.aheadSec() > LAST_AHEAD_SEC) return;
    if (!this.#codecWait.tries(nowMs)) return;
    const here: Place = this.#waitingPlace ?? { at: "time", sec: this.#video.currentTime };
    this.start(this.#following ? { at: "edge" } : here);
  }
}
