/** The show frame by frame: when it is opened, in trouble, and left; what goes on after it is decided by its owner. */
import type { Timeline } from "../timeline/timeline.ts";
import type { WatchLog } from "../watch-log.ts";
import { RealtimeFeed } from "./feed.ts";

export type RealtimeStepOptions = Readonly<{
  timeline: Timeline;
  log: WatchLog;
  /** Null or undefined: there is none. */
  url: () => string | null | undefined;
  /** The viewer follows live, and wants the lowest latency in the source's quality. */
  isWanted: () => boolean;
  isPaused: () => boolean;
  aheadSec: () => number;
  /** It is about to be given up for a reason that a lower step has not. */
  onTrouble: (reason: string) => void;
  /** It still feeds, and is to be left soon: the picture stood for too long. */
  onStall: (nowMs: number) => void;
  /** It gives nothing any more: something else is to go on alone. */
  onGivenUp: () => void;
  /** It is not wanted any more, and what it gave is enough for an unseen change. */
  onLeft: () => void;
}>;

const NO_FRAME_MS = 1000;
/** Realtime that found no key frame to take over with, in the longest interval that encoders use. */
const FEEDS_WITHIN_MS = 12_000;
/** With so much ahead HLS takes over from realtime without a slow-down that is heard. */
const CALM_HANDOVER_SEC = 0.6;
const CALM_HANDOVER_MS = 12_000;
/** After a stall it is heard less than the next stall would be. */
const HURRIED_HANDOVER_MS = 2500;
/** Realtime that stood still for so long has no buffer to speak of. */
const LONG_STALL_MS = 300;
const PAUSED_AHEAD_SEC = 10;
const MEASURE_EVERY_MS = 2000;

export class RealtimeStep {
  readonly #options: RealtimeStepOptions;
  #feed: RealtimeFeed | undefined;
  #isRefused = false;
  #leaveSinceMs: number | undefined;
  #isHurried = false;
  #fedSinceMs = 0;
  #bitrate: Readonly<{ bytes: number; atMs: number; bps: number | null }> = { bytes: 0, atMs: 0, bps: null };

  constructor(options: RealtimeStepOptions) {
    this.#options = options;
  }

  /** It feeds, or is about to. */
  get isOpen(): boolean {
    return this.#feed !== undefined;
  }
  get isFeeding(): boolean {
    return this.#feed?.isFeeding === true;
  }
  get isWanted(): boolean {
    return Boolean(this.#options.url()) && !this.#isRefused && this.#options.isWanted();
  }
  /** It is being left after trouble: what comes is stretched until HLS can take over. */
  get isHurried(): boolean {
    return this.#isHurried && this.#leaveSinceMs !== undefined;
  }
  /** For how long it has fed; catching up by speed takes its time. */
  get feedsForMs(): number {
    return performance.now() - this.#fedSinceMs;
  }
  /** Of its picture; 0 when there is none. */
  get heightPx(): number {
    return this.#feed?.heightPx ?? 0;
  }
  /** Unix ms of media time 0; 0 when not known. */
  get wallZeroMs(): number {
    return this.#feed?.wallZeroMs ?? 0;
  }
  get bitrateBps(): number | null {
    return this.#bitrate.bps;
  }
  edgeSec(nowMs: number): number | undefined {
    return this.#feed?.edgeSec(nowMs);
  }

  /** @param begin empties the timeline, or goes on behind what another source gave */
  open(begin: "fresh" | "behind"): void {
    const { timeline, url: currentUrl } = this.#options;
    const url = currentUrl();
    if (!url) return;
    this.#feed = new RealtimeFeed({
      url,
      timeline,
      begin,
      // A token that ran out says nothing about the newer one.
      onTrouble: (reason, refused) => this.#trouble(reason, refused && url === currentUrl()),
      onEnd: () => this.#options.onGivenUp(),
    });
    this.#bitrate = { bytes: 0, atMs: performance.now(), bps: null };
  }

  /** Leaves the timeline to another source. */
  close(): void {
    this.#feed?.close();
    this.#feed = undefined;
    this.#leaveSinceMs = undefined;
    this.#isHurried = false;
  }

  /** The address has changed, e.g. its token. */
  renewed(): void {
    this.#isRefused = false;
  }

  /** It feeds from now on. */
  cutIn(): void {
    this.#fedSinceMs = performance.now();
  }

  /** It is left sooner than it would be on the viewer's wish. */
  hurry(): void {
    this.#isHurried = true;
  }

  /** Call about every 100 ms. */
  check(nowMs: number): void {
    const feed = this.#feed;
    const { isPaused, aheadSec, log, onGivenUp, onStall, onLeft } = this.#options;
    if (feed === undefined) return;
    if (isPaused() && aheadSec() > PAUSED_AHEAD_SEC) return onGivenUp();
    if (!feed.isFeeding && nowMs - feed.beganAtMs > FEEDS_WITHIN_MS) {
      return this.#trouble("it does not fit what is played", false);
    }
    if (feed.isFeeding && nowMs - feed.frameAtMs > NO_FRAME_MS) {
      return this.#trouble("no frame for a second", false);
    }
    if (this.isFeeding && this.isWanted && log.stalledForMs > LONG_STALL_MS) onStall(nowMs);
    if (this.isWanted) return void (this.#leaveSinceMs = undefined);
    if (!feed.isFeeding) return onGivenUp();
    this.#leaveSinceMs ??= nowMs;
    const waited = nowMs - this.#leaveSinceMs > (this.#isHurried ? HURRIED_HANDOVER_MS : CALM_HANDOVER_MS);
    if (aheadSec() >= CALM_HANDOVER_SEC || waited) onLeft();
  }

  /** Call about every second. */
  measure(nowMs: number): void {
    const { bytes, atMs } = this.#bitrate;
    if (this.#feed === undefined || nowMs - atMs < MEASURE_EVERY_MS) return;
    const bps = Math.round(((this.#feed.bytes - bytes) * 8000) / (nowMs - atMs));
    this.#bitrate = { bytes: this.#feed.bytes, atMs: nowMs, bps };
  }

  #trouble(reason: string, refused: boolean): void {
    this.#isRefused ||= refused;
    this.#options.onTrouble(reason);
    this.#options.onGivenUp();
  }
}
