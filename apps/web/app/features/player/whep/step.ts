/** The step of the lowest latency: when to play by WebRTC, and how the <video> goes over to it and back. */
import { setMediaOffset } from "../../../lib/media-time.ts";
import { type LadderState, ON_TOP, onCalm, onTrouble } from "../latency-ladder.ts";
import type { WatchLog } from "../watch-log.ts";
import { type Connection, type ConnectionEvents, WhepConnection, type WhepTrouble, hasWebRtc } from "./connection.ts";
import { type ConnectionTotals, type Figures, FlowWatch } from "./flow-watch.ts";
import { holdStill } from "./still.ts";

/** Where the viewer was in the show; undefined while that is not known. */
export type LeftAt = Readonly<{ shownSec: number; edgeSec: number }> | undefined;

export type StepOptions = Readonly<{
  video: HTMLVideoElement;
  log: WatchLog;
  /** Null: there is no WebRTC for this show. */
  url: () => string | null;
  /** The viewer follows live, and wants the lowest latency in the source's quality. */
  isWanted: () => boolean;
  /** The viewer wants to see it move. */
  isToPlay: () => boolean;
  /** The show's source is known to be gone: nothing can come, and nobody's line is to blame. */
  isInterrupted: () => boolean;
  /** The video is about to play the connection: nothing else may feed it from now on. */
  onTakeOver: () => void;
  /** The video plays it: to be called when it has a new source. */
  onOpened: () => void;
  /** It does not play it any more: something else is to go on. */
  onLeft: (at: LeftAt) => void;
  onShowEnded: () => void;
}>;

/** Why it is not played although it is wanted. `missing`: the browser has no WebRTC; the others as of a connection. */
export type WebRtcLack = "missing" | WhepTrouble["kind"];

/** Opens a connection; see `WhepConnection`. */
export type Connect = (url: string, isAwaited: () => boolean, events: ConnectionEvents) => Connection;

/** A page that has just been opened waits so long for it before it begins another way. */
const HEAD_START_MS = 900;
const LOOK_EVERY_MS = 500;
/** Without a word on single frames for so long, what comes counts as what is shown. */
const NO_FRAME_MS = 400;
/** Who has paused for so long is not sent the show. */
const PAUSED_MS = 20_000;

export class WhepStep {
  readonly #options: StepOptions;
  readonly #connect: Connect;
  /** What the video plays. */
  #playing: Connection | undefined;
  /** What it is to play next: the first one, or one with a newer token. */
  #opening: Connection | undefined;
  #refusedUrl: string | undefined;
  #ladder: LadderState = ON_TOP;
  /** What it stepped down for. */
  #inTheWay: Exclude<WhepTrouble["kind"], "refused"> = "blocked";
  /** Until then nothing else begins. */
  #headStartUntilMs = 0;
  #flow = new FlowWatch();
  #lookedAtMs = 0;
  #isLooking = false;
  #frameAtMs = 0;
  #pausedSinceMs: number | undefined;

  constructor(options: StepOptions, connect: Connect = (...how) => new WhepConnection(...how)) {
    this.#options = options;
    this.#connect = connect;
  }

