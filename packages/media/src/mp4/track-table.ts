/** What is known of one track's samples, and the part of them that a file shows. */
import type { Sample, Track } from "../sample.ts";
import { sampleEntry } from "../fmp4/sample-entry.ts";
import { Numbers } from "./numbers.ts";

/** Samples `first` to `last`, both inclusive, are in the file; those from `fromTicks` to `toTicks` (exclusive, composition time) are shown. */
export type Kept = Readonly<{ first: number; last: number; fromTicks: number; toTicks: number }>;

/** A file has one timescale per track; beyond this a common one for different sample rates is given up, and times are rounded. */
const MAX_TIMESCALE = 12_000_000;
/** What a decoder must have heard before its output is right: one frame of AAC, 80 ms of Opus (RFC 7845 §4.6). */
const PRIMING = { aac: 1, opus: 4 } as const;

/** Collects samples in decoding order. Memory: 21 bytes a sample. */
export class TrackTable {
  readonly kind: Track["kind"];
  readonly #tracks: Track[] = [];
  readonly #entries = new Map<string, number>();
  readonly #entryBytes: Uint8Array[] = [];
  readonly #dts = new Numbers(Float64Array);
  readonly #offsets = new Numbers(Int32Array);
  readonly #sizes = new Numbers(Uint32Array);
  readonly #keys = new Numbers(Uint8Array);
  /** Of the track that each sample was added with. */
  readonly #owner = new Numbers(Uint32Array);
  #lastDuration = 0;
  #timescale: number | undefined;

  constructor(kind: Track["kind"]) {
    this.kind = kind;
  }

  get length(): number {
    return this.#dts.length;
  }
  /** The tracks in the order in which they came. */
  get tracks(): readonly Track[] {
    return this.#tracks;
  }
  /** Sample entries, each once, in the order of their index (from 1) in stsd. */
  get entries(): readonly Uint8Array[] {
    return this.#entryBytes;
  }
  /** Ticks a second of the file's track: all times below are in it. Call it when all samples are there. */
  get timescale(): number {
    return (this.#timescale ??= commonTimescale(this.#tracks.map((track) => track.timescale)));
  }

  /** @returns the index in stsd of the track's description, from 1 */
  add(track: Track, samples: readonly Sample[]): number {
    this.#timescale = undefined;
    if (this.#tracks.at(-1) !== track) this.#tracks.push(track);
    const owner = this.#tracks.length - 1;
    for (const { dts, pts, duration, keyframe, data } of samples) {
      this.#dts.push(dts);
      this.#offsets.push(pts - dts);
      this.#sizes.push(data.length);
      this.#keys.push(keyframe ? 1 : 0);
      this.#owner.push(owner);
      this.#lastDuration = duration;
    }
    return this.#entryIndex(track);
  }

  /** The description that a sample was added with. */
  trackOf(index: number): Track | undefined {
    return this.#tracks[this.#owner.at(index)];
  }
  size(index: number): number {
    return this.#sizes.at(index);
  }
  isKey(index: number): boolean {
    return this.#keys.at(index) === 1;
  }
  dts(index: number): number {
    return this.#scale(this.#dts.at(index), index);
  }
  pts(index: number): number {
    return this.#scale(this.#dts.at(index) + this.#offsets.at(index), index);
  }
  /** Until the next sample's dts; a step back is taken as no time at all. */
  duration(index: number): number {
    const next = index + 1;
    if (next < this.length) return Math.max(0, this.dts(next) - this.dts(index));
    return this.#scale(this.#lastDuration, index);
  }

  /**
   * What must be in the file so that `fromSec` to `toSec` can be shown; null when nothing falls into it. Of video the whole pictures
   * that are on the screen between both, from the key frame before them.
   */
  keep(fromSec: number, toSec: number): Kept | null {
    if (this.length === 0) return null;
    const fromTicks = fromSec * this.timescale;
    const toTicks = toSec * this.timescale;
    return this.kind === "video" ? this.#keepVideo(fromTicks, toTicks) : this.#keepAudio(fromTicks, toTicks);
  }

  #keepVideo(fromTicks: number, toTicks: number): Kept | null {
    let first = -1;
    let last = -1;
    let shownFrom = -Infinity;
    let [earliest, end] = [Infinity, -Infinity];
    let nextAfter = Infinity;
    for (let i = 0; i < this.length; i += 1) {
      const pts = this.pts(i);
      if (this.isKey(i) && (first < 0 || pts <= fromTicks + 0.5)) first = i;
      if (first < 0) continue;
      if (pts <= fromTicks + 0.5) shownFrom = Math.max(shownFrom, pts);
      else earliest = Math.min(earliest, pts);
      if (pts < toTicks - 0.5) {
        last = i;
        end = Math.max(end, pts + this.duration(i));
      } else nextAfter = Math.min(nextAfter, pts);
    }
    if (first < 0 || last < first) return null;
    const from = shownFrom === -Infinity ? earliest : shownFrom;
    const to = nextAfter === Infinity ? end : nextAfter;
    return from < to ? { first, last, fromTicks: from, toTicks: to } : null;
  }

  #keepAudio(fromTicks: number, toTicks: number): Kept | null {
    let [first, last] = [-1, -1];
    for (let i = 0; i < this.length; i += 1) {
      if (first < 0 && this.dts(i) + this.duration(i) > fromTicks) first = i;
      if (this.dts(i) < toTicks) last = i;
    }
    if (first < 0 || last < first) return null;
    const end = this.dts(last) + this.duration(last);
    const kept = { fromTicks: Math.max(fromTicks, this.dts(first)), toTicks: Math.min(toTicks, end), last };
    return { ...kept, first: Math.max(0, first - this.#primingOf(first)) };
  }

  #primingOf(index: number): number {
    const track = this.trackOf(index);
    return track?.kind === "audio" ? PRIMING[track.codec] : 0;
  }

  #scale(ticks: number, index: number): number {
    const from = this.trackOf(index)?.timescale ?? this.timescale;
    return from === this.timescale ? ticks : Math.round((ticks * this.timescale) / from);
  }

  #entryIndex(track: Track): number {
    const bytes = sampleEntry(track);
    const key = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    this.#entryBytes.push(bytes);
    this.#entries.set(key, this.#entryBytes.length);
    return this.#entryBytes.length;
  }
}

function commonTimescale(timescales: readonly number[]): number {
  let common = timescales[0] ?? 1;
  for (const one of timescales) {
    const least = (common / divisor(common, one)) * one;
    common = least <= MAX_TIMESCALE ? least : Math.max(common, one);
  }
  return common;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
