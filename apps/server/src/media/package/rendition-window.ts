/** The live window of one rendition: closed segments, the open one, and what viewers may ask of them. No I/O, no clock. */
import type { Track } from "@rostrum/media/sample";
import type { Promises } from "./targets.ts";

/** One EXT-X-MAP. `name` is the file's name without ending, unique within the rendition for ever. */
export type LiveInit = Readonly<{ name: string; track: Track; bytes: Buffer }>;

/** `durationSec` is what the playlist says: never more than the part target. `independent`: a key frame is in it. */
export type LivePart = Readonly<{ durationSec: number; independent: boolean; samples: number; bytes: Buffer }>;

/** What is known of a segment from its beginning. */
export type SegmentStart = Readonly<{
  /** File name without ending; no other segment, of any run of the server, has it. */
  name: string;
  init: LiveInit;
  /** Discontinuity sequence number, equal over the renditions. */
  discontinuity: number;
  startTicks: number;
  /** Unix ms of its first presented picture. */
  wallMs: number;
}>;

export type LiveSegment = SegmentStart &
  Readonly<{
    msn: number;
    /** EXT-X-DISCONTINUITY tags in front of it. */
    discontinuityTags: number;
  }> & {
    durationTicks: number;
    sizeBytes: number;
    samples: number;
    /** In memory, oldest first; undefined when only the file is left. */
    parts: readonly LivePart[] | undefined;
    /** Its file is complete. */
    stored: boolean;
    /** Nothing is left of it: EXT-X-GAP. */
    gap: boolean;
  };

export type OpenSegment = SegmentStart &
  Readonly<{ msn: number; discontinuityTags: number }> & { durationTicks: number; parts: LivePart[] };

/** The part that comes next: of the segment with that file name. EXT-X-PRELOAD-HINT, rfc8216bis §4.4.5.3. */
export type NextPart = Readonly<{ name: string; part: number }>;

/** How far a playlist reaches: the newest part, or the end of the newest closed segment (`part` -1). */
export type Edge = Readonly<{ msn: number; part: number }>;

/** rfc8216bis §6.2.5.2: how many segments beyond the newest one may be asked for. */
const MAX_AHEAD_SEGMENTS = 2;

export class RenditionWindow {
  readonly name: string;
  readonly promises: Promises;
  /** Oldest first, without holes. Those before `head` have left the playlist and can still be fetched. */
  readonly #segments = new Map<number, LiveSegment>();
  readonly #inits = new Map<string, LiveInit>();
  readonly #listeners = new Set<() => void>();
  #open: OpenSegment | undefined;
  #head: number;
  #next: number;
  /** Of the newest closed segment: its discontinuity sequence number and where it ends. */
  #lastDiscontinuity: number | undefined;
  #lastEndTicks: number | undefined;
  #version = 0;
  #state: "live" | "paused" | "ended" = "live";
  #nameSegment: ((msn: number) => string) | undefined;
  #stalled = false;

  /** @param begin numbers of the first segment to come and, when there was one, of the discontinuity before it */
  constructor(name: string, promises: Promises, begin: Readonly<{ msn: number; discontinuity?: number | undefined }>) {
    this.name = name;
    this.promises = promises;
    this.#head = begin.msn;
    this.#next = begin.msn;
    this.#lastDiscontinuity = begin.discontinuity;
  }

