/** The WHEP viewers of one program: one hub subscription, each sample made into payloads once, packets for each viewer. */
import type { Sample, VideoTrack } from "@rostrum/media/sample";
import { OPUS_CLOCK_HZ } from "@rostrum/rtc/rtp/opus";
import type { Cancel, Clock } from "../../../lib/clock.ts";
import type { Logger } from "../../../lib/log.ts";
import { CurrentGop } from "../../hub/current-gop.ts";
import { type ProgramEvent, VIDEO_TIMESCALE } from "../../hub/program-event.ts";
import type { ProgramHub, Subscription } from "../../hub/program-hub.ts";
import type { RungListener } from "../../transcode/rung-taps.ts";
import type { MediaClock } from "./events.ts";
import { type Frame, Frames } from "./frames.ts";
import { type Layer, SOURCE } from "./layer-choice.ts";
import type { LiveEdge } from "./live-stamps.ts";
import type { WhepViewer } from "./viewer.ts";

/** A program as WebRTC carries it: AVC in the order in which it is shown, Opus. It uses processor time until it is closed. */
export interface RtcSource {
  readonly hub: ProgramHub;
  /** Why there are no pictures although the source has some; undefined: there are, or soon will be. */
  readonly missing: string | undefined;
  /** The pictures are encoded anew. */
  readonly isTranscoded: boolean;
  /** What the source sent last, and how much later than that pictures are usually here. */
  readonly live: LiveEdge & Readonly<{ lagMs: number }>;
  /** Tells of smaller qualities of the same pictures, if there are any, until the returned function is called. */
  listenRungs?(listener: RungListener): () => void;
  /** What came until now is given to nobody who comes from now on. */
  forgetGop(): void;
  close(): Promise<void>;
}

export type FeedOptions = Readonly<{
  /** Closed by the feed. */
  source: RtcSource;
  clock: Clock;
  log: Logger;
  /** Called once, when nobody has watched for some seconds or the program is over. */
  onIdle: () => void;
}>;

/** One quality: how its samples become frames, and what it takes. */
type Rendition = {
  readonly frames: Frames;
  /** 0: not measured yet. */
  bps: number;
  /** Since it was measured last. */
  bytes: number;
};
type SampleEvent = Extract<ProgramEvent, { type: "sample" }>;
type TracksEvent = Extract<ProgramEvent, { type: "tracks" }>;

const QUEUE = { maxBytes: 32 * 1024 * 1024, maxMs: 15_000 };
/** Who comes back so soon, e.g. with a new connection, finds everything running. */
const LINGER_MS = 8000;
const PUMP_EVERY_MS = 4;
const TICK_EVERY_MS = 1000;
/** In ticks: clocks of source, server and viewer drift, and encoding takes longer at times. */
const CLOCK_EVERY = 5;
/** A source that says nothing for longer stands still. */
const MOST_SINCE_MS = 1000;
/** Of the source, before it is measured: a GOP that comes at once tells nothing. */
const FIRST_MEDIA_BPS = 3_000_000;
/** So much later than the source's pictures are those of its rungs. */
const RUNG_LAG_MS = 200;

export class WhepFeed {
  readonly #options: FeedOptions;
  readonly #viewers = new Set<WhepViewer>();
  readonly #source: Rendition = rendition(SOURCE, FIRST_MEDIA_BPS);
  readonly #rungs = new Map<string, Rendition>();
  readonly #cancelRungs: (() => void) | undefined;
  readonly #gop = new CurrentGop<Frame>();
  readonly #stop = new AbortController();
  readonly #cancelTick: Cancel;
  readonly #done: Promise<void>;
  #cancelPump: Cancel | undefined;
  #cancelLinger: Cancel | undefined;
  #tracks: TracksEvent | undefined;
  #wallZeroMs: number | undefined;
  #soundEndSec = 0;
  #ticks = 0;
  /** Pictures up to this time are of before the show: some may still be in an encoder. */
  #forgottenTicks = Number.NEGATIVE_INFINITY;

