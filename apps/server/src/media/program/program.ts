/**
 * The program of one broadcast: of the sources that are connected one feeds the timeline, and the hub gets what comes out. On the
 * air it never stops: while no source feeds it, it plays the slate, and media time keeps pace with the clock.
 */
import type { AudioTrack, Sample, VideoTrack } from "@rostrum/media/sample";
import { silentFrame } from "@rostrum/media/codec/silence";
import type { SourceHealth } from "@rostrum/contract/health";
import type { Cancel, Clock } from "../../lib/clock.ts";
import { VIDEO_TIMESCALE } from "../hub/program-event.ts";
import { ProgramHub, type HubOptions } from "../hub/program-hub.ts";
import type { SourceSink } from "../ingest/publisher.ts";
import type { SourceEvent } from "../ingest/source-event.ts";
import type { ProgramSources, ProgramStateEvent, SlateReason, SourceSlot, Taken } from "../plane.ts";
import { byRank, type Candidate, Choice } from "./choice.ts";
import { ConnectedSource, type Keyframe, type ProgramSource } from "./connected-source.ts";
import type { Arrival, GateOutput } from "./source-gate.ts";
import { type SlateMedia, type SlatePicture, SlatePlayer } from "./slate-player.ts";
import { Timeline, type TimelineStart } from "./timeline.ts";

/** What a slate must be like, so that players see no other size and rate. */
export type SlateShape = Readonly<{ widthPx: number; heightPx: number; fps: number }>;

/** What was shown last: a slate goes on with such tracks. */
export type ShownTracks = Readonly<{ video: VideoTrack | undefined; audio: AudioTrack | undefined }>;

export type ProgramOptions = Readonly<{
  broadcastId: string;
  /** Where an earlier program of this broadcast ended; null when nothing was ever shown. */
  start: TimelineStart | null;
  clock: Clock;
  /** Called in order, never for `health`. */
  onState: (event: ProgramStateEvent) => void;
  /** The slate of this shape, undefined while there is none; asked for long before it is needed, and again and again. */
  slate?: (shape: SlateShape) => SlatePicture | undefined;
  hub?: HubOptions;
}>;

type Slate = { readonly player: SlatePlayer; readonly since: Arrival; readonly aheadMs: number; cancel: Cancel };
type Gone = Readonly<{ reason: string; stopped: boolean; why: SlateReason; atMs: number }>;
type Begin = Extract<GateOutput, { type: "begin" }>;

/** How long another connected source may take to its next key frame before the source counts as lost. */
const TAKE_OVER_MS = 5000;
/** How long it may take before viewers get the slate. */
const SLATE_AFTER_MS = 250;
/** What is missing up to this is bridged by the last picture and silence, more by the slate. */
const BRIDGED_MS = 150;
/** A timeline that is ahead of the clock by more than this is not made longer by another source. */
const AHEAD_MS = 80;
const MAX_LATE_MS = 1500;
const WATCH_MS = 250;
const SLATE_TICK_MS = 20;
/** A slate that is ahead of the clock, since its source was, falls back by this share of the time. */
const FALL_BACK = 0.05;
const DEFAULT_FPS = 30;
const MAX_SLATE_FPS = 60;
/** Pictures a second where there is no slate and the last key frame is shown again and again. */
const STILL_FPS = 3;
const FROZEN = "The encoder is connected and sends no picture any more.";

export class Program {
  readonly broadcastId: string;
  readonly hub: ProgramHub;
  readonly #options: ProgramOptions;
  readonly #clock: Clock;
  readonly #timeline: Timeline;
  readonly #connected = new Set<ConnectedSource>();
  readonly #choice = new Choice();
  readonly #cancelWatch: Cancel;
  #selected: ConnectedSource | undefined;
  #slate: Slate | undefined;
  #cancelSlateAfter: Cancel | undefined;
  /** Whose clock the timeline follows. */
  #onClockOf: ConnectedSource | undefined;
  #epoch = 0;
  #onAir = false;
  /** Whether the last that was told of sources is that there is one. */
  #isTold = false;
  #gone: Gone | undefined;
  /** Monotonic and wall time of media time 0; on the air they stay. */
  #zero: Arrival | undefined;
  #audioTimescale = 1;
  #shown: (ShownTracks & { fps: number | undefined }) | undefined;
  #keyframe: Keyframe | undefined;
  /** The newest key frame of a source, for when there is no slate. */
  #still: Keyframe | undefined;
  #idleSinceMs: number;
  #ended = false;