  /** Grows with every change that a playlist shows. */
  get version(): number {
    return this.#version;
  }
  get state(): "live" | "paused" | "ended" {
    return this.#state;
  }
  /** Undefined also while what is open is not part of the show. */
  get open(): OpenSegment | undefined {
    return this.#next < this.#head ? undefined : this.#open;
  }
  get isOpen(): boolean {
    return this.#open !== undefined;
  }
  /** Undefined when it has no name yet, or never comes. Also while the source is away: viewers may wait for its return. */
  get nextPart(): NextPart | undefined {
    if (this.#state === "ended" || this.#stalled) return undefined;
    if (this.open !== undefined) return { name: this.open.name, part: this.open.parts.length };
    return this.#nameSegment && { name: this.#nameSegment(Math.max(this.#next, this.#head)), part: 0 };
  }
  /** MSN of the first segment of the playlist. */
  get head(): number {
    return this.#head;
  }
  /** MSN of the open segment, or of the next to be opened. */
  get nextMsn(): number {
    return this.#open === undefined ? Math.max(this.#next, this.#head) : this.#next;
  }
  /** Discontinuity sequence number of the newest closed segment. */
  get lastDiscontinuity(): number | undefined {
    return this.#lastDiscontinuity;
  }
  get latestInit(): LiveInit | undefined {
    return [...this.#inits.values()].at(-1);
  }
  get hasClosed(): boolean {
    return this.#next > this.#head;
  }
  /** Ticks where everything published ends; undefined before the first segment. */
  get endTicks(): number | undefined {
    return this.#open === undefined ? this.#lastEndTicks : endOf(this.#open);
  }

  /** The closed segments of the playlist, oldest first. */
  closed(): LiveSegment[] {
    const list: LiveSegment[] = [];
    for (let msn = this.#head; msn < this.#next; msn += 1) {
      const segment = this.#segments.get(msn);
      if (segment !== undefined) list.push(segment);
    }
    return list;
  }
  /** A closed segment that can be fetched, also one that has left the playlist. */
  segment(msn: number): LiveSegment | undefined {
    return this.#segments.get(msn);
  }
  init(name: string): LiveInit | undefined {
    return this.#inits.get(name);
  }
  inits(): IterableIterator<LiveInit> {
    return this.#inits.values();
  }

  /** Calls `listener` at once after each change. Returns how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** From now on segments are called so. */
  setNames(nameSegment: (msn: number) => string): void {
    this.#nameSegment = nameSegment;
  }

  addInit(init: LiveInit): void {
    this.#inits.set(init.name, init);
  }

  /** Nothing comes of it until the next segment begins: parts that were announced do not come. */
  stall(): void {
    if (this.#stalled) return;
    this.#stalled = true;
    this.#changed();
  }

  /**
   * Puts a segment without media behind the others, in place of the open one if there is one: EXT-X-GAP, rfc8216bis §4.4.4.7.
   * Players that read this rendition go on with another one.
   */
  addGap(start: SegmentStart, durationTicks: number): LiveSegment {
    const msn = this.nextMsn;
    this.#open = undefined;
    const discontinuityTags = this.#tagsBefore(start);
    const nothing = { parts: undefined, sizeBytes: 0, samples: 0, stored: false, gap: true };
    const segment: LiveSegment = { ...start, msn, discontinuityTags, durationTicks, ...nothing };
    this.#add(segment);
    this.#changed();
    return segment;
  }

  /** Goes on with segment `msn`, which is later than the next one: what was there before is gone. */
  skipTo(msn: number): void {
    this.#open = undefined;
    this.#segments.clear();
    this.#next = msn;
    this.#head = Math.max(this.#head, msn);
    this.#changed();
  }

  /** Puts a closed segment of an earlier run behind the others. */
  restore(segment: LiveSegment): void {
    this.#add(segment);
  }

  openSegment(start: SegmentStart): void {
    this.#next = this.nextMsn;
    this.#start(start);
  }

  /** Appends a part to the open segment. */
  addPart(part: LivePart, durationTicks: number): void {
    this.#append(part, durationTicks);
    this.#changed();
  }

  /** Closes the open segment with its last part. `next` is opened in the same version, so that a hint can name its first part. */
  closeSegment(part: LivePart, durationTicks: number, next: SegmentStart | undefined): LiveSegment {
    const open = this.#append(part, durationTicks);
    const segment = this.#close(open);
    if (next !== undefined) this.#start(next);
    this.#changed();
    return segment;
  }

  /** Nothing comes for now (`paused`) or ever (`ended`). An open segment must have been closed. */
  rest(state: "paused" | "ended"): void {
    if (this.#state === state || this.#state === "ended") return;
    this.#state = state;
    this.#changed();
  }

  /** Closes the open segment with the parts it has; without any it is as if it had never been opened. */
  closeAsIs(): LiveSegment | undefined {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return undefined;
    const segment = open.parts.length > 0 ? this.#close(open) : undefined;
    this.#changed();
    return segment;
  }

  /** Lets go of a segment's bytes in memory; from now on it is read from its file and its parts are not listed. */
  releaseParts(msn: number): void {
    const segment = this.#segments.get(msn);
    if (segment?.parts === undefined) return;
    segment.parts = undefined;
    this.#changed();
  }

  /**
   * The show begins with segment `msn`, which may be still to come: what is before it can be neither listed nor fetched from
   * now on. Returns the closed segments that are gone.
   */
  begin(msn: number): LiveSegment[] {
    this.#head = Math.max(this.#head, msn);
    const gone = [...this.#segments.values()].filter((segment) => segment.msn < this.#head);
    for (const segment of gone) this.#segments.delete(segment.msn);
    this.#changed();
    return gone;
  }

  /** Takes the segments before `msn` out of the playlist; they can be fetched until `forget`. The newest closed one stays. */
  moveHead(msn: number): void {
    const head = Math.min(msn, this.#next - 1);
    if (head <= this.#head) return;
    this.#head = head;
    this.#changed();
  }

  /** Drops a segment that has left the playlist. */
  forget(msn: number): void {
    if (msn < this.#head) this.#segments.delete(msn);
  }

  /** How far the playlist reaches now; undefined without any media. */
  edge(): Edge | undefined {
    if (this.open !== undefined && this.open.parts.length > 0) {
      return { msn: this.open.msn, part: this.open.parts.length - 1 };
    }
    return this.hasClosed ? { msn: this.#next - 1, part: -1 } : undefined;
  }

  /** Whether a blocking request is answered now, later, or refused as too far ahead. rfc8216bis §6.2.5.2. */
  reach(msn: number, part: number | undefined): "now" | "later" | "too_far" {
    if (this.#state === "ended") return "now";
    // What runs until the show begins is not shown: players that were at its edge wait for the beginning.
    if (this.#next < this.#head && msn <= this.#head) return "later";
    // A part behind the last one of its segment stands for the first one of the next.
    const last = this.#segments.get(this.#next - 1)?.parts?.length;
    if (msn === this.#next - 1 && part !== undefined && last !== undefined && part >= last)
      return this.reach(this.#next, 0);
    if (msn < this.#next) return "now";
    const published = this.open?.parts.length ?? 0;
    if (msn === this.#next && part !== undefined && part < published) return "now";
    const { partTargetSec } = this.promises;
    const aheadParts = Math.ceil(partTargetSec < 1 ? 3 / partTargetSec : 3);
    const newestMsn = published > 0 ? this.#next : this.#next - 1;
    if (msn > newestMsn + MAX_AHEAD_SEGMENTS) return "too_far";
    if (msn === this.#next && part !== undefined && part >= published + aheadParts) return "too_far";
    return "later";
  }

  #append(part: LivePart, durationTicks: number): OpenSegment {
    if (this.#open === undefined) throw new Error("no open segment");
    this.#open.parts.push(part);
    this.#open.durationTicks += durationTicks;
    return this.#open;
  }

  #start(start: SegmentStart): void {
    const discontinuityTags = this.#tagsBefore(start);
    this.#open = { ...start, msn: this.#next, discontinuityTags, durationTicks: 0, parts: [] };
    this.#state = "live";
    this.#stalled = false;
  }

  #tagsBefore(start: SegmentStart): number {
    return this.#lastDiscontinuity === undefined ? 0 : start.discontinuity - this.#lastDiscontinuity;
  }

  #close(open: OpenSegment): LiveSegment {
    let sizeBytes = 0;
    let samples = 0;
    for (const part of open.parts) {
      sizeBytes += part.bytes.length;
      samples += part.samples;
    }
    const segment: LiveSegment = { ...open, sizeBytes, samples, stored: false, gap: false };
    this.#open = undefined;
    this.#add(segment);
    return segment;
  }

  #add(segment: LiveSegment): void {
    if (segment.msn >= this.#head) this.#segments.set(segment.msn, segment);
    this.#next = segment.msn + 1;
    this.#lastDiscontinuity = segment.discontinuity;
    this.#lastEndTicks = endOf(segment);
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}

function endOf(segment: LiveSegment | OpenSegment): number {
  return segment.startTicks + segment.durationTicks;
}
