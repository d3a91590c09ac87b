/** Which source feeds the timeline: realtime or HLS, from where, in which quality, and how far behind live. */
import { CodecWait } from "./codec-wait.ts";
import type { EngineOptions, Quality } from "./engine-state.ts";
import { HlsFeed, type Trouble } from "./hls/feed.ts";
import type { Level, Offer } from "./hls/levels.ts";
import { QualityControl } from "./hls/quality-control.ts";
import {
  type LadderState,
  MODES,
  MODE_TARGET_SEC,
  type Mode,
  ON_TOP,
  REALTIME_TARGET_SEC,
  lowered,
  onCalm,
  onTrouble,
  within,
} from "./latency-ladder.ts";
import { JOIN_MARGIN_SEC, bridgeRate, joinMargin, targetAfterScares } from "./rate-controller.ts";
import { RealtimeFeed } from "./realtime/feed.ts";
import { StuckWatch } from "./stuck-watch.ts";
import type { Kind } from "./timeline/chunk.ts";
import type { Lane } from "./timeline/splice.ts";
import { Timeline } from "./timeline/timeline.ts";
import type { WatchLog } from "./watch-log.ts";

/** Something else played until there: `shownSec` when `edgeSec` was live. */
export type GoOn = Readonly<{ shownSec: number; edgeSec: number }>;

/** Where to play: the live edge, where what plays next goes on if it can; so long after the window's begin; or a media time. */
export type Place = Readonly<{ at: "edge"; goOn?: GoOn | undefined } | { at: "offset" | "time"; sec: number }>;

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
const NO_FRAME_MS = 1000;
/** Realtime that found no key frame to take over with, in the longest interval that encoders use. */
const FEEDS_WITHIN_MS = 12_000;
/** With so much ahead HLS takes over from realtime without a slow-down that is heard. */
const CALM_HANDOVER_SEC = 0.6;
const CALM_HANDOVER_MS = 12_000;
/** After a stall it is heard less than the next stall would be. */
const HURRIED_HANDOVER_MS = 2500;
/** A source that does not go on where the other one ended is begun anew. */
const BRIDGE_MS = 2500;
const PLACE_WITHIN_MS = 1500;
/** Who goes on where something else ended may be so much further behind than a newcomer. */
const GO_ON_BEHIND_SEC = 1;
/** Less than this ahead would be a stall at once: parts come one by one, or frames. */
const GO_ON_AHEAD_SEC = { hls: 0.4, realtime: 0.15 } as const;
const PLACE_AHEAD_SEC = 0.05;
const MEDIA_ERROR_AGAIN_MS = 5000;
const SLOW_EVERY_MS = 1000;
/** Stalls within this time move to a more patient mode. */
const STALLS_WITHIN_MS = 12_000;
const STALLS = 3;
/** Realtime that stood still for so long has no buffer to speak of. */
const LONG_STALL_MS = 300;
/** What each stall of realtime adds to its target, and how much at most. */
const REALTIME_STEP = 0.6;
const REALTIME_MOST_SEC = 0.45;
const PAUSED_AHEAD_SEC = 10;
const CHANGE_MS = 10_000;
const LAST_AHEAD_SEC = 0.5;

export class Delivery {
  readonly #video: HTMLVideoElement;
  readonly #log: WatchLog;
  readonly #events: DeliveryEvents;
  readonly #timeline: Timeline;
  readonly #quality: QualityControl;
  #options: EngineOptions;
  #hls: HlsFeed | undefined;
  #realtime: RealtimeFeed | undefined;
  #ladder: LadderState = ON_TOP;
  #isRefused = false;
  /** Following live; false once the viewer went back in time. */
  #following = true;
  #place: (Place & { sinceMs: number }) | undefined;
  #bridgeSinceMs: number | undefined;
  #leaveSinceMs: number | undefined;
  #isHurried = false;
  #realtimeSinceMs = 0;
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
  #bitrate: Readonly<{ bytes: number; atMs: number; bps: number | null }> = { bytes: 0, atMs: 0, bps: null };

