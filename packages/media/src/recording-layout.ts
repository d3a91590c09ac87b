/**
 * How the renditions of a recording lie beside each other. Pure. All are laid on the slots of the first video rendition, so that every
 * playlist has the same times and the same discontinuities. A transcoded rung that misses more than a quarter of the show is left
 * out: the source is always whole.
 */
import { type RecordedSegment, type RecordedTrack, type RecordingIndex, spanSec } from "./recording.ts";
import type { Track } from "./sample.ts";

/** A stretch of the recording that is one segment of the first rendition; `breaks`: what was before does not go on in it. */
export type Slot = Readonly<{ discontinuity: number; fromSec: number; toSec: number; wallMs: number; breaks: boolean }>;

/** `share` is how much of the slots has media, 0 to 1. */
export type LaidOut = Readonly<{ track: RecordedTrack; slots: readonly (readonly RecordedSegment[])[]; share: number }>;

/** `timeline` is what all renditions share; `renditions` are those that are offered, the source first. */
export type RecordingLayout = Readonly<{ timeline: readonly Slot[]; renditions: readonly LaidOut[] }>;

/** Media time, where it stands in the recording, and for how long both run alike. */
export type LayoutSpan = Readonly<{ mediaMs: number; atMs: number; durationMs: number }>;

/** A jump of the timeline that players would stumble over. */
const HOLE_SEC = 0.25;
/** Stamps are rounded to ticks. */
const SAME_MS = 50;
const MIN_SHARE = 0.75;
/** Shorter segments say little about the peak. */
const PEAK_SEC = 0.5;
/** Lays the renditions out; those that are not offered are left out. */
export function layOut({ renditions }: RecordingIndex): RecordingLayout {
  const ordered = renditions.toSorted((one, other) => rank(one) - rank(other) || (one.name < other.name ? -1 : 1));
  const timeline = slotsOf(ordered);
  const laid = ordered.map((track) => place(track, timeline));
  const offered = laid.filter(({ track, share }) => isSource(track) || share >= MIN_SHARE);
  return { timeline, renditions: offered };
}

/** Most of what a rendition shows: its most frequent track, by duration. */
export function mainTrack({ segments }: RecordedTrack): Track | undefined {
  const lasts = new Map<Track, number>();
  for (const segment of segments) {
    const { fromSec, toSec } = spanSec(segment);
    lasts.set(segment.init.track, (lasts.get(segment.init.track) ?? 0) + toSec - fromSec);
  }
  return [...lasts].toSorted((a, b) => b[1] - a[1])[0]?.[0];
}

/** Bits a second over the whole, and of the largest segment. */
export function bitRatesOf({ segments }: RecordedTrack): { averageBps: number; peakBps: number } {
  let bits = 0;
  let lastedSec = 0;
  let peakBps = 0;
  for (const segment of segments) {
    const { fromSec, toSec } = spanSec(segment);
    bits += segment.sizeBytes * 8;
    lastedSec += toSec - fromSec;
    if (toSec - fromSec >= PEAK_SEC) peakBps = Math.max(peakBps, (segment.sizeBytes * 8) / (toSec - fromSec));
  }
  const averageBps = lastedSec > 0 ? bits / lastedSec : 0;
  return { averageBps, peakBps: Math.max(peakBps, averageBps) };
}

/** Media time against the recording's own: one span where nothing is missing. */
export function spansOf({ timeline }: RecordingLayout): LayoutSpan[] {
  const spans: { mediaMs: number; atMs: number; durationMs: number }[] = [];
  let atMs = 0;
  for (const { fromSec, toSec } of timeline) {
    const [mediaMs, durationMs] = [fromSec * 1000, (toSec - fromSec) * 1000];
    const last = spans.at(-1);
    const goesOn = last !== undefined && Math.abs(last.mediaMs + last.durationMs - mediaMs) <= SAME_MS;
    if (goesOn) last.durationMs += durationMs;
    else spans.push({ mediaMs, atMs, durationMs });
    atMs += durationMs;
  }
  return spans;
}

/** What the rendition shows. */
export function kindOf({ segments }: RecordedTrack): "video" | "audio" {
  return segments[0]?.init.track.kind ?? "video";
}

function slotsOf([first, ...others]: readonly RecordedTrack[]): Slot[] {
  let found = (first?.segments ?? []).map(slotOf);
  for (const { segments } of others) {
    const search = new SlotSearch(found);
    // Sound before the first picture, or after the last one, has slots of its own.
    const added = segments.filter((segment) => search.find(segment) === undefined);
    if (added.length > 0) found = [...found, ...added.map(slotOf)].toSorted(inOrder);
  }
  let before: Slot | undefined;
  return found.map((slot) => {
    const jumps = before !== undefined && Math.abs(slot.fromSec - before.toSec) > HOLE_SEC;
    const breaks = before !== undefined && (before.discontinuity !== slot.discontinuity || jumps);
    before = slot;
    return breaks ? { ...slot, breaks } : slot;
  });
}

function slotOf(segment: RecordedSegment): Slot {
  return { discontinuity: segment.discontinuity, ...spanSec(segment), wallMs: segment.wallMs, breaks: false };
}

function inOrder(one: Slot, other: Slot): number {
  return one.discontinuity - other.discontinuity || one.fromSec - other.fromSec;
}

/** Finds the slots of segments that come in order: no step is done twice. */
class SlotSearch {
  readonly #slots: readonly Slot[];
  #at = 0;

  constructor(slots: readonly Slot[]) {
    this.#slots = slots;
  }

  /** The number of the slot in which the middle of the segment lies. */
  find({ discontinuity, startTicks, durationTicks, init }: RecordedSegment): number | undefined {
    const middleSec = (startTicks + durationTicks / 2) / init.track.timescale;
    let slot = this.#slots[this.#at];
    while (
      slot !== undefined &&
      (slot.discontinuity < discontinuity || (slot.discontinuity === discontinuity && slot.toSec <= middleSec))
    ) {
      this.#at += 1;
      slot = this.#slots[this.#at];
    }
    const fits = slot !== undefined && slot.discontinuity === discontinuity && slot.fromSec <= middleSec;
    return fits ? this.#at : undefined;
  }
}

function place(track: RecordedTrack, timeline: readonly Slot[]): LaidOut {
  const slots: RecordedSegment[][] = timeline.map(() => []);
  const search = new SlotSearch(timeline);
  for (const segment of track.segments) {
    const at = search.find(segment);
    if (at !== undefined) slots[at]?.push(segment);
  }
  const filled = slots.filter((one) => one.length > 0).length;
  return { track, slots, share: timeline.length === 0 ? 0 : filled / timeline.length };
}

/** The source's picture decides about the timeline, then its sound. */
function rank(track: RecordedTrack): number {
  if (track.name === "v0") return 0;
  return kindOf(track) === "video" ? 1 : 2;
}

function isSource({ name }: RecordedTrack): boolean {
  return name === "v0" || name === "a0";
}
