/** The program of one broadcast: of the sources that are connected one feeds the timeline, and the hub gets what comes out. */
import type { Sample, VideoTrack } from "@rostrum/media/sample";
import type { SourceHealth } from "@rostrum/contract/health";
import type { Cancel, Clock } from "../../lib/clock.ts";
import { SourceMeter } from "./meter.ts";
import { VIDEO_TIMESCALE } from "../hub/program-event.ts";
import { ProgramHub, type HubOptions } from "../hub/program-hub.ts";
import type { SourceSink } from "../ingest/publisher.ts";
import type { SourceEvent } from "../ingest/source-event.ts";
import type { ProgramStateEvent, SourceSlot } from "../plane.ts";
import { type Arrival, type GateOutput, SourceGate } from "./source-gate.ts";
import { Timeline, type TimelineStart } from "./timeline.ts";

/** What is known of a source before its media. */
export type ProgramSource = Readonly<{
  kind: SourceSlot;
  protocol: SourceHealth["protocol"];
  encoder: string | null;
  connectedAt: Date;
}>;

export type ProgramOptions = Readonly<{
  broadcastId: string;
  /** Where an earlier program of this broadcast ended; null when nothing was ever shown. */
  start: TimelineStart | null;
  clock: Clock;
  /** Called in order, never for `health`. */
  onState: (event: ProgramStateEvent) => void;
  hub?: HubOptions;
}>;

/** The newest picture that stands alone; `data` as in a sample of the track. */
export type Keyframe = Readonly<{ track: VideoTrack; data: Uint8Array }>;

type Connected = {
  readonly source: ProgramSource;
  readonly gate: SourceGate;
  readonly meter: SourceMeter;
  lastSampleMs: number;
};

/** Who goes before whom. */
const RANK = { primary: 0, backup: 1, studio: 2, file: 3, test: 4 } as const satisfies Record<SourceSlot, number>;
/** A source that sent nothing for this long gives way to any other one. */
const STALE_MS = 2000;
/** A source that sent nothing for this long counts as lost, though it is connected. */
const FROZEN_MS = 5000;
/** How long another connected source may take to its next key frame before the source counts as lost. */
const TAKE_OVER_MS = 5000;

export class Program {
  readonly broadcastId: string;
  readonly hub: ProgramHub;
  readonly #clock: Clock;
  readonly #onState: (event: ProgramStateEvent) => void;
  readonly #timeline: Timeline;
  readonly #connected = new Set<Connected>();
  #selected: Connected | undefined;
  /** Whose clock the timeline follows. */
  #onClockOf: Connected | undefined;
  #epoch = 0;
  #goesOn: boolean;
  /** Wall time of media time 0. */
  #wallZeroMs = -Infinity;
  #audioTimescale = 1;
  #videoTrack: VideoTrack | undefined;
  #keyframe: Keyframe | undefined;
  #lost: { reason: string; stopped: boolean; cancel: Cancel } | undefined;
  #idleSinceMs: number;
  #ended = false;

  constructor(options: ProgramOptions) {
    this.broadcastId = options.broadcastId;
    this.hub = new ProgramHub(options.hub);
    this.#clock = options.clock;
    this.#onState = options.onState;
    this.#timeline = new Timeline(options.start ?? { videoTicks90k: 0, audioSec: 0 });
    this.#goesOn = options.start !== null;
    this.#idleSinceMs = options.clock.monotonicMs();
  }

  /** Whether a source feeds the program now. */
  get hasSource(): boolean {
    return this.#selected !== undefined;
  }

  /** How long no source has been connected; 0 while there is one. */
  get idleMs(): number {
    return this.#connected.size > 0 ? 0 : this.#clock.monotonicMs() - this.#idleSinceMs;
  }

  /** Undefined before the first one, and while no source feeds the program. */
  get keyframe(): Keyframe | undefined {
    return this.#selected === undefined ? undefined : this.#keyframe;
  }

  /** The next picture to be shown alone is one that is still to come. */
  forgetKeyframe(): void {
    this.#keyframe = undefined;
  }

  /** Connects a source. It feeds the program from its next key frame on when no better one does. After `end` it is drained. */
  attach(source: ProgramSource): SourceSink {
    const nowMs = this.#clock.monotonicMs();
    const one: Connected = {
      source,
      gate: new SourceGate(),
      meter: new SourceMeter(source),
      lastSampleMs: nowMs,
    };
    this.#connected.add(one);
    return {
      push: (event) => this.#take(one, event),
      closed: (reason, stopped = false) => this.#leave(one, reason, stopped),
    };
  }