  constructor(video: HTMLVideoElement, options: EngineOptions, log: WatchLog, events: DeliveryEvents) {
    this.#video = video;
    this.#options = options;
    this.#log = log;
    this.#events = events;
    this.#quality = new QualityControl(video, options.smallest === true);
    this.#timeline = new Timeline(video, {
      onOpened: events.onOpened,
      onChange: () => this.#tryToPlace(),
      onCut: (kind, lane) => this.#onCut(kind, lane),
      onError: (kind, reason) => this.#onMediaError(kind, reason),
    });
  }

  /** The mode that is played now. */
  get mode(): Mode {
    return lowered(this.#wish, this.#ladder.stepsDown);
  }
  get ceiling(): Mode {
    return this.#options.ceiling ?? "lowest";
  }
  get isRealtime(): boolean {
    return this.#realtime?.isFeeding === true;
  }
  /** No source gives anything at the moment, the next one is being asked. */
  get isBridging(): boolean {
    return this.#bridgeSinceMs !== undefined;
  }
  /** Realtime is being left after trouble: what comes is stretched until HLS can take over. */
  get isHurried(): boolean {
    return this.#isHurried && this.#leaveSinceMs !== undefined;
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
    return this.isRealtime ? this.#bitrate.bps : (this.#hls?.playingLevel?.bitrateBps ?? null);
  }

  /** The video plays something else from now on, until `start`. */
  suspend(): void {
    this.#isSuspended = true;
    this.#closeRealtime();
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
    this.#closeRealtime();
    if (this.#wantsRealtime) {
      this.#hls?.stop();
      this.#openRealtime("fresh");
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
    if (this.#options.realtimeUrl !== before.realtimeUrl) this.#isRefused = false;
    if (change.mode !== undefined && change.mode !== before.mode) this.#ladder = ON_TOP;
  }

  /** @param index into `qualities`; -1 is automatic */
  setQuality(index: number): void {
    const level = this.#levels[index];
    this.#quality.choose(level ?? null);
    // Realtime that is about to take over would be in the way.
    if (this.#realtime !== undefined && !this.isRealtime) this.#giveUpRealtime();
    if (level !== undefined) this.#hls?.setLevel(level, true);
    // A certain quality is not what realtime delivers, unless it is the source itself.
    if (level !== undefined && this.isRealtime && !this.#isSource(level)) this.#leaveRealtime();
  }

  /** The video stands still although it wants to play. */
  stalled(): void {
    this.#quality.trouble();
    const nowMs = performance.now();
    const recent = this.#log.stallsAtMs.filter((atMs) => nowMs - atMs < STALLS_WITHIN_MS);
    if (recent.length >= STALLS && this.#following) this.#stepDown(nowMs, "stalls");
  }

  /** How far one can play on. */
  aheadSec(): number {
    return this.#timeline.aheadSec(this.#video.currentTime);
  }

  /** Where live is now, in media time; undefined when that is not known. */
  edgeSec(nowMs: number): number | undefined {
    if (this.#realtime?.isFeeding) return this.#realtime.edgeSec(nowMs);
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
    const { scaresAtMs } = this.#log;
    if (this.#playsRealtime) {
      const learnt = targetAfterScares(0, scaresAtMs, performance.now());
      return REALTIME_TARGET_SEC + REALTIME_STEP * Math.min(learnt, REALTIME_MOST_SEC);
    }
    const margin = this.#log.joinMs === null ? JOIN_MARGIN_SEC : joinMargin(this.#log.sinceJoinMs());
    return targetAfterScares(MODE_TARGET_SEC[this.mode], scaresAtMs, performance.now()) + margin;
  }

  /** The rates of realtime delivery apply: it feeds, and is to go on doing so. */
  get playsRealtime(): boolean {
    return this.#playsRealtime;
  }
  /** Since when realtime feeds; catching up by speed takes its time. */
  get realtimeForMs(): number {
    return performance.now() - this.#realtimeSinceMs;
  }

  /** One source has just followed another: nothing is to be left out for it. */
  get hasJustChanged(): boolean {
    return performance.now() - this.#cutAtMs < CHANGE_MS;
  }

  /** Unix ms at which the frame at `sec` was sent; null when not known. */
  wallMs(sec: number): number | null {
    const { wallZeroMs = 0 } = this.#realtime ?? {};
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
    this.#checkRealtime(nowMs);
    this.#checkBridge(nowMs);
    this.#checkCodec(nowMs);
    if (nowMs - this.#slowAtMs >= SLOW_EVERY_MS) {
      this.#slowAtMs = nowMs;
      this.#slowTick(nowMs);
    }
  }

  close(): void {
    this.#closeRealtime();
    this.#hls?.close();
    this.#timeline.close();
  }

  get #wish(): Mode {
    return within(this.#options.mode, this.ceiling);
  }
  get #levels(): readonly Level[] {
    return this.#hls?.levels ?? [];
  }
  get #wantsRealtime(): boolean {
    return Boolean(this.#options.realtimeUrl) && !this.#isRefused && this.wantsLowest;
  }
  get #playsRealtime(): boolean {
    return this.isRealtime && this.#wantsRealtime;
  }

  #isSource(level: Level): boolean {
    return level.url === this.#levels.at(-1)?.url;
  }

  #startHls(place: Place): void {
    this.#hls ??= this.#openHls();
    this.#hls.start(place.at === "edge" ? { at: "edge", behindSec: this.#beginBehindSec(place.goOn) } : place);
  }

  #beginBehindSec(goOn: GoOn | undefined): number {
    if (goOn === undefined) return this.targetSec();
    return Math.max(this.targetSec(), Math.min(goOn.edgeSec - goOn.shownSec, this.targetSec() + GO_ON_BEHIND_SEC));
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
    this.#setQualities(levels);
    if (tracks.length > 0) this.#codecWait.offered();
    const played = this.#timeline.tracks;
    const same = tracks.length === played.length && tracks.every((kind) => played.includes(kind));
    if (same || tracks.length === 0 || played.length === 0 || this.#hls?.isFeeding !== true) return;
    // Sound or picture came or went: the browser wants another media source for that.
    this.start(this.#following ? { at: "edge" } : { at: "time", sec: this.#video.currentTime });
  }

  #setQualities(levels: readonly Level[]): void {
    const same =
      levels.length === this.#qualities.length &&
      levels.every(({ heightPx, bitrateBps }, at) => {
        const known = this.#qualities[at];
        return known?.heightPx === heightPx && known.bitrateBps === bitrateBps;
      });
    if (same) return;
    this.#qualities = levels.map(({ heightPx, bitrateBps }, index) => ({
      index,
      heightPx,
      bitrateBps,
      name: heightPx > 0 ? `${heightPx}p` : "",
    }));
  }

  #onPlaylist(): void {
    const window = this.window();
    this.#timeline.setWindow(window.startSec, window.edgeSec);
    if (this.#hls?.isEnded === true && this.#options.live) this.#events.onShowEnded();
  }

  #tryToPlace(): void {
    const place = this.#place;
    const last = this.#timeline.ranges().at(-1);
    if (place === undefined || last === undefined) return;
    const wanted = this.#placeSec(place);
    const waitedMs = performance.now() - place.sinceMs;
    const goesOn = place.at === "edge" && place.goOn !== undefined;
    const isThere = wanted !== undefined && wanted <= last.endSec - (goesOn ? this.#goOnAheadSec : PLACE_AHEAD_SEC);
    if (!isThere && (waitedMs < PLACE_WITHIN_MS || place.at !== "edge")) return;
    this.#place = undefined;
    if (goesOn) this.#cutAtMs = performance.now();
    if (this.#codecWait.shown()) this.#events.onTrouble(undefined);
    this.#video.currentTime = Math.max(last.startSec, Math.min(wanted ?? last.startSec, last.endSec - 0.1));
  }

  get #goOnAheadSec(): number {
    if (!this.#options.live) return PLACE_AHEAD_SEC;
    return this.#realtime === undefined ? GO_ON_AHEAD_SEC.hls : GO_ON_AHEAD_SEC.realtime;
  }

  #placeSec(place: Place): number | undefined {
    if (place.at === "time") return place.sec;
    if (place.at === "edge") {
      const edge = this.edgeSec(performance.now());
      const usual = edge === undefined ? undefined : edge - this.targetSec();
      const { goOn } = place;
      return goOn === undefined ? usual : Math.max(goOn.shownSec, (usual ?? 0) - GO_ON_BEHIND_SEC);
    }
    const window = this.#hls?.window();
    return window === undefined ? undefined : window.startSec + place.sec;
  }

  #openRealtime(begin: "fresh" | "behind"): void {
    const { realtimeUrl } = this.#options;
    if (!realtimeUrl) return;
    this.#realtime = new RealtimeFeed({
      url: realtimeUrl,
      timeline: this.#timeline,
      begin,
      // A token that ran out says nothing about the newer one.
      onTrouble: (reason, refused) =>
        this.#onRealtimeTrouble(reason, refused && realtimeUrl === this.#options.realtimeUrl),
      onEnd: () => this.#giveUpRealtime(),
    });
    this.#bitrate = { bytes: 0, atMs: performance.now(), bps: null };
  }

  #closeRealtime(): void {
    this.#realtime?.close();
    this.#realtime = undefined;
    this.#leaveSinceMs = undefined;
    this.#isHurried = false;
  }

  #onRealtimeTrouble(reason: string, refused: boolean): void {
    this.#log.lastError = `realtime: ${reason}`;
    this.#isRefused ||= refused;
    // What broke off while the page was kept, frozen or asleep says nothing about the line.
    if (!this.#log.isJustBack) this.#ladder = onTrouble(this.#ladder, performance.now(), this.#most);
    this.#giveUpRealtime();
  }

  /** HLS goes on alone: it may be feeding still, or in part, or not at all. */
  #giveUpRealtime(): void {
    if (this.#hls?.isFeeding === true && this.#hls.feedsAll) this.#closeRealtime();
    else this.#bridge();
  }

  /** HLS goes on where realtime ended; when there is nothing to go on from it begins at the edge. */
  #bridge(): void {
    const { heightPx = 0 } = this.#realtime ?? {};
    this.#closeRealtime();
    if (this.#place !== undefined || this.#timeline.tracks.length === 0) {
      return this.#startHls(this.#place ?? { at: "edge" });
    }
    this.#takeOver(heightPx);
  }

  /** On the viewer's wish: there is time. */
  #leaveRealtime(): void {
    const { heightPx = 0 } = this.#realtime ?? {};
    this.#closeRealtime();
    this.#takeOver(heightPx);
  }

  #takeOver(heightPx: number): void {
    this.#bridgeSinceMs = performance.now();
    // Every 100 ms count: the next part may be a third of a second away.
    if (this.#following && this.#options.live) this.#video.playbackRate = bridgeRate(this.aheadSec());
    this.#hls ??= this.#openHls();
    this.#hls.takeOver(heightPx);
  }

  get #most(): number {
    return MODES.length - 1 - MODES.indexOf(this.#wish);
  }

  /** Frames that still come play on, more slowly, until HLS can take over without another stall. */
  #stepDown(nowMs: number, reason: string): void {
    if (this.mode === "stable") return;
    if (this.isRealtime) {
      this.#log.lastError = `realtime: ${reason}`;
      this.#isHurried = true;
    }
    this.#ladder = onTrouble(this.#ladder, nowMs, this.#most);
    this.#log.scaresAtMs = [];
    this.#log.stallsAtMs = [];
  }

  #onCut(kind: Kind, lane: Lane): void {
    const isHls = this.#hls?.onCut(kind, lane) === true;
    this.#cutAtMs = performance.now();
    if (!isHls && this.isRealtime) this.#realtimeSinceMs = performance.now();
    if (isHls && this.#realtime === undefined && this.#hls?.feedsAll === true) this.#bridgeSinceMs = undefined;
  }

  #checkRealtime(nowMs: number): void {
    const realtime = this.#realtime;
    if (realtime === undefined) return;
    if (this.#video.paused && this.aheadSec() > PAUSED_AHEAD_SEC) return this.#giveUpRealtime();
    if (!realtime.isFeeding && nowMs - realtime.beganAtMs > FEEDS_WITHIN_MS) {
      return this.#onRealtimeTrouble("it does not fit what is played", false);
    }
    if (realtime.isFeeding && nowMs - realtime.frameAtMs > NO_FRAME_MS) {
      return this.#onRealtimeTrouble("no frame for a second", false);
    }
    if (this.#playsRealtime && this.#log.stalledForMs > LONG_STALL_MS) this.#stepDown(nowMs, "a long stall");
    if (this.#wantsRealtime) return void (this.#leaveSinceMs = undefined);
    if (!realtime.isFeeding) return this.#giveUpRealtime();
    this.#leaveSinceMs ??= nowMs;
    const waited = nowMs - this.#leaveSinceMs > (this.#isHurried ? HURRIED_HANDOVER_MS : CALM_HANDOVER_MS);
    if (this.aheadSec() >= CALM_HANDOVER_SEC || waited) this.#leaveRealtime();
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
    this.#ladder = onCalm(this.#ladder, nowMs);
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
    this.#measureRealtime(nowMs);
    if (this.#log.joinMs === null) return;
    // After the first frame: its way to the screen comes first.
    if (this.isRealtime) this.#hls ??= this.#openHls();
    const { playingLevel } = this.#hls ?? {};
    this.#quality.countFrames(playingLevel);
    this.#hls?.check();
    this.#ladder = onCalm(this.#ladder, nowMs);
    const isFree = this.#realtime === undefined && !this.isBridging && !this.#codecWait.isWaiting;
    if (this.#wantsRealtime && isFree && !this.#video.paused) this.#openRealtime("behind");
    this.#chooseQuality();
  }

  #chooseQuality(): void {
    const hls = this.#hls;
    // Realtime that is about to take over and a change of quality would be in each other's way.
    if (hls?.isFeeding !== true || this.#realtime !== undefined) return;
    const level = this.#levels[this.#quality.decide(this.#levels, hls.level)];
    if (level !== undefined) hls.setLevel(level, false);
  }

  #measureRealtime(nowMs: number): void {
    const { bytes, atMs } = this.#bitrate;
    if (this.#realtime === undefined || nowMs - atMs < 2 * SLOW_EVERY_MS) return;
    const bps = Math.round(((this.#realtime.bytes - bytes) * 8000) / (nowMs - atMs));
    this.#bitrate = { bytes: this.#realtime.bytes, atMs: nowMs, bps };
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
    this.#closeRealtime();
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
