/** Encoders on a clock that stands still until it is told to go on, and what a program made of them; for tests. */
import { buildAudioSpecificConfig } from "@rostrum/media/codec/aac";
import type { VideoTrack } from "@rostrum/media/sample";
import { audioTrack } from "@rostrum/media/track-from-config";
import { createManualClock, type ManualClock } from "../../lib/clock.ts";
import type { ProgramEvent } from "../hub/program-event.ts";
import type { SourceSink } from "../ingest/publisher.ts";
import type { ProgramStateEvent, SourceSlot } from "../plane.ts";
import { Program, type ProgramOptions } from "./program.ts";
import type { SlatePicture } from "./slate-player.ts";

export type Habits = Readonly<{
  widthPx?: number;
  fps?: number;
  rateHz?: number;
  channels?: number;
  gopFrames?: number;
  /** Pictures between two that others lean on. */
  bFrames?: number;
  /** How much of its begin it sends at once, with its first picture: it needed so long to start. */
  burstMs?: number;
  /** What its own clock says at the begin. */
  fromMs?: number;
  audio?: boolean;
}>;

export const pictureTrack = (widthPx: number, fps: number | undefined): VideoTrack => ({
  kind: "video",
  codec: "avc",
  codecs: "avc1.42c01e",
  timescale: 90_000,
  description: Uint8Array.of(widthPx & 255, widthPx >> 8),
  widthPx,
  heightPx: (widthPx * 9) / 16,
  frameRate: fps,
});

/** An encoder that sends in real time, as far as the clock has gone. */
export class TestEncoder {
  readonly #sink: SourceSink;
  readonly #habits: Required<Habits>;
  readonly #clock: ManualClock;
  readonly #beganMs: number;
  readonly #cancel: () => void;
  #pictures = 0;
  #sounds = 0;
  #isFrozen = false;

  constructor(sink: SourceSink, clock: ManualClock, habits: Habits) {
    const usual = {
      widthPx: 640,
      fps: 25,
      rateHz: 48_000,
      channels: 2,
      gopFrames: 50,
      bFrames: 0,
      fromMs: 0,
      burstMs: 0,
      audio: true,
    };
    this.#habits = { ...usual, ...habits };
    this.#sink = sink;
    this.#clock = clock;
    this.#beganMs = clock.monotonicMs();
    const { widthPx, fps, rateHz, channels } = this.#habits;
    const audio = audioTrack("aac", buildAudioSpecificConfig({ sampleRateHz: rateHz, channels }));
    const both = { video: true, audio: this.#habits.audio };
    const video = pictureTrack(widthPx, fps);
    sink.push({ type: "tracks", video, audio: both.audio ? audio : undefined, frameRateHint: fps, expects: both });
    this.#cancel = clock.every(5, () => this.#send());
  }

  /** Connected, but silent: what it would send waits. */
  freeze(isFrozen = true): void {
    this.#isFrozen = isFrozen;
  }

  close(stopped = false): void {
    this.#cancel();
    this.#sink.closed("gone", stopped);
  }

  #send(): void {
    if (this.#isFrozen) return;
    const { fps, rateHz, audio } = this.#habits;
    const nowMs = this.#clock.monotonicMs() - this.#beganMs + this.#habits.burstMs;
    for (;;) {
      const pictureMs = (this.#pictures * 1000) / fps;
      const soundMs = audio ? (this.#sounds * 1024 * 1000) / rateHz : Infinity;
      if (Math.min(pictureMs, soundMs) > nowMs) return;
      if (pictureMs <= soundMs) this.#picture(pictureMs);
      else this.#sound(soundMs);
    }
  }

  #picture(atMs: number): void {
    const { fps, gopFrames, bFrames, fromMs, widthPx } = this.#habits;
    const inGop = this.#pictures % gopFrames;
    const inMiniGop = inGop === 0 ? 0 : ((inGop - 1) % (bFrames + 1)) + 1;
    const later = bFrames === 0 ? 0 : inGop === 0 ? 1 : inMiniGop === 1 ? bFrames + 1 : 0;
    const compositionMs = Math.round((later * 1000) / fps);
    this.#pictures += 1;
    this.#push("video", Math.floor(fromMs + atMs), compositionMs, inGop === 0, new Uint8Array([widthPx & 255]), 0);
  }

  #sound(atMs: number): void {
    this.#sounds += 1;
    this.#push("audio", Math.floor(this.#habits.fromMs + atMs), 0, true, new Uint8Array(7), 1024);
  }

  #push(
    kind: "video" | "audio",
    timestampMs: number,
    compositionMs: number,
    keyframe: boolean,
    data: Uint8Array,
    durationTicks: number,
  ): void {
    const sample = { kind, timestampMs: timestampMs >>> 0, compositionMs, keyframe, data, durationTicks };
    this.#sink.push({ type: "sample", sample });
  }
}

