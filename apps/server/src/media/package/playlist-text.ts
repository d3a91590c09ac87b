/** From a rendition's window to its playlist text, whole or as a delta update. rfc8216bis §4.4.5, §6.2.5. */
import {
  type Part,
  type RenditionReport,
  type Segment,
  type SegmentHead,
  serializeMediaPlaylist,
  serializeSegment,
} from "@rostrum/media/hls/media-playlist";
import type { LivePart, LiveSegment, OpenSegment, RenditionWindow } from "./rendition-window.ts";

/** Parts stand in the playlist for this many target durations from its end. §6.2.5.1: at least three. */
const PARTS_TARGET_DURATIONS = 3;
/** §4.4.3.8: at least six. */
const SKIP_TARGET_DURATIONS = 6;
const HOLD_BACK_PARTS = 3;
const HOLD_BACK_TARGET_DURATIONS = 3;
/** Delta updates ask for it; one number for whole playlists and updates. §8. */
const VERSION = 9;
/** An EXTINF is rounded before it is compared with the target duration. §4.4.3.1. */
const LONGEST_ROUNDING_SEC = 0.499;
const DISCONTINUITY = "#EXT-X-DISCONTINUITY\n";

/** How the whole playlist and its delta update read. Equal when nothing can be skipped. */
export type PlaylistTexts = Readonly<{ whole: string; delta: string }>;

/** Writes a window's playlists. Keeps the lines of closed segments, which do not change, from one version to the next. */
export class PlaylistWriter {
  readonly #window: RenditionWindow;
  readonly #lines = new Map<number, string>();

  constructor(window: RenditionWindow) {
    this.#window = window;
  }

  /** @param others the broadcast's other renditions, for EXT-X-RENDITION-REPORT */
  write(others: readonly RenditionWindow[]): PlaylistTexts {
    const window = this.#window;
    const closed = window.closed();
    const { skipped, withParts } = boundaries(closed, window);
    const head = (skip: number) => this.#head(closed[0], skip);
    const tail = this.#tail(closed.at(-1), others);
    const body = closed.map((segment, index) => this.#segment(segment, closed[index - 1], index >= withParts));
    this.#forgetBefore(window.head);
    const whole = `${head(0)}${body.join("")}${tail}`;
    if (skipped === 0) return { whole, delta: whole };
    return { whole, delta: `${head(skipped)}${body.slice(skipped).join("")}${tail}` };
  }

  #head(first: LiveSegment | undefined, skip: number): string {
    const { promises, head, open } = this.#window;
    const oldest = first ?? open;
    return serializeMediaPlaylist({
      version: VERSION,
      targetDurationSec: promises.targetDurationSec,
      serverControl: {
        canBlockReload: true,
        canSkipUntilSec: SKIP_TARGET_DURATIONS * promises.targetDurationSec,
        partHoldBackSec: HOLD_BACK_PARTS * promises.partTargetSec,
        holdBackSec: HOLD_BACK_TARGET_DURATIONS * promises.targetDurationSec,
      },
      partTargetSec: promises.partTargetSec,
      mediaSequence: head,
      discontinuitySequence: oldest === undefined ? 0 : oldest.discontinuity - oldest.discontinuityTags,
      ...(skip > 0 && { skippedSegments: skip }),
      segments: [],
    });
  }

