/** The step of the lowest latency: when to play by WebRTC, and how the <video> goes over to it and back. */
import { setMediaOffset } from "../../../lib/media-time.ts";
import { type LadderState, ON_TOP, onCalm, onTrouble } from "../latency-ladder.ts";
import type { WatchLog } from "../watch-log.ts";
import { type ConnectionTotals, hasWebRtc, WhepConnection } from "./connection.ts";
import { holdStill } from "./still.ts";

export type StepOptions = Readonly<{
  video: HTMLVideoElement;
  log: WatchLog;
  /** Null: there is no WebRTC for this show. */
  url: () => string | null;
  /** The viewer follows live, and wants the lowest latency in the source's quality. */
  isWanted: () => boolean;
  /** The video is about to play the connection: nothing else may feed it from now on. */
  onTakeOver: () => void;
  /** The video plays it: to be called when it has a new source. */
  onOpened: () => void;
  /** It does not play it any more: something else is to go on at the live edge. */
  onLeft: () => void;
  onShowEnded: () => void;
}>;

/** A page that has just been opened waits so long for it before it begins another way. */
const HEAD_START_MS = 900;
const LOOK_EVERY_MS = 500;
/** A connection by which nothing comes for so long has broken off. */
const SILENT_MS = 1300;
/** So many freezes within this time are worse than a higher latency. */
const FREEZES = 3;
const FREEZES_WITHIN_MS = 12_000;
/** Who has paused for so long is not sent the show. */
const PAUSED_MS = 20_000;

type Looked = Readonly<{ totals: ConnectionTotals; newAtMs: number; atMs: number }>;

export class WhepStep {
  readonly #options: StepOptions;
  #connection: WhepConnection | undefined;
  #isPlaying = false;
  #isRefused: string | undefined;
  #ladder: LadderState = ON_TOP;
  /** Until then nothing else begins. */
  #headStartUntilMs = 0;
  #looked: Looked | undefined;
  #isLooking = false;
  #freezesAtMs: readonly number[] = [];
  #pausedSinceMs: number | undefined;
  #bps: number | null = null;

  constructor(options: StepOptions) {
    this.#options = options;
  }

  /** The video plays the connection. */
  get isPlaying(): boolean {
    return this.#isPlaying;
  }
  get bitrateBps(): number | null {
    return this.#bps;
  }
  /** Media time of the shown frame; undefined when the server does not say it. */
  get shownSec(): number | undefined {
    return this.#isPlaying ? this.#connection?.time?.shownSec : undefined;
  }
  edgeSec(nowMs: number): number | undefined {
    return this.#isPlaying ? this.#connection?.time?.edgeSec(nowMs) : undefined;
  }
  /** Unix ms of media time 0; undefined when not known. */
  get wallZeroMs(): number | undefined {
    return this.#isPlaying ? this.#connection?.time?.wallZeroMs : undefined;
  }