/** Slates of any shape, made at once. */
function slates(): NonNullable<ProgramOptions["slate"]> {
  const made = new Map<string, SlatePicture>();
  return ({ widthPx, fps }) => {
    const known = made.get(`${widthPx} ${fps}`);
    const pictures = Array.from({ length: 50 }, (_, n) => ({ data: Uint8Array.of(0), keyframe: n === 0 }));
    const track = { ...pictureTrack(widthPx, fps), description: Uint8Array.of(1, 2, 3) };
    const slate = known ?? { track, fps, pictures };
    made.set(`${widthPx} ${fps}`, slate);
    return slate;
  };
}

/** A program, its clock, and everything it published and told. */
export function openScene(options: Partial<ProgramOptions> = {}) {
  const clock = createManualClock(1_000_000);
  const states: ProgramStateEvent[] = [];
  const events: ProgramEvent[] = [];
  const told = () => states.map((one) => (one.type === "source_connected" ? `connected ${one.slot}` : one.type));
  const program = new Program({
    ...{ broadcastId: "b", start: null, clock, onState: (event) => states.push(event), slate: slates() },
    ...options,
  });
  const publish = program.hub.publish.bind(program.hub);
  program.hub.publish = (event) => {
    events.push(event);
    publish(event);
  };
  const connect = (kind: SourceSlot, habits: Habits = {}) => {
    const connectedAt = new Date(clock.wallMs());
    const sink = program.attach({ kind, protocol: "rtmp", encoder: "test", connectedAt });
    return new TestEncoder(sink, clock, habits);
  };
  return { clock, program, events, states, told, connect, run: (ms: number) => clock.advance(ms) };
}

export type Epoch = Readonly<{
  isSlate: boolean;
  widthPx: number | undefined;
  video: Extent | undefined;
  audio: Extent | undefined;
}>;

/** Where a track begins to be shown and ends, in ms; undefined without samples. */
type Extent = Readonly<{
  fromMs: number;
  toMs: number;
  /** How long the first sample lasts, the longest, and the one in the middle of all. */
  frameMs: number;
  longestMs: number;
  usualMs: number;
  /** Shown in another order than decoded. */
  isReordered: boolean;
}>;

/** The epochs of what was published. @throws {Error} decoding times overlap */
export function epochsOf(events: readonly ProgramEvent[]): Epoch[] {
  const epochs: Epoch[] = [];
  const ends = { video: 0, audio: 0 };
  const lasted: Record<string, number[]> = {};
  for (const event of events) {
    if (event.type === "tracks") {
      const isSlate = event.video?.description.length === 3;
      epochs.push({ isSlate, widthPx: event.video?.widthPx, video: undefined, audio: undefined });
    }
    if (event.type !== "sample") continue;
    const epoch = epochs.at(-1);
    const tracks = events.findLast((one) => one.type === "tracks" && one.epoch === epochs.length - 1);
    if (epoch === undefined || tracks?.type !== "tracks") throw new Error("a sample without tracks");
    const { kind, dts, pts, duration } = event.sample;
    const perMs = (kind === "video" ? 90_000 : (tracks.audio?.timescale ?? 0)) / 1000;
    if (dts / perMs < ends[kind] - 0.05) throw new Error(`${kind} at ${dts / perMs} ms overlaps, ${ends[kind]} ms`);
    ends[kind] = (dts + duration) / perMs;
    const before = epoch[kind];
    const all = (lasted[`${epochs.length} ${kind}`] ??= []);
    all.push(duration / perMs);
    const fromMs = pts / perMs;
    // Who is shown later than decoded lasts until the next one is shown, not until it is decoded.
    const lastsMs = pts > dts && before !== undefined ? before.frameMs : duration / perMs;
    const toMs = fromMs + lastsMs;
    const grown = {
      fromMs: Math.min(fromMs, before?.fromMs ?? Infinity),
      toMs: Math.max(toMs, before?.toMs ?? 0),
      frameMs: before?.frameMs ?? duration / perMs,
      longestMs: Math.max(before?.longestMs ?? 0, duration / perMs),
      usualMs: all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0,
      isReordered: before?.isReordered === true || pts > dts,
    };
    epochs[epochs.length - 1] = { ...epoch, [kind]: grown };
  }
  return epochs;
}