  constructor(options: ProgramOptions) {
    this.broadcastId = options.broadcastId;
    this.hub = new ProgramHub(options.hub);
    this.#options = options;
    this.#clock = options.clock;
    this.#timeline = new Timeline(options.start ?? { videoTicks90k: 0, audioSec: 0 });
    this.#idleSinceMs = options.clock.monotonicMs();
    this.#cancelWatch = options.clock.every(WATCH_MS, () => this.#watch());
  }

  /** Whether a source feeds the program now; the slate is none. */
  get hasSource(): boolean {
    return this.#selected !== undefined;
  }

  /** What feeds the program now; null: nothing. */
  get selected(): Taken | null {
    return this.#selected?.kind ?? (this.#slate === undefined ? null : "slate");
  }

  get isOnAir(): boolean {
    return this.#onAir;
  }

  /** How long no source has been connected; 0 while there is one, and on the air. */
  get idleMs(): number {
    return this.#connected.size > 0 || this.#onAir ? 0 : this.#clock.monotonicMs() - this.#idleSinceMs;
  }

  /** Undefined before the first one, and while neither a source nor the slate feeds the program. */
  get keyframe(): Keyframe | undefined {
    return this.selected === null ? undefined : this.#keyframe;
  }

  /** The newest key frame of a connected source. */
  keyframeOf(kind: SourceSlot): Keyframe | undefined {
    return this.#newest(kind)?.keyframe;
  }

