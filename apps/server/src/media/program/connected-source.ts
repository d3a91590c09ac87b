/** One source that is connected to a program: its gate, its figures, whether it is alive. */
import type { SourceHealth } from "@rostrum/contract/health";
import type { VideoTrack } from "@rostrum/media/sample";
import type { SourceEvent } from "../ingest/source-event.ts";
import type { SourceSlot } from "../plane.ts";
import { SourceMeter } from "./meter.ts";
import { SourceGate } from "./source-gate.ts";
import { SourceLag } from "./source-lag.ts";

/** What is known of a source before its media. */
export type ProgramSource = Readonly<{
  kind: SourceSlot;
  protocol: SourceHealth["protocol"];
  encoder: string | null;
  connectedAt: Date;
}>;

/** The newest picture that stands alone; `data` as in a sample of the track. */
export type Keyframe = Readonly<{ track: VideoTrack; data: Uint8Array }>;

/** A source that sent no picture (radio: no sound) for this long is frozen. */
export const FROZEN_MS = 2000;
/** A pause this long ends what counts as steady. */
const UNSTEADY_MS = 1000;
/** A source that is behind by more than this sends what has waited, not what is now. */
const BEHIND_MS = 700;

export class ConnectedSource {
  readonly source: ProgramSource;
  readonly gate = new SourceGate();
  readonly meter: SourceMeter;
  readonly #lag = new SourceLag();
  /** When it was attached, then when it sent its newest picture. */
  #lastMs: number;
  #hasSent = false;
  #steadySinceMs = 0;
  #hadVideo = false;
  #keyframe: Keyframe | undefined;

  constructor(source: ProgramSource, nowMs: number) {
    this.source = source;
    this.#lastMs = nowMs;
    this.meter = new SourceMeter(source);
  }

  get kind(): SourceSlot {
    return this.source.kind;
  }

  get keyframe(): Keyframe | undefined {
    return this.#keyframe;
  }

  /** Notes what came. Times are monotonic. */
  hear(event: SourceEvent, nowMs: number): void {
    this.meter.push(event, nowMs);
    if (event.type !== "sample") return;
    const { sample } = event;
    const isFirstPicture = sample.kind === "video" && !this.#hadVideo;
    if (isFirstPicture) this.#hadVideo = true;
    if (sample.kind === "audio" && this.#hadVideo) return;
    if (isFirstPicture || !this.#hasSent || nowMs - this.#lastMs > UNSTEADY_MS) this.#steadySinceMs = nowMs;
    this.#hasSent = true;
    this.#lastMs = nowMs;
    this.#lag.push(sample.timestampMs, nowMs);
    const track = this.gate.tracks.video;
    if (sample.kind === "video" && sample.keyframe && track !== undefined)
      this.#keyframe = { track, data: sample.data };
  }

  /** Whether it has sent something, and lately; who has just connected is given the benefit of the doubt. */
  isAlive(nowMs: number): boolean {
    return nowMs - this.#lastMs <= FROZEN_MS;
  }

  /** Whether it could be shown now. */
  isHealthy(nowMs: number): boolean {
    return this.#hasSent && this.isAlive(nowMs) && !this.isBehind;
  }

  /** How long it has sent without a pause. */
  steadyMs(nowMs: number): number {
    return this.isAlive(nowMs) ? nowMs - this.#steadySinceMs : 0;
  }

  /** Whether it sends what waited while it was frozen. It is taken when it has caught up. */
  get isBehind(): boolean {
    return this.#lag.ms > BEHIND_MS;
  }
}
