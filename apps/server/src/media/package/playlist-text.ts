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

/**
 * How a playlist reads as a delta update, and whole. A long window is written whole only when somebody asks, before the
 * window's next version. Undefined `delta`: nothing can be skipped.
 */
export type PlaylistTexts = Readonly<{ whole: () => string; delta: string | undefined }>;

/** Writes a window's playlists. Keeps the lines of closed segments, which do not change, from one version to the next. */
export class PlaylistWriter {
  readonly #window: RenditionWindow;
  readonly #lines = new Map<number, string>();
  #forgotten = 0;

  constructor(window: RenditionWindow) {
    this.#window = window;
  }

  /** @param others the broadcast's other renditions, for EXT-X-RENDITION-REPORT */
  write(others: readonly RenditionWindow[]): PlaylistTexts {
    const window = this.#window;
    const { keptFrom, partsFrom } = boundaries(window);
    const last = listed(window, window.nextMsn - 1);
    const tail = this.#tail(last, others);
    const body = (fromMsn: number): string => {
      let text = "";
      for (let msn = fromMsn; msn < window.nextMsn; msn += 1) text += this.#segment(msn, msn >= partsFrom);
      return text;
    };
    this.#forgetBefore(window.head);
    const whole = (): string => `${this.#head(0)}${body(window.head)}${tail}`;
    const skip = keptFrom - window.head;
    return { whole, delta: skip > 0 ? `${this.#head(skip)}${body(keptFrom)}${tail}` : undefined };
  }

  #head(skip: number): string {
    const { promises, head, open } = this.#window;
    const oldest = this.#window.segment(head) ?? open;
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
      discontinuitySequence:
        oldest === undefined ? (this.#window.lastDiscontinuity ?? 0) : oldest.discontinuity - oldest.discontinuityTags,
      ...(skip > 0 && { skippedSegments: skip }),
      segments: [],
    });
  }

  #segment(msn: number, withParts: boolean): string {
    const segment = listed(this.#window, msn);
    if (segment === undefined) return "";
    const previous = listed(this.#window, msn - 1);
    const longestSec = this.#window.promises.targetDurationSec + LONGEST_ROUNDING_SEC;
    if (withParts || previous === undefined) return segmentText(segment, previous, withParts, longestSec);
    const kept = this.#lines.get(msn);
    if (kept !== undefined) return kept;
    const text = segmentText(segment, previous, false, longestSec);
    this.#lines.set(msn, text);
    return text;
  }

  #forgetBefore(head: number): void {
    if (head === this.#forgotten) return;
    this.#forgotten = head;
    for (const msn of this.#lines.keys()) if (msn < head) this.#lines.delete(msn);
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

/** A closed segment of the playlist. */
function listed(window: RenditionWindow, msn: number): LiveSegment | undefined {
  return msn < window.head ? undefined : window.segment(msn);
}

/** MSNs of the first segment that a delta update keeps, and of the first that is listed with its parts. */
function boundaries(window: RenditionWindow): { keptFrom: number; partsFrom: number } {
  const { targetDurationSec } = window.promises;
  let fromEndSec = seconds(window.open);
  let partsFrom = window.nextMsn;
  for (let msn = window.nextMsn - 1; msn >= window.head; msn -= 1) {
    if (fromEndSec <= PARTS_TARGET_DURATIONS * targetDurationSec) partsFrom = msn;
    // Older than the skip boundary is what ends before it. §4.4.5.2.
    if (fromEndSec >= SKIP_TARGET_DURATIONS * targetDurationSec) return { keptFrom: msn + 1, partsFrom };
    fromEndSec += seconds(window.segment(msn));
  }
  return { keptFrom: window.head, partsFrom };
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