  /** The connected sources, the best first. Of two in a slot, one of which is about to leave, the newer one. */
  sources(): ProgramSources {
    const nowMs = this.#clock.monotonicMs();
    const newest = [...this.#connected].filter((one) => this.#newest(one.kind) === one).toSorted(byRank);
    const items = newest.map((one) => ({
      slot: one.kind,
      health: one.meter.read(nowMs),
      isHealthy: one.isHealthy(nowMs),
      hasPicture: one.keyframe !== undefined,
    }));
    const slateSince = this.#slate === undefined ? null : new Date(this.#slate.since.wallMs);
    return { items, selected: this.selected, taken: this.#choice.taken, slateSince };
  }

  /** The next picture to be shown alone is one that is still to come. */
  forgetKeyframe(): void {
    this.#keyframe = undefined;
    this.#still = undefined;
  }

  /**
   * From now on the program never stops, and media time keeps pace with the clock.
   * @param shown what viewers saw last, for a program that goes on after a restart
   */
  goOnAir(shown?: ShownTracks): void {
    if (this.#onAir || this.#ended) return;
    this.#onAir = true;
    if (shown !== undefined) this.#shown ??= { ...shown, fps: shown.video?.frameRate };
    if (shown !== undefined) this.#gone ??= this.#because("The server was started again.", "restart");
    if (this.#selected === undefined) this.#setZero(this.#now(), this.#timeline.positionMs);
    if (this.#selected === undefined || this.#choice.taken === "slate") this.#playSlate();
  }

  /** An operator's choice: the source takes over with its next key frame, the slate (on the air) at once. */
  take(what: Taken | null): void {
    this.#choice.take(what);
    if (what === "slate") this.#playSlate();
  }

  /** Connects a source. It feeds the program from its next key frame on when no better one does. After `end` it is drained. */
  attach(source: ProgramSource): SourceSink {
    const one = new ConnectedSource(source, this.#clock.monotonicMs());
    this.#connected.add(one);
    return {
      push: (event) => this.#take(one, event),
      closed: (reason, stopped = false) => this.#leave(one, reason, stopped),
    };
  }

  /** The figures of the last 5 s; `source` null when none is connected and no slate is shown. */
  health(): Extract<ProgramStateEvent, { type: "health" }> {
    const nowMs = this.#clock.monotonicMs();
    const shown = this.#selected ?? [...this.#connected].toSorted(byRank)[0];
    const began = this.#epoch > 0 || this.#options.start !== null;
    return {
      type: "health",
      broadcastId: this.broadcastId,
      source: this.#slate === undefined ? (shown?.meter.read(nowMs) ?? null) : slateHealth(this.#slate),
      slate: this.#slate === undefined ? null : { since: new Date(this.#slate.since.wallMs), why: this.#why() },
      connected: [...this.#connected].filter((one) => one.isHealthy(nowMs)).map((one) => one.kind),
      mediaTimeMs: began ? Math.round(this.#timeline.positionMs) : null,
    };
  }

  /** Nothing is published after this. What is still connected stays so and is not looked at. */
  end(): void {
    this.#stop(() => this.hub.publish({ type: "end" }));
  }

  /** Leaves the broadcast open: subscribers read what was published, and a later program may go on. */
  close(): void {
    this.#stop(() => this.hub.close());
  }

  #stop(finish: () => void): void {
    if (this.#ended) return;
    this.#stopSlate();
    this.#publishAll(this.#timeline.finish());
    this.#ended = true;
    this.#cancelWatch();
    this.#cancelSlateAfter?.();
    this.#selected = undefined;
    finish();
  }

  #take(one: ConnectedSource, event: SourceEvent): void {
    if (this.#ended) return;
    const arrival = this.#now();
    one.hear(event, arrival.monotonicMs);
    if (event.type === "dropped" || event.type === "link") return;
    for (const output of one.gate.push(event, arrival)) {
      if (output.type === "sample") this.#feed(one, output.sample, output.arrival);
      else if (this.#mayFeed(one)) this.#begin(one, output);
      else return this.#holdBack(one);
    }
  }

  #mayFeed(one: ConnectedSource): boolean {
    const now = this.#selected;
    if (now === one) return true;
    const nowMs = this.#clock.monotonicMs();
    if (this.#onAir && one.isBehind) return false;
    const candidate = (of: ConnectedSource): Candidate => ({
      kind: of.kind,
      isAlive: of.isAlive(nowMs),
      steadyMs: of.steadyMs(nowMs),
    });
    const facts = { alive: this.#alive(), onAir: this.#onAir, nowMs };
    return this.#choice.mayFeed(candidate(one), now && candidate(now), facts);
  }

  /** It is asked again at its next key frame. */
  #holdBack(one: ConnectedSource): void {
    one.gate.restart();
    if (!this.#isTold && this.#choice.taken === "slate") this.#tellConnected(one);
  }

  #begin(one: ConnectedSource, { tracks, arrival, first }: Begin): void {
    this.#cancelSlateAfter?.();
    const own = this.#onClockOf === one ? this.#timeline.expectedMs(first, arrival.monotonicMs) : undefined;
    const expectedMs = own ?? this.#mediaMs(arrival);
    this.#bridgeTo(expectedMs);
    const { positionMs } = this.#timeline;
    if (!this.#onAir || this.#mediaMs(arrival) - positionMs > BRIDGED_MS) this.#setZero(arrival, positionMs);
    this.#openEpoch(tracks, tracks.frameRateHint, this.#onAir ? lateness(positionMs - expectedMs) : 0);
    this.#onClockOf = one;
    this.#shown = { video: tracks.video, audio: tracks.audio, fps: tracks.frameRateHint };
    if (this.#selected !== one) this.#select(one);
    this.#preparedSlate();
  }

  /** What is missing between the end of the timeline and `toMs`, so that nobody sees a hole. */
  #bridgeTo(toMs: number): void {
    if (toMs - this.#timeline.positionMs > BRIDGED_MS && this.#onAir) {
      const media = this.#slateMedia();
      if (this.#slate === undefined && media !== undefined) this.#openSlate(media);
    }
    this.#stopSlate(toMs);
    const bridged = toMs - this.#timeline.positionMs <= BRIDGED_MS ? toMs : 0;
    this.#publishAll(this.#timeline.finish(bridged));
  }

  #openEpoch({ video, audio }: ShownTracks, frameRateHint: number | undefined, lateMs = 0): void {
    const discontinuity = this.#epoch > 0 || this.#options.start !== null;
    this.#timeline.begin({ video, audio, frameRateHint }, lateMs);
    this.#audioTimescale = audio?.timescale ?? 1;
    this.#keyframe = undefined;
    this.hub.publish({ type: "tracks", epoch: this.#epoch, video, audio, discontinuity });
    this.#epoch += 1;
  }

  #select(one: ConnectedSource): void {
    this.#selected?.gate.restart();
    this.#selected = one;
    this.#gone = undefined;
    this.#tellConnected(one);
  }

  #tellConnected(one: ConnectedSource): void {
    this.#isTold = true;
    this.#onState({ type: "source_connected", broadcastId: this.broadcastId, slot: one.kind });
  }

  #feed(one: ConnectedSource, sample: Parameters<Timeline["push"]>[0], arrival: Arrival): void {
    const video = this.#shown?.video;
    if (sample.kind === "video" && sample.keyframe && video !== undefined) {
      this.#keyframe = { track: video, data: sample.data };
      this.#still = this.#keyframe;
    }
    const droppedBefore = this.#timeline.droppedSamples;
    this.#publishAll(this.#timeline.push(sample, arrival.monotonicMs));
    const dropped = this.#timeline.droppedSamples - droppedBefore;
    if (dropped > 0) one.hear({ type: "dropped", samples: dropped, reason: "late" }, arrival.monotonicMs);
  }

  #publishAll(samples: readonly Sample[]): void {
    const zeroMs = this.#zero?.wallMs ?? 0;
    for (const sample of samples) {
      const ticksPerSec = sample.kind === "video" ? VIDEO_TIMESCALE : this.#audioTimescale;
      this.hub.publish({ type: "sample", sample, wallMs: zeroMs + (sample.dts * 1000) / ticksPerSec });
    }
  }

  #leave(one: ConnectedSource, reason: string, stopped: boolean): void {
    if (!this.#connected.delete(one)) return;
    this.#idleSinceMs = this.#clock.monotonicMs();
    if (this.#ended) return;
    if (this.#selected === one) this.#lose(one, { ...this.#because(reason, stopped ? "stopped" : "gone"), stopped });
    else this.#checkPresence();
  }

  #lose(one: ConnectedSource, gone: Gone): void {
    this.#rememberFps();
    this.#selected = undefined;
    this.#onClockOf = undefined;
    this.#gone = gone;
    if (!gone.stopped) this.#choice.failed(one.kind, gone.atMs);
    if (!this.#onAir) {
      this.#publishAll(this.#timeline.finish());
      this.hub.publish({ type: "gap", reason: gone.reason });
    } else if (this.#alive().length === 0) this.#playSlate();
    else {
      // Somebody may take over in the next moment: no flash of the slate.
      this.#cancelSlateAfter?.();
      this.#cancelSlateAfter = this.#clock.after(SLATE_AFTER_MS, () => this.#playSlate());
    }
    this.#checkPresence();
  }

  /** Tells the loss of the last source, or of one for which another does not come in time. */
  #checkPresence(): void {
    const gone = this.#gone ?? this.#because("No source is connected any more.", "gone");
    if (!this.#isTold || this.#selected !== undefined) return;
    const isWaited = this.#choice.taken === "slate" || this.#clock.monotonicMs() - gone.atMs < TAKE_OVER_MS;
    if (this.#alive().length > 0 && isWaited) return;
    this.#isTold = false;
    this.#gone = gone;
    const { reason, stopped } = gone;
    this.#onState({ type: "source_lost", broadcastId: this.broadcastId, reason, stopped });
  }

  #watch(): void {
    const nowMs = this.#clock.monotonicMs();
    const one = this.#selected;
    if (one !== undefined && !one.isAlive(nowMs)) {
      one.gate.restart();
      this.#lose(one, this.#because(FROZEN, "frozen"));
    }
    this.#choice.watch(this.#alive(), nowMs);
    this.#checkPresence();
    const prepared = this.#preparedSlate();
    const isOverdue = one === undefined && nowMs - (this.#gone?.atMs ?? nowMs) >= SLATE_AFTER_MS;
    if (this.#slate === undefined && isOverdue) this.#playSlate();
    else if (this.#slate !== undefined && prepared !== undefined && prepared !== this.#slate.player.media.picture) {
      this.#playSlate();
    }
  }

  /** Begins the slate, or begins it anew with another picture. */
  #playSlate(): void {
    if (!this.#onAir || this.#ended || (this.#selected !== undefined && this.#choice.taken !== "slate")) return;
    const media = this.#slateMedia();
    if (media === undefined) return;
    this.#cancelSlateAfter?.();
    this.#selected?.gate.restart();
    this.#selected = undefined;
    this.#onClockOf = undefined;
    this.#openSlate(media);
    this.#tickSlate();
  }

  #openSlate(media: SlateMedia): void {
    const since = this.#slate?.since ?? this.#now();
    this.#stopSlate();
    this.#publishAll(this.#timeline.finish());
    this.#openEpoch({ video: media.picture?.track, audio: media.audio }, media.picture?.fps);
    const [first] = media.picture?.pictures ?? [];
    if (media.picture !== undefined && first !== undefined) {
      this.#keyframe = { track: media.picture.track, data: first.data };
    }
    const aheadMs = this.#timeline.positionMs - this.#mediaMs(since);
    const cancel = this.#clock.every(SLATE_TICK_MS, () => this.#tickSlate());
    this.#slate = { player: new SlatePlayer(media, this.#timeline), since, aheadMs, cancel };
  }

  /** What viewers had ahead of the clock is taken back slowly: they must not run dry. */
  #tickSlate(): void {
    if (this.#slate === undefined) return;
    const now = this.#now();
    const { since, aheadMs } = this.#slate;
    const fallenBackMs = FALL_BACK * (now.monotonicMs - since.monotonicMs);
    const toMs = this.#mediaMs(now) + Math.max(0, aheadMs - fallenBackMs);
    this.#publishAll(this.#slate.player.makeUntil(toMs));
  }

  /** @param toMs where what follows begins, if the slate has not been made up to there yet */
  #stopSlate(toMs = 0): void {
    this.#slate?.cancel();
    this.#publishAll(this.#slate?.player.finish(toMs) ?? []);
    this.#slate = undefined;
  }

  #slateMedia(): SlateMedia | undefined {
    const shown = this.#shown;
    if (shown === undefined) return undefined;
    const picture = shown.video && (this.#preparedSlate() ?? stillOf(this.#still));
    if (shown.video !== undefined && picture === undefined) return undefined;
    const audio = shown.audio && silentFrame(shown.audio) && shown.audio;
    return picture === undefined && audio === undefined ? undefined : { picture, audio };
  }

  /** Asked for while a source feeds the program, so that it is there when it is needed. */
  #preparedSlate(): SlatePicture | undefined {
    const video = this.#shown?.video;
    if (video === undefined) return undefined;
    if (this.#selected !== undefined) this.#rememberFps();
    const fps = Math.min(MAX_SLATE_FPS, video.frameRate ?? this.#shown?.fps ?? DEFAULT_FPS);
    return this.#options.slate?.({ widthPx: video.widthPx, heightPx: video.heightPx, fps });
  }

  #rememberFps(): void {
    if (this.#shown !== undefined) this.#shown.fps = this.#timeline.fps ?? this.#shown.fps;
  }

  #why(): SlateReason {
    return this.#choice.taken === "slate" && this.#alive().length > 0 ? "taken" : (this.#gone?.why ?? "taken");
  }

  #because(reason: string, why: SlateReason): Gone {
    return { reason, stopped: false, why, atMs: this.#clock.monotonicMs() };
  }

  #alive(): SourceSlot[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#connected].filter((one) => one.isAlive(nowMs)).map((one) => one.kind);
  }

  #newest(kind: SourceSlot): ConnectedSource | undefined {
    return [...this.#connected].findLast((one) => one.kind === kind);
  }

  #now(): Arrival {
    return { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() };
  }

  #mediaMs({ monotonicMs }: Arrival): number {
    return this.#zero === undefined ? this.#timeline.positionMs : monotonicMs - this.#zero.monotonicMs;
  }

  /** Media time never goes back against the clock: what came early keeps its times. */
  #setZero(at: Arrival, mediaMs: number): void {
    this.#zero = {
      monotonicMs: Math.max(this.#zero?.monotonicMs ?? -Infinity, at.monotonicMs - mediaMs),
      wallMs: Math.max(this.#zero?.wallMs ?? -Infinity, at.wallMs - mediaMs),
    };
  }

  #onState(event: ProgramStateEvent): void {
    this.#options.onState(event);
  }
}

/** How much of a source's begin is shown faster, for a timeline that is so much ahead of the clock. */
const lateness = (aheadMs: number): number => (aheadMs < AHEAD_MS ? 0 : Math.min(aheadMs, MAX_LATE_MS));

function stillOf(keyframe: Keyframe | undefined): SlatePicture | undefined {
  return keyframe && { track: keyframe.track, fps: STILL_FPS, pictures: [{ data: keyframe.data, keyframe: true }] };
}

function slateHealth({ player, since }: Slate): SourceHealth {
  const { picture, audio } = player.media;
  return {
    kind: "slate",
    protocol: "internal",
    connectedAt: new Date(since.wallMs).toISOString(),
    encoder: null,
    videoCodec: picture?.track.codecs ?? null,
    audioCodec: audio?.codecs ?? null,
    widthPx: picture?.track.widthPx ?? null,
    heightPx: picture?.track.heightPx ?? null,
    fps: picture?.fps ?? null,
    videoBitrateBps: null,
    audioBitrateBps: null,
    keyframeIntervalSec: null,
    bFrames: null,
    audioSampleRateHz: audio?.sampleRateHz ?? null,
    audioChannels: audio?.channels ?? null,
    droppedSamples: 0,
    avOffsetMs: null,
  };
}
