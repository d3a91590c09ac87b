/**
 * From a recording's index to its playlists. Pure. rfc8216bis §4.4.4.7 (gaps), §6.2.4 (variants).
 *
 * All renditions are laid on the slots of the first video rendition, so that every playlist has the same times and the same
 * discontinuities. Where a rendition has nothing for a slot (a rung that began later or was shed, a source without sound) its playlist
 * says EXT-X-GAP. A transcoded rung that misses more than a quarter of the show is left out: the source is always whole.
 */
import { type Segment, serializeMediaPlaylist } from "@rostrum/media/hls/media-playlist";
import {
  type MultivariantPlaylist,
  serializeMultivariantPlaylist,
  type Variant,
} from "@rostrum/media/hls/multivariant-playlist";
import { type RecordedSegment, type RecordedTrack, type RecordingIndex, spanSec } from "@rostrum/media/recording";
import type { Track } from "@rostrum/media/sample";

/** A stretch of the recording that is one segment of the first rendition; `breaks`: what was before does not go on in it. */
export type Slot = Readonly<{ discontinuity: number; fromSec: number; toSec: number; wallMs: number; breaks: boolean }>;

/** `share` is how much of the slots has media, 0 to 1. */
export type LaidOut = Readonly<{ track: RecordedTrack; slots: readonly (readonly RecordedSegment[])[]; share: number }>;

/** `timeline` is what all renditions share; `renditions` are those that are offered, the source first. */
export type VodLayout = Readonly<{ timeline: readonly Slot[]; renditions: readonly LaidOut[] }>;

/** A jump of the timeline that players would stumble over. */
const HOLE_SEC = 0.25;
const MIN_SHARE = 0.75;
const AUDIO_GROUP = "aud";
/** Shorter segments say little about the peak. */
const PEAK_SEC = 0.5;
const FAMILY = /^[^.]+/;

/** Lays the renditions out; those that are not offered are left out. */
export function layOut({ renditions }: RecordingIndex): VodLayout {
  const ordered = renditions.toSorted((one, other) => rank(one) - rank(other) || (one.name < other.name ? -1 : 1));
  const timeline = slotsOf(ordered);
  const laid = ordered.map((track) => place(track, timeline));
  const offered = laid.filter(({ track, share }) => isSource(track) || share >= MIN_SHARE);
  return { timeline, renditions: offered };
}

/** @throws {RangeError} there is nothing to be played */
export function multivariantText({ renditions }: VodLayout): string {
  const video = renditions.filter(({ track }) => kindOf(track) === "video");
  const audio = renditions.filter(({ track }) => kindOf(track) === "audio");
  if (renditions.length === 0) throw new RangeError("a recording without any media");
  const groups: MultivariantPlaylist["media"] = (video.length === 0 ? [] : audio).map((one) => ({
    type: "AUDIO",
    groupId: groupOf(one),
    name: "main",
    default: true,
    autoselect: true,
    channels: String(channelsOf(one)),
    uri: `${one.track.name}/index.m3u8`,
  }));
  const variants =
    video.length === 0
      ? audio.map((one) => variant([one]))
      : (audio.length === 0 ? [undefined] : audio).flatMap((sound) =>
          video.map((one) =>
            sound === undefined ? variant([one]) : { ...variant([one, sound]), audio: groupOf(sound) },
          ),
        );
  return serializeMultivariantPlaylist({ media: groups, variants });
}