  /** The video plays the connection. */
  get isPlaying(): boolean {
    return this.#playing !== undefined;
  }
  /** Null: nothing is known to be in the way, or it is not wanted. */
  get lack(): WebRtcLack | null {
    if (!this.#isWanted || this.#playing !== undefined) return null;
    if (!hasWebRtc()) return "missing";
    if (this.#isRefused) return "refused";
    return this.#ladder.stepsDown > 0 ? this.#inTheWay : null;
  }
  /** Undefined while it does not play, or is not known yet. */
  get figures(): Figures | undefined {
    return this.#playing && this.#flow.figures;
  }
  /** Media time of what is shown; undefined when the server has not said it. */
  shownSec(nowMs: number): number | undefined {
    return this.#playing?.time.shownSec(nowMs);
  }
  edgeSec(nowMs: number): number | undefined {
    return this.#playing?.time.edgeSec(nowMs);
  }
  /** Unix ms of media time 0; undefined when not known. */
  get wallZeroMs(): number | undefined {
    return this.#playing?.time.wallZeroMs;
  }

  /** Tries it first. True: it has a head start, nothing else is to begin before `onLeft` is called. */
  begin(nowMs: number): boolean {
    if (!this.#canPlay) return false;
    this.#headStartUntilMs = nowMs + HEAD_START_MS;
    this.#open();
    return true;
  }

  /** Call about every 100 ms. */
  tick(nowMs: number): void {
    if (this.#headStartUntilMs > 0 && nowMs > this.#headStartUntilMs) this.#endHeadStart();
    this.#ladder = onCalm(this.#ladder, nowMs);
    if (!this.#canPlay) return this.#giveUp();
    // The page was left, and has come back from where the browser kept it.
    if (this.#opening?.isClosed === true) this.#opening = undefined;
    if (this.#playing?.isClosed === true) return this.#giveUp();
    if (this.#mayOpen) this.#open();
    if (this.#playing !== undefined) this.#watch(this.#playing, nowMs);
  }

  /** The viewer wants to be elsewhere: nothing is to go on by itself. */
  leaveQuietly(): void {
    this.#headStartUntilMs = 0;
    this.#detach();
  }

  /** The address has changed, e.g. its token. */
  renewed(): void {
    this.#refusedUrl = undefined;
  }

  /** The viewer has chosen anew, or the source is back, perhaps another one. */
  startOver(): void {
    this.#refusedUrl = undefined;
    this.#ladder = ON_TOP;
  }

  close(): void {
    const { video } = this.#options;
    if (this.#playing !== undefined) video.srcObject = null;
    this.#opening?.close();
    this.#playing?.close();
    this.#opening = undefined;
    this.#playing = undefined;
    setMediaOffset(video, undefined);
  }

  get #isWanted(): boolean {
    return this.#options.url() !== null && this.#options.isWanted();
  }
  get #canPlay(): boolean {
    return hasWebRtc() && this.#isWanted;
  }
  get #isRefused(): boolean {
    return this.#options.url() === this.#refusedUrl;
  }
  get #mayOpen(): boolean {
    const { url, isToPlay, isInterrupted } = this.#options;
    const isNeeded = this.#opening === undefined && this.#playing?.url !== url();
    return isNeeded && !this.#isRefused && this.#ladder.stepsDown === 0 && isToPlay() && !isInterrupted();
  }

  #open(): void {
    const url = this.#options.url();
    if (url === null) return;
    const connection: Connection = this.#connect(url, () => this.#headStartUntilMs > 0, {
      onReady: () => this.#takeOver(connection),
      onTrouble: (trouble) => this.#trouble(connection, trouble),
      onEnd: () => {
        // First: nothing live is to go on.
        this.#options.onShowEnded();
        this.#giveUp();
      },
    });
    this.#opening = connection;
  }

  #takeOver(connection: Connection): void {
    const { video, log, isToPlay, onTakeOver, onOpened } = this.#options;
    if (this.#opening !== connection || !this.#canPlay) return;
    this.#opening = undefined;
    // A picture that the viewer has stopped stays as it is.
    if (!isToPlay() && this.#headStartUntilMs === 0) return connection.close();
    this.#headStartUntilMs = 0;
    holdStill(video);
    onTakeOver();
    this.#playing?.close();
    this.#playing = connection;
    this.#flow = new FlowWatch();
    log.anotherSource();
    this.#isLooking = false;
    this.#frameAtMs = 0;
    video.playbackRate = 1;
    video.srcObject = connection.stream;
    this.#followFrames(connection);
    onOpened();
  }

  /** Each shown frame says which moment of the show it is. */
  #followFrames(connection: Connection): void {
    const { video } = this.#options;
    if (typeof video.requestVideoFrameCallback !== "function") return;
    video.requestVideoFrameCallback((nowMs, { rtpTimestamp, receiveTime }) => {
      if (this.#playing !== connection) return;
      if (rtpTimestamp !== undefined) {
        this.#frameAtMs = nowMs;
        connection.time.came(rtpTimestamp, receiveTime ?? nowMs);
        connection.time.shown(rtpTimestamp, nowMs);
        this.#tellPlace(connection, nowMs);
      }
      this.#followFrames(connection);
    });
  }

  #tellPlace({ time }: Connection, nowMs: number): void {
    const { video } = this.#options;
    const shownSec = time.shownSec(nowMs);
    if (shownSec !== undefined) setMediaOffset(video, shownSec - video.currentTime);
  }

  #watch(connection: Connection, nowMs: number): void {
    this.#pausedSinceMs = this.#options.isToPlay() ? undefined : (this.#pausedSinceMs ?? nowMs);
    if (this.#pausedSinceMs !== undefined && nowMs - this.#pausedSinceMs > PAUSED_MS) return this.#giveUp();
    if (this.#isLooking || nowMs - this.#lookedAtMs < LOOK_EVERY_MS) return;
    this.#lookedAtMs = nowMs;
    this.#followPackets(connection, nowMs);
    this.#isLooking = true;
    void connection
      .totals()
      .then((totals) => {
        if (this.#playing === connection) this.#look(connection, totals);
      })
      .catch(() => undefined) // Of a connection that was closed meanwhile.
      .finally(() => (this.#isLooking = false));
  }

  /** Pages in the background, sound alone and some browsers tell of no frames; and while the viewer pauses live goes on. */
  #followPackets(connection: Connection, nowMs: number): void {
    const rtpTimestamp = connection.newestRtp;
    if (rtpTimestamp === undefined) return;
    connection.time.came(rtpTimestamp, nowMs);
    if (this.#options.video.paused || nowMs - this.#frameAtMs < NO_FRAME_MS) return;
    connection.time.shown(rtpTimestamp, nowMs, LOOK_EVERY_MS + NO_FRAME_MS);
    this.#tellPlace(connection, nowMs);
  }

  #look(connection: Connection, totals: ConnectionTotals): void {
    const isSeen = connection.hasVideo && !document.hidden;
    const seen = this.#flow.look(totals, isSeen, performance.now());
    if (seen.freezes > 0) this.#options.log.froze(seen.freezes, seen.freezesMs);
    if (seen.trouble !== undefined) this.#trouble(connection, { kind: "poor", reason: seen.trouble });
  }

  #trouble(connection: Connection, { kind, reason }: WhepTrouble): void {
    const { log, isInterrupted } = this.#options;
    log.lastError = `webrtc: ${reason}`;
    // What broke off while the page was frozen or asleep says nothing about the line; a new try after it does.
    const isExcused = isInterrupted() || (connection === this.#playing && log.isJustBack);
    // A refusal says nothing about the line, nor about a newer address.
    if (kind === "refused") this.#refusedUrl = connection.url;
    else if (!isExcused) {
      this.#ladder = onTrouble(this.#ladder, performance.now(), 1);
      this.#inTheWay = kind;
    }
    if (this.#opening === connection) {
      this.#opening = undefined;
      // An older one plays on.
      if (this.#playing !== undefined) return;
    }
    this.#giveUp(this.#opening?.url === this.#options.url() ? this.#opening : undefined);
  }

  /** Something else goes on. @param coming is not given up: it has a newer address, and takes over when it is there */
  #giveUp(coming?: Connection): void {
    const nowMs = performance.now();
    const playing = this.#playing;
    if (playing === undefined && this.#opening === undefined) return this.#endHeadStart();
    const [shownSec, edgeSec] = [this.shownSec(nowMs), this.edgeSec(nowMs)];
    this.#detach(coming);
    if (playing === undefined) return this.#endHeadStart();
    this.#options.onLeft(shownSec === undefined || edgeSec === undefined ? undefined : { shownSec, edgeSec });
  }

  /** It may still take over later. */
  #endHeadStart(): void {
    if (this.#headStartUntilMs === 0) return;
    this.#headStartUntilMs = 0;
    this.#options.onLeft(undefined);
  }

  #detach(coming?: Connection): void {
    const { video } = this.#options;
    const [playing, opening] = [this.#playing, this.#opening];
    this.#playing = undefined;
    this.#opening = coming;
    this.#pausedSinceMs = undefined;
    if (playing !== undefined) {
      holdStill(video);
      video.srcObject = null;
      setMediaOffset(video, undefined);
    }
    playing?.close();
    if (opening !== coming) opening?.close();
  }
}