  #segment(segment: LiveSegment, previous: LiveSegment | undefined, withParts: boolean): string {
    const longestSec = this.#window.promises.targetDurationSec + LONGEST_ROUNDING_SEC;
    if (withParts || previous === undefined) return segmentText(segment, previous, withParts, longestSec);
    const kept = this.#lines.get(segment.msn);
    if (kept !== undefined) return kept;
    const text = segmentText(segment, previous, false, longestSec);
    this.#lines.set(segment.msn, text);
    return text;
  }

  #forgetBefore(msn: number): void {
    for (const one of this.#lines.keys()) {
      if (one >= msn) return;
      this.#lines.delete(one);
    }
  }

  /** The open segment, what comes next, and the other renditions. */
  #tail(last: LiveSegment | undefined, others: readonly RenditionWindow[]): string {
    const { open, state, nextPart } = this.#window;
    const list = {
      version: VERSION,
      targetDurationSec: 1,
      mediaSequence: 0,
      segments: [],
    };
    const text = serializeMediaPlaylist({
      ...list,
      ...(open !== undefined && { openSegment: headOf(open, last, true) }),
      ...(nextPart !== undefined && { preloadHint: { type: "PART", uri: partUri(nextPart.name, nextPart.part) } }),
      ...(state !== "ended" && { renditionReports: others.flatMap(report) }),
      endList: state === "ended",
    });
    const tags = open === undefined ? "" : moreTags(open);
    return tags + text.slice(serializeMediaPlaylist(list).length);
  }
}

function boundaries(closed: readonly LiveSegment[], window: RenditionWindow): { skipped: number; withParts: number } {
  const { targetDurationSec } = window.promises;
  let fromEndSec = seconds(window.open);
  let skipped = 0;
  let withParts = closed.length;
  for (let index = closed.length - 1; index >= 0; index -= 1) {
    if (fromEndSec <= PARTS_TARGET_DURATIONS * targetDurationSec) withParts = index;
    // Older than the skip boundary is what ends before it. §4.4.5.2.
    if (fromEndSec >= SKIP_TARGET_DURATIONS * targetDurationSec) {
      skipped = index + 1;
      break;
    }
    fromEndSec += seconds(closed[index]);
  }
  return { skipped, withParts };
}

function seconds(segment: LiveSegment | OpenSegment | undefined): number {
  return segment === undefined ? 0 : segment.durationTicks / segment.init.track.timescale;
}

/** @param longestSec what the target duration allows; a hole in the source may last longer */
function segmentText(
  segment: LiveSegment,
  previous: LiveSegment | undefined,
  withParts: boolean,
  longestSec: number,
): string {
  const entry: Segment = {
    ...headOf(segment, previous, withParts),
    uri: `${segment.name}.m4s`,
    durationSec: Math.min(seconds(segment), longestSec),
    gap: segment.gap,
  };
  return moreTags(segment) + serializeSegment(entry);
}

/** Discontinuities in which this rendition had nothing to show still count for its number. */
function moreTags(segment: LiveSegment | OpenSegment): string {
  return DISCONTINUITY.repeat(Math.max(0, segment.discontinuityTags - 1));
}

function headOf(
  segment: LiveSegment | OpenSegment,
  previous: LiveSegment | undefined,
  withParts: boolean,
): SegmentHead {
  const parts = withParts ? (segment.parts ?? []).map((part, index) => partOf(segment.name, part, index)) : [];
  return {
    ...(segment.discontinuityTags > 0 && { discontinuity: true }),
    ...(segment.init !== previous?.init && { map: { uri: `${segment.init.name}.mp4` } }),
    programDateTime: new Date(segment.wallMs),
    ...(parts.length > 0 && { parts }),
  };
}

function partOf(segmentName: string, part: LivePart, index: number): Part {
  return { uri: partUri(segmentName, index), durationSec: part.durationSec, independent: part.independent };
}

function partUri(segmentName: string, part: number): string {
  return `${segmentName}-${part}.m4s`;
}

function report(window: RenditionWindow): RenditionReport[] {
  const edge = window.edge();
  if (edge === undefined) return [];
  const uri = `../${window.name}/index.m3u8`;
  if (edge.part >= 0) return [{ uri, lastMsn: edge.msn, lastPart: edge.part }];
  const parts = window.segment(edge.msn)?.parts?.length;
  return [{ uri, lastMsn: edge.msn, ...(parts !== undefined && parts > 0 && { lastPart: parts - 1 }) }];
}