  /** Runs until nobody has watched for some seconds; the first viewer is to be added at once. */
  constructor(options: FeedOptions) {
    const { source, clock } = options;
    this.#options = options;
    this.#cancelTick = clock.every(TICK_EVERY_MS, () => this.#tick());
    this.#cancelRungs = source.listenRungs?.({
      begin: (name, track) => this.#rungBegins(name, track),
      push: (name, sample) => this.#rungSample(name, sample),
      stop: (name) => this.#rungs.delete(name),
    });
    const { signal } = this.#stop;
    this.#done = this.#run(source.hub.subscribe({ ...QUEUE, name: "whep", from: "current_gop", signal }));
  }

  /** It takes no viewer any more. */
  get isOver(): boolean {
    return this.#stop.signal.aborted;
  }

  /** RFC 6381 string of the pictures; undefined while it is not known. */
  get codecs(): string | undefined {
    return this.#source.frames.codecs;
  }

  /** A sentence on why the show's pictures cannot be given to anybody; undefined: they can. */
  get missing(): string | undefined {
    return this.#options.source.missing;
  }

  /** Undefined before the first picture, or the first sound of a show without pictures. */
  get clock(): MediaClock | undefined {
    if (this.#wallZeroMs === undefined) return undefined;
    const newestSec = this.#hasVideo ? this.#pictureSec() : this.#soundEndSec;
    return { wallZeroMs: this.#wallZeroMs, newestSec, soundShiftTicks: this.#source.frames.soundShiftTicks };
  }

  viewers(): ReadonlySet<WhepViewer> {
    return this.#viewers;
  }

  /** It is sent nothing before `begin`. */
  add(viewer: WhepViewer): void {
    this.#cancelLinger?.();
    this.#cancelLinger = undefined;
    this.#viewers.add(viewer);
    if (this.#tracks !== undefined) viewer.tell(this.#tracksTold(this.#tracks));
  }

  /** Its channel is open. */
  greet(viewer: WhepViewer): void {
    const { clock } = this;
    if (clock !== undefined) viewer.tellClock(clock);
  }

  /** The viewer begins with the newest key frame and everything since, or with the next one. */
  begin(viewer: WhepViewer): void {
    viewer.begin(this.#gop.read(), this.#live);
    this.#pumpWhile();
  }

  remove(viewer: WhepViewer): void {
    this.#viewers.delete(viewer);
    this.restIfIdle();
  }

  /** Ends in some seconds, unless a viewer comes. */
  restIfIdle(): void {
    if (this.#viewers.size > 0 || this.isOver) return;
    this.#cancelLinger ??= this.#options.clock.after(LINGER_MS, () => this.#stop.abort());
  }

  /** Who comes from now on gets nothing of what came until now. */
  forgetGop(): void {
    this.#options.source.forgetGop();
    this.#gop.forget();
    this.#forgottenTicks = this.#live.ticks;
  }

  /** Ends all viewers' connections and resolves when nothing runs any more. */
  async close(): Promise<void> {
    for (const viewer of this.#viewers) viewer.handOver("stopping");
    this.#stop.abort();
    await this.#done;
  }

  get #live(): LiveEdge {
    return this.#options.source.live;
  }
  get #hasVideo(): boolean {
    return this.#tracks?.video !== undefined;
  }

  #pictureSec(): number {
    const { ticks, atMs } = this.#live;
    const sinceMs = Math.min(MOST_SINCE_MS, this.#options.clock.monotonicMs() - atMs);
    return ticks / VIDEO_TIMESCALE + sinceMs / 1000;
  }

  async #run(subscription: Subscription): Promise<void> {
    let ended = false;
    try {
      for await (const batch of subscription) {
        for (const event of batch) this.#take(event);
        ended ||= batch.some(({ type }) => type === "end");
      }
    } catch (error) {
      this.#options.log.error({ err: error }, "media could not be sent by WebRTC; its viewers go on another way");
    }
    this.#stop.abort();
    this.#cancelTick();
    this.#cancelRungs?.();
    this.#cancelPump?.();
    this.#cancelLinger?.();
    for (const viewer of this.#viewers) {
      if (ended) viewer.end();
      else viewer.handOver("stopping");
    }
    this.#options.onIdle();
    await this.#options.source.close();
  }

  #take(event: ProgramEvent): void {
    if (event.type === "sample") this.#sample(event);
    else if (event.type === "tracks") this.#describe(event);
  }

  #describe(event: TracksEvent): void {
    this.#tracks = event;
    this.#source.frames.tracks(event.video, event.audio);
    this.#gop.tracks(event.video !== undefined);
    this.#wallZeroMs = undefined;
    for (const viewer of this.#viewers) viewer.tell(this.#tracksTold(event));
  }

  #tracksTold({ video, audio }: TracksEvent) {
    const { isTranscoded } = this.#options.source;
    const has = { video: video !== undefined, audio: audio !== undefined };
    return { type: "tracks", ...has, transcoded: isTranscoded && has.video } as const;
  }

  #sample(event: SampleEvent): void {
    const frame = this.#source.frames.frame(event.sample, this.#options.source.live.lagMs);
    if (frame === undefined) return;
    if (frame.kind === "video") this.#picture(frame, event);
    else this.#soundEndSec = (event.sample.dts + event.sample.duration) / OPUS_CLOCK_HZ;
    if (this.#wallZeroMs === undefined && (frame.kind === "video" || !this.#hasVideo)) this.#place(frame, event);
    this.#give(frame);
  }

  #rungBegins(name: string, track: VideoTrack): void {
    const rung = this.#rungs.get(name) ?? rendition(name);
    this.#rungs.set(name, rung);
    try {
      rung.frames.tracks(track, undefined);
    } catch (error) {
      this.#options.log.error({ err: error, rung: name }, "a rendition cannot be sent by WebRTC");
      this.#rungs.delete(name);
    }
  }

  #rungSample(name: string, sample: Sample): void {
    const rung = this.#rungs.get(name);
    const frame = rung?.frames.frame(sample, RUNG_LAG_MS);
    if (rung === undefined || frame === undefined || this.isOver) return;
    rung.bytes += frame.bytes;
    this.#give(frame);
  }

  #give(frame: Frame): void {
    const live = this.#live;
    for (const viewer of this.#viewers) viewer.take(frame, live);
    this.#pumpWhile();
  }

  #picture(frame: Frame, event: SampleEvent): void {
    this.#source.bytes += frame.bytes;
    if (frame.ticks > this.#forgottenTicks) this.#gop.push(frame, event);
  }

  /** It is known now how the show's time lies: later than the tracks, when encoding has to begin first. */
  #place({ kind }: Frame, { sample, wallMs }: SampleEvent): void {
    this.#wallZeroMs = wallMs - (sample.dts * 1000) / (kind === "video" ? VIDEO_TIMESCALE : OPUS_CLOCK_HZ);
    for (const viewer of this.#viewers) this.greet(viewer);
  }

  /** A timer runs as long as somebody's pictures wait. */
  #pumpWhile(): void {
    if (this.#cancelPump !== undefined || this.isOver || !this.#someoneWaits()) return;
    this.#cancelPump = this.#options.clock.every(PUMP_EVERY_MS, () => {
      const live = this.#live;
      for (const viewer of this.#viewers) viewer.pump(live);
      if (this.#someoneWaits()) return;
      this.#cancelPump?.();
      this.#cancelPump = undefined;
    });
  }

  #someoneWaits(): boolean {
    for (const viewer of this.#viewers) if (viewer.isWaiting) return true;
    return false;
  }

  #tick(): void {
    const { clock } = this.#options;
    const layers = this.#measure();
    const wallMs = clock.wallMs();
    const mediaClock = this.clock;
    this.#ticks += 1;
    // A fifth of them at a time.
    let turn = this.#ticks;
    for (const viewer of this.#viewers) {
      viewer.tick(layers, wallMs, mediaClock);
      turn += 1;
      if (turn % CLOCK_EVERY === 0) this.greet(viewer);
    }
  }

  /** What each quality takes; the best first. */
  #measure(): readonly Layer[] {
    const rungs = [...this.#rungs].toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
    return [[SOURCE, this.#source] as const, ...rungs].map(([name, one]) => {
      const nowBps = (one.bytes * 8000) / TICK_EVERY_MS;
      if (nowBps > 0) one.bps = one.bps === 0 ? nowBps : one.bps + (nowBps - one.bps) / 4;
      one.bytes = 0;
      return { name, bps: one.bps };
    });
  }
}

function rendition(layer: string, bps = 0): Rendition {
  return { frames: new Frames(layer), bps, bytes: 0 };
}