  /** The figures of the last 5 s; `source` null when none is connected. */
  health(): Extract<ProgramStateEvent, { type: "health" }> {
    const shown = this.#selected ?? [...this.#connected].toSorted((a, b) => rankOf(a) - rankOf(b))[0];
    return {
      type: "health",
      broadcastId: this.broadcastId,
      source: shown?.meter.read(this.#clock.monotonicMs()) ?? null,
      mediaTimeMs: this.#epoch === 0 && !this.#goesOn ? null : Math.round(this.#timeline.positionMs),
    };
  }

  /** Call from time to time: tells the loss of a source that is connected and sends nothing. It is back with its next key frame. */
  watch(): void {
    const one = this.#selected;
    if (one === undefined || this.#clock.monotonicMs() - one.lastSampleMs <= FROZEN_MS) return;
    one.gate.restart();
    this.#lose("The encoder is connected and sends nothing any more.", false);
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
    this.#publishAll(this.#timeline.flush());
    this.#ended = true;
    this.#lost?.cancel();
    this.#selected = undefined;
    finish();
  }

  #take(one: Connected, event: SourceEvent): void {
    if (this.#ended) return;
    const arrival = { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() };
    one.meter.push(event, arrival.monotonicMs);
    if (event.type === "dropped") return;
    if (event.type === "sample") one.lastSampleMs = arrival.monotonicMs;
    for (const output of one.gate.push(event, arrival)) {
      if (output.type === "sample") this.#feed(one, output.sample, output.arrival);
      else if (this.#mayFeed(one)) this.#begin(one, output);
      else return one.gate.restart();
    }
  }

  #mayFeed(one: Connected): boolean {
    const now = this.#selected;
    if (now === undefined || now === one || rankOf(one) < rankOf(now)) return true;
    return this.#clock.monotonicMs() - now.lastSampleMs > STALE_MS;
  }

  #begin(one: Connected, { tracks, arrival }: Extract<GateOutput, { type: "begin" }>): void {
    this.#publishAll(this.#timeline.flush());
    const sameClock = this.#onClockOf === one;
    if (!sameClock) this.#wallZeroMs = Math.max(this.#wallZeroMs, arrival.wallMs - this.#timeline.positionMs);
    this.#timeline.begin(tracks, sameClock);
    this.#onClockOf = one;
    this.#audioTimescale = tracks.audio?.timescale ?? 1;
    this.#videoTrack = tracks.video;
    this.#keyframe = undefined;
    const discontinuity = this.#epoch > 0 || this.#goesOn;
    const { video, audio } = tracks;
    this.hub.publish({ type: "tracks", epoch: this.#epoch, video, audio, discontinuity });
    this.#epoch += 1;
    if (this.#selected !== one) this.#select(one);
  }

  #select(one: Connected): void {
    this.#selected?.gate.restart();
    this.#selected = one;
    this.#lost?.cancel();
    this.#lost = undefined;
    this.#onState({ type: "source_connected", broadcastId: this.broadcastId, slot: one.source.kind });
  }

  #feed(one: Connected, sample: Parameters<Timeline["push"]>[0], arrival: Arrival): void {
    if (sample.kind === "video" && sample.keyframe && this.#videoTrack !== undefined) {
      this.#keyframe = { track: this.#videoTrack, data: sample.data };
    }
    const droppedBefore = this.#timeline.droppedSamples;
    const released = this.#timeline.push(sample, arrival.monotonicMs);
    const dropped = this.#timeline.droppedSamples - droppedBefore;
    if (dropped > 0) one.meter.push({ type: "dropped", samples: dropped, reason: "late" }, arrival.monotonicMs);
    if (released !== undefined) this.#publishAll([released]);
  }

  #publishAll(samples: readonly Sample[]): void {
    for (const sample of samples) {
      const ticksPerSec = sample.kind === "video" ? VIDEO_TIMESCALE : this.#audioTimescale;
      const wallMs = this.#wallZeroMs + (sample.dts * 1000) / ticksPerSec;
      this.hub.publish({ type: "sample", sample, wallMs });
    }
  }

  #leave(one: Connected, reason: string, stopped: boolean): void {
    if (!this.#connected.delete(one)) return;
    this.#idleSinceMs = this.#clock.monotonicMs();
    if (this.#ended) return;
    if (this.#selected === one) this.#lose(reason, stopped);
    else if (this.#lost !== undefined && this.#connected.size === 0) this.#tellLost();
  }

  #lose(reason: string, stopped: boolean): void {
    this.#selected = undefined;
    this.#onClockOf = undefined;
    this.#publishAll(this.#timeline.flush());
    this.hub.publish({ type: "gap", reason });
    const tell = () => this.#tellLost();
    this.#lost = { reason, stopped, cancel: this.#clock.after(TAKE_OVER_MS, tell) };
    const nowMs = this.#clock.monotonicMs();
    const another = [...this.#connected].some(({ lastSampleMs }) => nowMs - lastSampleMs <= STALE_MS);
    if (!another) this.#tellLost();
  }

  #tellLost(): void {
    const lost = this.#lost;
    if (lost === undefined) return;
    lost.cancel();
    this.#lost = undefined;
    const { reason, stopped } = lost;
    this.#onState({ type: "source_lost", broadcastId: this.broadcastId, reason, stopped });
  }
}

const rankOf = (one: Connected): number => RANK[one.source.kind];