  /** Tries it first. True: it has a head start, nothing else is to begin before `onLeft` is called. */
  begin(nowMs: number): boolean {
    if (!this.#isPossible) return false;
    this.#headStartUntilMs = nowMs + HEAD_START_MS;
    this.#open();
    return true;
  }

  /** Call about every 100 ms. */
  tick(nowMs: number): void {
    const hadHeadStart = this.#headStartUntilMs > 0;
    if (hadHeadStart && nowMs > this.#headStartUntilMs) this.#endHeadStart();
    this.#ladder = onCalm(this.#ladder, nowMs);
    if (!this.#isPossible) return this.#giveUp();
    if (this.#isPlaying) return this.#watch(nowMs);
    if (this.#connection === undefined && this.#ladder.stepsDown === 0 && !this.#options.video.paused) this.#open();
  }

  /** The viewer wants to be elsewhere: nothing is to go on by itself. */
  leaveQuietly(): void {
    this.#headStartUntilMs = 0;
    this.#detach();
  }

  /** The address has changed, e.g. its token. */
  renewed(): void {
    this.#isRefused = undefined;
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
    if (this.#isPlaying) this.#options.video.srcObject = null;
    this.#isPlaying = false;
    setMediaOffset(this.#options.video, undefined);
  }

  get #isPossible(): boolean {
    const url = this.#options.url();
    return hasWebRtc() && url !== null && url !== this.#isRefused && this.#options.isWanted();
  }

  #open(): void {
    const url = this.#options.url();
    if (url === null) return;
    const connection: WhepConnection = new WhepConnection(url, {
      onReady: () => this.#takeOver(connection),
      onTrouble: (reason, refused) => this.#trouble(reason, refused ? url : undefined),
      onEnd: () => {
        this.#giveUp();
        this.#options.onShowEnded();
      },
    });
    this.#connection = connection;
  }

  #takeOver(connection: WhepConnection): void {
    const { video, onTakeOver, onOpened } = this.#options;
    if (this.#connection !== connection || !this.#isPossible) return;
    this.#headStartUntilMs = 0;
    holdStill(video);
    onTakeOver();
    this.#isPlaying = true;
    this.#looked = undefined;
    this.#freezesAtMs = [];
    video.playbackRate = 1;
    video.srcObject = connection.stream;
    this.#followFrames(connection);
    onOpened();
  }

  /** Each shown frame says which moment of the show it is. */
  #followFrames(connection: WhepConnection): void {
    const { video } = this.#options;
    if (typeof video.requestVideoFrameCallback !== "function") return;
    video.requestVideoFrameCallback((nowMs, { rtpTimestamp, receiveTime }) => {
      if (this.#connection !== connection || !this.#isPlaying) return;
      const { time } = connection;
      if (time !== undefined && rtpTimestamp !== undefined) {
        time.shown(rtpTimestamp, receiveTime ?? nowMs);
        if (time.shownSec !== undefined) setMediaOffset(video, time.shownSec - video.currentTime);
      }
      this.#followFrames(connection);
    });
  }

  #watch(nowMs: number): void {
    const { paused } = this.#options.video;
    this.#pausedSinceMs = paused ? (this.#pausedSinceMs ?? nowMs) : undefined;
    if (this.#pausedSinceMs !== undefined && nowMs - this.#pausedSinceMs > PAUSED_MS) return this.#giveUp();
    if (this.#isLooking || nowMs - (this.#looked?.atMs ?? 0) < LOOK_EVERY_MS) return;
    const connection = this.#connection;
    this.#isLooking = true;
    void connection
      ?.totals()
      .then((totals) => {
        if (this.#connection === connection) this.#look(totals, performance.now());
      })
      .catch(() => undefined) // Of a connection that was closed meanwhile.
      .finally(() => (this.#isLooking = false));
  }

  #look(totals: ConnectionTotals, nowMs: number): void {
    const before = this.#looked;
    const isNew = before === undefined || totals.packets > before.totals.packets;
    this.#looked = { totals, newAtMs: isNew ? nowMs : before.newAtMs, atMs: nowMs };
    if (before !== undefined) {
      this.#bps = Math.round(((totals.bytes - before.totals.bytes) * 8000) / (nowMs - before.atMs));
      this.#countFreezes(before.totals, totals, nowMs);
    }
    if (nowMs - this.#looked.newAtMs > SILENT_MS) return this.#trouble("nothing came for a second", undefined);
    if (this.#freezesAtMs.length >= FREEZES) this.#trouble("freezes", undefined);
  }

  #countFreezes(before: ConnectionTotals, now: ConnectionTotals, nowMs: number): void {
    const more = now.freezes - before.freezes;
    // A page in the background is drawn seldom: that is no freeze.
    if (more <= 0 || document.hidden) return;
    this.#options.log.froze(more, now.freezesMs - before.freezesMs);
    const recent = this.#freezesAtMs.filter((atMs) => nowMs - atMs < FREEZES_WITHIN_MS);
    this.#freezesAtMs = [...recent, ...Array.from({ length: more }, () => nowMs)];
  }

  #trouble(reason: string, refusedUrl: string | undefined): void {
    this.#options.log.lastError = `webrtc: ${reason}`;
    if (refusedUrl !== undefined) this.#isRefused = refusedUrl;
    this.#ladder = onTrouble(this.#ladder, performance.now(), 1);
    this.#giveUp();
  }

  /** Something else goes on, at the live edge. */
  #giveUp(): void {
    const wasPlaying = this.#isPlaying;
    this.#detach();
    if (wasPlaying) this.#options.onLeft();
    else this.#endHeadStart();
  }

  /** It may still take over later. */
  #endHeadStart(): void {
    if (this.#headStartUntilMs === 0) return;
    this.#headStartUntilMs = 0;
    this.#options.onLeft();
  }

  #detach(): void {
    const { video } = this.#options;
    const connection = this.#connection;
    this.#connection = undefined;
    this.#bps = null;
    this.#pausedSinceMs = undefined;
    if (this.#isPlaying) {
      this.#isPlaying = false;
      holdStill(video);
      video.srcObject = null;
      setMediaOffset(video, undefined);
    }
    connection?.close();
  }
}
