/** What is on the <video>: one MediaSource for as long as a show has the same tracks, fed by lanes that meet on a frame. */
import { type Chunk, type Init, type Kind, startSec } from "./chunk.ts";
import { type Range, aheadOf, behindHole, intersect } from "./ranges.ts";
import { type Lane, Splice } from "./splice.ts";
import { TrackBuffer } from "./track-buffer.ts";

export type TimelineOptions = Readonly<{
  /** The video has a new source. */
  onOpened: () => void;
  /** The lane feeds this track from here on. */
  onCut: (kind: Kind, lane: Lane) => void;
  onChange: () => void;
  /** The media cannot be played: `codec` when the browser has no decoder for it; what came before it plays on. */
  onError: (kind: "codec" | "media", reason: string) => void;
}>;

type Managed = Readonly<{ ManagedMediaSource?: typeof MediaSource }>;
type Slot = { splice: Splice; buffer: TrackBuffer | undefined; waiting: Chunk[] };

/** How close before a hole browsers stop, at the usual speed; at a higher one they stop as much earlier. */
const HOLE_AT_SEC = 0.12;
/** A video that says itself that it has nothing to go on with may stand further away: sound and picture end apart. */
const STANDS_AT_SEC = 0.5;

/** MediaSource, or what phones have in its place. */
export function mediaSourceType(): typeof MediaSource | undefined {
  const { ManagedMediaSource } = globalThis as Managed;
  return globalThis.MediaSource ?? ManagedMediaSource;
}

/** Whether the browser has a decoder for this. */
export function supportsType(mime: string): boolean {
  return mediaSourceType()?.isTypeSupported(mime) === true;
}

export class Timeline {
  readonly #video: HTMLVideoElement;
  readonly #options: TimelineOptions;
  readonly #slots: Readonly<Record<Kind, Slot>>;
  #source: MediaSource | undefined;
  #closing = new AbortController();
  #tracks: readonly Kind[] = [];
  #isEnded = false;
  #seekInPlace = false;
  #wantsMore = true;

  constructor(video: HTMLVideoElement, options: TimelineOptions) {
    this.#video = video;
    this.#options = options;
    const slot = (kind: Kind): Slot => ({
      splice: new Splice({
        out: (chunk) => this.#append(kind, chunk),
        onCut: (lane) => options.onCut(kind, lane),
        onRewind: (sec) => this.#takeBack(kind, sec),
        positionSec: () => video.currentTime,
      }),
      buffer: undefined,
      waiting: [],
    });
    this.#slots = { video: slot("video"), audio: slot("audio") };
  }