/** One rendition's media playlist. */
export function mediaText(layout: VodLayout, rendition: LaidOut, targetDurationSec: number): string {
  const segments: Segment[] = [];
  let init: string | undefined;
  for (const [at, slot] of layout.timeline.entries()) {
    const found = rendition.slots[at] ?? [];
    if (found.length === 0) segments.push(gap(slot, at));
    for (const [nth, segment] of found.entries()) {
      segments.push(entry(segment, slot.breaks && nth === 0, segment.init.name !== init));
      init = segment.init.name;
    }
  }
  return serializeMediaPlaylist({
    targetDurationSec,
    mediaSequence: 0,
    playlistType: "VOD",
    segments,
    endList: true,
  });
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

function slotsOf([first, ...others]: readonly RecordedTrack[]): Slot[] {
  const found = (first?.segments ?? []).map((segment) => slotOf(segment));
  for (const { segments } of others) {
    const known = found.toSorted(inOrder);
    // Sound before the first picture, or after the last one, has slots of its own.
    for (const segment of segments) if (slotAt(known, slotOf(segment)) === undefined) found.push(slotOf(segment));
  }
  return found.toSorted(inOrder).map((slot, at, all) => {
    const before = all[at - 1];
    const jumps = before !== undefined && Math.abs(slot.fromSec - before.toSec) > HOLE_SEC;
    return { ...slot, breaks: before !== undefined && (before.discontinuity !== slot.discontinuity || jumps) };
  });
}

function slotOf(segment: RecordedSegment): Slot {
  return { discontinuity: segment.discontinuity, ...spanSec(segment), wallMs: segment.wallMs, breaks: false };
}

function inOrder(one: Slot, other: Slot): number {
  return one.discontinuity - other.discontinuity || one.fromSec - other.fromSec;
}

/** The number of the slot in which the middle of `wanted` lies. */
function slotAt(slots: readonly Slot[], wanted: Slot): number | undefined {
  const middle = { ...wanted, fromSec: (wanted.fromSec + wanted.toSec) / 2 };
  let low = 0;
  let high = slots.length;
  while (low < high) {
    const half = (low + high) >> 1;
    const slot = slots[half];
    if (slot !== undefined && inOrder(slot, middle) <= 0) low = half + 1;
    else high = half;
  }
  const slot = slots[low - 1];
  const fits = slot !== undefined && slot.discontinuity === wanted.discontinuity && middle.fromSec < slot.toSec;
  return fits ? low - 1 : undefined;
}

function place(track: RecordedTrack, timeline: readonly Slot[]): LaidOut {
  const slots: RecordedSegment[][] = timeline.map(() => []);
  for (const segment of track.segments) {
    const at = slotAt(timeline, slotOf(segment));
    if (at !== undefined) slots[at]?.push(segment);
  }
  const filled = slots.filter((one) => one.length > 0).length;
  return { track, slots, share: timeline.length === 0 ? 0 : filled / timeline.length };
}

function entry(segment: RecordedSegment, discontinuity: boolean, newInit: boolean): Segment {
  const { fromSec, toSec } = spanSec(segment);
  return {
    ...(discontinuity && { discontinuity: true }),
    ...(newInit && { map: { uri: `${segment.init.name}.mp4` } }),
    programDateTime: new Date(segment.wallMs),
    uri: `${segment.name}.m4s`,
    durationSec: toSec - fromSec,
  };
}

function gap(slot: Slot, at: number): Segment {
  return {
    ...(slot.breaks && { discontinuity: true }),
    programDateTime: new Date(slot.wallMs),
    uri: `gap-${at}.m4s`,
    durationSec: slot.toSec - slot.fromSec,
    gap: true,
  };
}

/** The source's picture decides about the timeline, then its sound. */
function rank(track: RecordedTrack): number {
  if (track.name === "v0") return 0;
  return kindOf(track) === "video" ? 1 : 2;
}

function isSource({ name }: RecordedTrack): boolean {
  return name === "v0" || name === "a0";
}

function kindOf({ segments }: RecordedTrack): "video" | "audio" {
  return segments[0]?.init.track.kind ?? "video";
}

function groupOf({ track: { name } }: LaidOut): string {
  return name === "a0" ? AUDIO_GROUP : `${AUDIO_GROUP}-${name}`;
}

function channelsOf({ track }: LaidOut): number {
  const main = mainTrack(track);
  return main?.kind === "audio" ? main.channels : 2;
}

function variant(parts: readonly LaidOut[]): Variant {
  const [first] = parts;
  const rates = parts.map(({ track }) => bitRatesOf(track));
  const main = first && mainTrack(first.track);
  return {
    uri: `${first?.track.name ?? ""}/index.m3u8`,
    bandwidthBps: Math.ceil(rates.reduce((sum, { peakBps }) => sum + peakBps, 0)),
    averageBandwidthBps: Math.ceil(rates.reduce((sum, { averageBps }) => sum + averageBps, 0)),
    codecs: parts.flatMap(({ track }) => codecsOf(track)),
    ...(main?.kind === "video" && { resolution: { widthPx: main.widthPx, heightPx: main.heightPx } }),
    ...(main?.kind === "video" && first && { frameRate: frameRateOf(first.track, main) }),
  };
}

/** One of each kind: that which is shown for longest stands for the others, since players ask for a decoder only once. */
function codecsOf(rendition: RecordedTrack): string[] {
  const families = new Map<string, RecordedSegment[]>();
  for (const segment of rendition.segments) {
    const family = FAMILY.exec(segment.init.track.codecs)?.[0] ?? "";
    const known = families.get(family);
    if (known === undefined) families.set(family, [segment]);
    else known.push(segment);
  }
  return [...families.values()].flatMap((segments) => mainTrack({ name: rendition.name, segments })?.codecs ?? []);
}

/** As measured; what the encoder promises when it keeps that. */
function frameRateOf({ segments }: RecordedTrack, main: Extract<Track, { kind: "video" }>): number {
  let samples = 0;
  let ticks = 0;
  for (const segment of segments) {
    if (segment.init.track !== main) continue;
    samples += segment.samples;
    ticks += segment.durationTicks;
  }
  const measured = ticks > 0 ? (samples * main.timescale) / ticks : (main.frameRate ?? 30);
  const { frameRate: promised } = main;
  return promised !== undefined && Math.abs(promised / measured - 1) < 0.02 ? promised : measured;
}
