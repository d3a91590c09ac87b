/** Where an epoch may begin: a source's events become `begin` and samples that a decoder can start with. No I/O, no clock. */
import type { AudioTrack, Track, VideoTrack } from "@rostrum/media/sample";
import type { SourceEvent, SourceSample } from "../ingest/source-event.ts";
import { wrappedDifferenceMs } from "./source-clock.ts";
import type { EpochTracks } from "./timeline.ts";

/** When an event came in. */
export type Arrival = Readonly<{ monotonicMs: number; wallMs: number }>;

/** `begin` is followed by a sample of each of its tracks before long, by `first` at once: video with a key frame if there is video. */
export type GateOutput =
  | { readonly type: "begin"; readonly tracks: EpochTracks; readonly arrival: Arrival; readonly first: SourceSample }
  | { readonly type: "sample"; readonly sample: SourceSample; readonly arrival: Arrival };

type TracksEvent = Extract<SourceEvent, { type: "tracks" }>;
type Pending = Readonly<{ sample: SourceSample; arrival: Arrival }>;

/** How much media is waited for before a source is taken to have one track only. */
const OTHER_TRACK_MS = 1000;
/** How much sound is waited with for the first key frame of a picture that was announced. */
const KEYFRAME_MS = 5000;
/** Caps of what waits, for sources whose clock stands still. What waits is then begun with, or forgotten. */
const MAX_PENDING_SAMPLES = 2000;
const MAX_PENDING_BYTES = 16 * 1024 * 1024;
/** Sound further from the first picture than this is on another clock. */
const SAME_CLOCK_MS = 5000;

export class SourceGate {
  #announced: TracksEvent | undefined;
  /** Tracks of which a sample came since they were announced; video counts from its key frame. */
  #seen = { video: false, audio: false };
  #open: EpochTracks | undefined;
  #pending: Pending[] = [];
  #pendingBytes = 0;

  /** The tracks that the source announced last. */
  get tracks(): Readonly<{ video: VideoTrack | undefined; audio: AudioTrack | undefined }> {
    return { video: this.#announced?.video, audio: this.#announced?.audio };
  }

  /** What the program may take of the source after this event. */
  push(event: Extract<SourceEvent, { type: "tracks" | "sample" }>, arrival: Arrival): GateOutput[] {
    if (event.type === "tracks") {
      this.#announce(event);
      return [];
    }
    return this.#open === undefined ? this.#wait(event.sample, arrival) : this.#pass(event.sample, arrival, this.#open);
  }

  /** Forgets what waits; the next output is a `begin` at a key frame to come. */
  restart(): void {
    this.#open = undefined;
    this.#seen = { video: false, audio: false };
    this.#clear();
  }

  #announce(event: TracksEvent): void {
    const before = this.#announced;
    this.#announced = event;
    if (!isSameTrack(before?.video, event.video)) this.#forget("video");
    if (!isSameTrack(before?.audio, event.audio)) this.#forget("audio");
  }

  #forget(kind: Track["kind"]): void {
    this.#seen[kind] = false;
    this.#pending = this.#pending.filter(({ sample }) => sample.kind !== kind);
    this.#pendingBytes = this.#pending.reduce((sum, { sample }) => sum + sample.data.length, 0);
  }

  #pass(sample: SourceSample, arrival: Arrival, open: EpochTracks): GateOutput[] {
    const announced = this.#announced?.[sample.kind];
    if (announced === undefined) return [];
    this.#see(sample);
    const wanted = this.#wanted();
    const begins = !isSameTrack(wanted.video, open.video) || !isSameTrack(wanted.audio, open.audio);
    if (begins && this.#mayBegin(sample, open)) {
      this.#open = wanted;
      return [
        { type: "begin", tracks: wanted, arrival, first: sample },
        { type: "sample", sample, arrival },
      ];
    }
    return isSameTrack(announced, open[sample.kind]) ? [{ type: "sample", sample, arrival }] : [];
  }

  /** With a picture shown, only its next key frame is a place at which outputs can begin anew. */
  #mayBegin(sample: SourceSample, open: EpochTracks): boolean {
    if (sample.kind === "video") return sample.keyframe;
    return open.video === undefined || this.#announced?.video === undefined;
  }

  #see(sample: SourceSample): void {
    if (sample.kind === "audio" || sample.keyframe) this.#seen[sample.kind] = true;
  }

  #wanted(): EpochTracks {
    const { video, audio } = this.tracks;
    return {
      video: this.#seen.video ? video : undefined,
      audio: this.#seen.audio ? audio : undefined,
      frameRateHint: this.#announced?.frameRateHint,
    };
  }

  #wait(sample: SourceSample, arrival: Arrival): GateOutput[] {
    if (this.tracks[sample.kind] === undefined) return [];
    this.#see(sample);
    if (sample.kind === "video" && !this.#seen.video) return [];
    this.#pending.push({ sample, arrival });
    this.#pendingBytes += sample.data.length;
    return this.#isReady() ? this.#begin() : [];
  }

  #isReady(): boolean {
    const { video, audio } = this.#seen;
    if (video && audio) return true;
    if (this.#pending.length >= MAX_PENDING_SAMPLES || this.#pendingBytes >= MAX_PENDING_BYTES) return true;
    const expects = this.#announced?.expects;
    if (video) {
      const alone = this.tracks.audio === undefined && expects?.audio === false;
      return alone || this.#spanMs() >= OTHER_TRACK_MS;
    }
    if (this.tracks.video !== undefined || expects?.video === true) return this.#spanMs() >= KEYFRAME_MS;
    return expects?.video === false || this.#spanMs() >= OTHER_TRACK_MS;
  }

  #spanMs(): number {
    const first = this.#pending[0]?.sample.timestampMs ?? 0;
    return wrappedDifferenceMs(this.#pending.at(-1)?.sample.timestampMs ?? first, first);
  }

  #begin(): GateOutput[] {
    const tracks = this.#wanted();
    const pending = this.#pending;
    this.#clear();
    const from = tracks.video === undefined ? 0 : pending.findIndex(({ sample }) => sample.kind === "video");
    const first = pending[from];
    if (first === undefined) return [];
    const earlier = pending.slice(0, from).filter(({ sample }) => isShownAfter(sample, first.sample));
    this.#open = tracks;
    const samples = [first, ...earlier, ...pending.slice(from + 1)];
    return [
      { type: "begin", tracks, arrival: first.arrival, first: first.sample },
      ...samples.map((one): GateOutput => ({ type: "sample", ...one })),
    ];
  }

  #clear(): void {
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}

function isShownAfter(sound: SourceSample, picture: SourceSample): boolean {
  const stepMs = wrappedDifferenceMs(sound.timestampMs, picture.timestampMs);
  return stepMs >= 0 && stepMs < SAME_CLOCK_MS;
}

function isSameTrack(a: Track | undefined, b: Track | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.codecs !== b.codecs || a.timescale !== b.timescale) return false;
  if (a.kind === "video" && b.kind === "video" && (a.widthPx !== b.widthPx || a.heightPx !== b.heightPx)) return false;
  if (a.kind === "audio" && b.kind === "audio" && a.channels !== b.channels) return false;
  return Buffer.compare(a.description, b.description) === 0;
}