  /** Which tracks the show has; undefined tracks are never waited for. Others than before need a new MediaSource. */
  setTracks(tracks: readonly Kind[]): void {
    const same = tracks.length === this.#tracks.length && tracks.every((kind) => this.#tracks.includes(kind));
    if (same && this.#source !== undefined) return;
    this.#tracks = tracks;
    this.#open();
  }

  get tracks(): readonly Kind[] {
    return this.#tracks;
  }

  /** False while the browser asks to be left alone (ManagedMediaSource). */
  get wantsMore(): boolean {
    return this.#wantsMore;
  }

  /** Media until here has come, also what still waits to be appended. */
  endSec(kind: Kind): number | undefined {
    return this.#slots[kind].splice.endSec;
  }

  current(kind: Kind): Lane | undefined {
    return this.#slots[kind].splice.current;
  }

  push(kind: Kind, lane: Lane, chunk: Chunk): void {
    this.#slots[kind].splice.push(lane, chunk);
  }

  /** `lane` takes over where the present one can be left on a frame. */
  prepare(kind: Kind, lane: Lane): void {
    this.#slots[kind].splice.prepare(lane);
  }

  /** Nothing more comes from `lane`. */
  over(kind: Kind, lane: Lane): void {
    this.#slots[kind].splice.over(lane);
  }

  /** Empties a track; `lane` begins anew, anywhere. */
  restart(kind: Kind, lane: Lane): void {
    this.#isEnded = false;
    const slot = this.#slots[kind];
    slot.splice.reset(lane);
    slot.waiting = [];
    slot.buffer?.clear();
  }

  /** The picture from `sec` on is to come from the lane that is being prepared. */
  rewind(sec: number): void {
    this.#takeBack("video", sec);
    this.#slots.video.splice.rewind(sec);
  }

  /** The picture comes from the lane that is being prepared, now; the viewer may see a hitch. */
  force(): void {
    if (!this.#slots.video.splice.force()) return;
    // A decoder that was given other frames than it was going to read begins anew with a seek.
    this.#seekInPlace = true;
  }

  /** What can be played: there in all tracks. */
  ranges(): Range[] {
    return intersect(this.#tracks.map((kind) => this.#slots[kind].buffer?.ranges() ?? []));
  }

  /** How far one could play on from `atSec`. */
  aheadSec(atSec: number): number {
    return aheadOf(this.ranges(), atSec);
  }

  /** Jumps over a hole that the playhead stands before. True: it did. */
  jumpHole(): boolean {
    const at = this.#video.currentTime;
    const ranges = this.ranges();
    const stands = this.#video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
    const standsAtSec = stands ? STANDS_AT_SEC : HOLE_AT_SEC * Math.max(1, this.#video.playbackRate);
    // Where it stands, even the smallest hole is one that this browser does not play over.
    if (this.#video.seeking || aheadOf(ranges, at, stands ? 0 : undefined) > standsAtSec) return false;
    const next = behindHole(ranges, at + HOLE_AT_SEC / 2);
    if (next === undefined) return false;
    this.#video.currentTime = next + 0.001;
    return true;
  }

  /** Lets the browser seek within the window of a live show. */
  setWindow(startSec: number, edgeSec: number): void {
    if (this.#source?.readyState !== "open" || edgeSec <= startSec) return;
    if (this.#source.duration === Number.POSITIVE_INFINITY) {
      this.#source.setLiveSeekableRange(Math.max(0, startSec), edgeSec + 1);
    }
  }

  /** No frame comes after what was pushed: the video may end. */
  end(): void {
    this.#isEnded = true;
    this.#finish();
  }

  /** Reads again what is under the playhead, when that was exchanged. */
  refresh(): void {
    if (!this.#seekInPlace || aheadOf(this.ranges(), this.#video.currentTime) < HOLE_AT_SEC) return;
    this.#seekInPlace = false;
    this.#video.currentTime += 0.001;
  }

  evict(): void {
    for (const kind of this.#tracks) this.#slots[kind].buffer?.evict();
  }

  /** The media source is broken: the next one is opened with the next tracks. */
  reset(): void {
    this.#closeSource();
    this.#tracks = [];
  }

  close(): void {
    this.#closeSource();
    this.#video.removeAttribute("src");
    this.#video.load();
  }

  #open(): void {
    this.#closeSource();
    const Source = mediaSourceType();
    if (Source === undefined) return;
    const source = new Source();
    this.#source = source;
    this.#closing = new AbortController();
    const { signal } = this.#closing;
    source.addEventListener("sourceopen", () => this.#begin(), { signal });
    source.addEventListener("startstreaming", () => (this.#wantsMore = true), { signal });
    source.addEventListener("endstreaming", () => (this.#wantsMore = false), { signal });
    if (globalThis.MediaSource === undefined) this.#video.disableRemotePlayback = true;
    const url = URL.createObjectURL(source);
    signal.addEventListener("abort", () => URL.revokeObjectURL(url));
    this.#video.src = url;
    this.#options.onOpened();
  }

  #closeSource(): void {
    this.#closing.abort();
    this.#source = undefined;
    this.#wantsMore = true;
    for (const slot of Object.values(this.#slots)) {
      slot.buffer?.close();
      slot.buffer = undefined;
      slot.waiting = [];
    }
  }

  #append(kind: Kind, chunk: Chunk): void {
    const slot = this.#slots[kind];
    if (slot.buffer) return slot.buffer.append(chunk);
    slot.waiting.push(chunk);
    this.#begin();
  }

  /** All SourceBuffers must be there before the first of them is given an init. */
  #begin(): void {
    const source = this.#source;
    if (source?.readyState !== "open") return;
    const inits = this.#tracks.map((kind) => this.#slots[kind].waiting[0]?.init);
    if (inits.includes(undefined) || this.#tracks.some((kind) => this.#slots[kind].buffer)) return;
    const refused = inits.find((init) => init !== undefined && !supportsType(init.mime));
    if (refused !== undefined) {
      this.reset();
      return this.#options.onError("codec", `no decoder for ${refused.mime}`);
    }
    source.duration = Number.POSITIVE_INFINITY;
    for (const init of inits) if (init) this.#addBuffer(source, init);
    for (const kind of this.#tracks) {
      const slot = this.#slots[kind];
      for (const chunk of slot.waiting.splice(0)) slot.buffer?.append(chunk);
    }
  }

  #addBuffer(source: MediaSource, { mime, track }: Init): void {
    this.#slots[track.kind].buffer = new TrackBuffer(source.addSourceBuffer(mime), mime, {
      positionSec: () => this.#video.currentTime,
      isOpen: () => source.readyState === "open",
      supports: supportsType,
      onError: this.#options.onError,
      onChange: () => {
        if (this.#isEnded) this.#finish();
        this.#options.onChange();
      },
    });
  }

  #takeBack(kind: Kind, sec: number): void {
    const slot = this.#slots[kind];
    slot.waiting = slot.waiting.filter((chunk) => startSec(chunk) < sec);
    slot.buffer?.remove({ startSec: sec, endSec: Number.POSITIVE_INFINITY });
  }

  #finish(): void {
    if (this.#source?.readyState !== "open") return;
    if (this.#tracks.some((kind) => this.#slots[kind].buffer?.isBusy !== false)) return;
    this.#source.endOfStream();
  }
}
