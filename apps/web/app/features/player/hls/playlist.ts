/** A media playlist over time: delta updates laid on what was known, segments with their place in media time. Pure. */
import type { MediaPlaylist, Part, Segment } from "@rostrum/media/hls/media-playlist";
import { addressOf } from "./http.ts";

export type PartRef = Readonly<{ url: string; durationSec: number; independent: boolean; gap: boolean }>;

/** `startSec` is media time once `isAnchored`; until then it counts from the first segment that was seen. */
export type SegmentRef = Readonly<{
  msn: number;
  /** Undefined while it is open. */
  url: string | undefined;
  mapUrl: string | undefined;
  startSec: number;
  durationSec: number;
  wallMs: number | undefined;
  gap: boolean;
  parts: readonly PartRef[];
  /** `startSec` was read from its media. */
  isMeasured: boolean;
}>;

export type HlsPlaylist = Readonly<{
  url: string;
  targetDurationSec: number;
  partTargetSec: number | undefined;
  /** How far from the end players shall stay. */
  holdBackSec: number;
  canBlock: boolean;
  canSkip: boolean;
  isEnded: boolean;
  isAnchored: boolean;
  /** Oldest first, numbered without holes; the last one may be open. */
  segments: readonly SegmentRef[];
  hintUrl: string | undefined;
}>;

/** A delta update that does not follow what is known: the whole playlist must be asked for. */
export class LostThreadError extends Error {}

/**
 * @param before what was known of the same playlist
 * @throws {LostThreadError} segments that the update leaves out are not known
 */
export function applyPlaylist(url: string, parsed: MediaPlaylist, before: HlsPlaylist | undefined): HlsPlaylist {
  const segments = mergeSegments(url, parsed, before);
  const { serverControl: control, partTargetSec, targetDurationSec } = parsed;
  const holdBackSec = partTargetSec === undefined ? control?.holdBackSec : control?.partHoldBackSec;
  const isContinued = before !== undefined && segments.some(({ msn }) => segmentAt(before, msn) !== undefined);
  return {
    url,
    targetDurationSec,
    partTargetSec,
    holdBackSec: holdBackSec ?? 3 * (partTargetSec ?? targetDurationSec),
    canBlock: control?.canBlockReload === true,
    canSkip: control?.canSkipUntilSec !== undefined,
    isEnded: parsed.endList === true,
    isAnchored: isContinued && before.isAnchored,
    segments,
    hintUrl: parsed.preloadHint?.type === "PART" ? addressOf(parsed.preloadHint.uri, url) : undefined,
  };
}

function mergeSegments(url: string, parsed: MediaPlaylist, before: HlsPlaylist | undefined): SegmentRef[] {
  const skipped = parsed.skippedSegments ?? 0;
  const merged: SegmentRef[] = [];
  for (let msn = parsed.mediaSequence; msn < parsed.mediaSequence + skipped; msn += 1) {
    const known = before && segmentAt(before, msn);
    if (known?.url === undefined) throw new LostThreadError(`segment ${msn} was left out and is not known`);
    merged.push(known.parts.length === 0 ? known : { ...known, parts: [] });
  }
  let msn = parsed.mediaSequence + skipped;
  const add = (head: Partial<Segment>, durationSec: number): void => {
    const previous = merged.at(-1) ?? (before && segmentAt(before, msn - 1));
    const known = before && segmentAt(before, msn);
    const anchor = known ?? (previous === undefined ? sameTime(before, head) : undefined);
    merged.push({
      msn,
      url: head.uri === undefined ? undefined : addressOf(head.uri, url),
      mapUrl: head.map === undefined ? (previous?.mapUrl ?? known?.mapUrl) : addressOf(head.map.uri, url),
      startSec: anchor?.startSec ?? (previous === undefined ? 0 : previous.startSec + previous.durationSec),
      durationSec,
      wallMs: head.programDateTime?.getTime() ?? known?.wallMs,
      gap: head.gap === true,
      parts: (head.parts ?? []).map((part) => partRef(part, url)),
      isMeasured: known?.isMeasured === true,
    });
    msn += 1;
  };
  for (const segment of parsed.segments) add(segment, segment.durationSec);
  const { openSegment } = parsed;
  if (openSegment !== undefined) add(openSegment, sumParts(openSegment.parts ?? []));
  return merged;
}

/** A window that has moved on while nobody looked: the wall clock tells how far. */
function sameTime(before: HlsPlaylist | undefined, { programDateTime }: Partial<Segment>) {
  const last = before?.segments.at(-1);
  if (last?.wallMs === undefined || programDateTime === undefined) return undefined;
  return { startSec: last.startSec + (programDateTime.getTime() - last.wallMs) / 1000 };
}

function sumParts(parts: readonly Part[]): number {
  return parts.reduce((sum, { durationSec }) => sum + durationSec, 0);
}

function partRef(part: Part, url: string): PartRef {
  return {
    url: addressOf(part.uri, url),
    durationSec: part.durationSec,
    independent: part.independent === true,
    gap: part.gap === true,
  };
}

/** Undefined when the playlist does not have it. */
export function segmentAt({ segments }: HlsPlaylist, msn: number): SegmentRef | undefined {
  const [first] = segments;
  return first === undefined ? undefined : segments[msn - first.msn];
}

/** End of everything that is listed, also of the open segment's parts. */
export function edgeSec({ segments }: HlsPlaylist): number {
  const last = segments.at(-1);
  return last === undefined ? 0 : last.startSec + last.durationSec;
}

/** Begin of the window. */
export function headSec({ segments }: HlsPlaylist): number {
  return segments[0]?.startSec ?? 0;
}

/**
 * The media says that `msn` begins at `sec`. The first time all segments move; later, at a hole in media time, only those
 * from here on that were not read themselves.
 */
export function measured(playlist: HlsPlaylist, msn: number, sec: number): HlsPlaylist {
  const found = segmentAt(playlist, msn);
  if (found === undefined) return playlist;
  const bySec = sec - found.startSec;
  const move = (segment: SegmentRef): SegmentRef => {
    if (segment.msn === msn) return { ...segment, startSec: sec, isMeasured: true };
    const moves = !playlist.isAnchored || (segment.msn > msn && !segment.isMeasured);
    return moves ? { ...segment, startSec: segment.startSec + bySec } : segment;
  };
  if (playlist.isAnchored && Math.abs(bySec) < 0.01 && found.isMeasured) return playlist;
  return { ...playlist, isAnchored: true, segments: playlist.segments.map(move) };
}

/** The segment that is shown at `sec`: the first or last one when that is outside of the window. */
export function segmentShowing({ segments }: HlsPlaylist, sec: number): SegmentRef | undefined {
  return segments.findLast(({ startSec }) => startSec <= sec + 0.001) ?? segments[0];
}

/** Where playing begins to be `behindSec` from the edge: a segment and a part that begins with a key frame. */
export function startNearEdge(playlist: HlsPlaylist, behindSec: number): Readonly<{ msn: number; part: number }> {
  const { segments } = playlist;
  let fromEdgeSec = 0;
  for (const segment of segments.toReversed()) {
    for (let part = segment.parts.length - 1; part >= 0; part -= 1) {
      const { durationSec = 0, independent = false } = segment.parts[part] ?? {};
      fromEdgeSec += durationSec;
      if (independent && fromEdgeSec >= behindSec) return { msn: segment.msn, part };
    }
    if (segment.parts.length === 0) fromEdgeSec += segment.durationSec;
    if (fromEdgeSec >= behindSec && !segment.gap) return { msn: segment.msn, part: 0 };
  }
  return { msn: segments[0]?.msn ?? 0, part: 0 };
}

/** The directives of a blocking reload for what comes after the newest part. rfc8216bis §6.2.5.2. */
export function nextDirectives(playlist: HlsPlaylist): Readonly<{ msn: number; part: number | undefined }> {
  const last = playlist.segments.at(-1);
  if (last === undefined) return { msn: 0, part: undefined };
  const withParts = playlist.partTargetSec !== undefined;
  if (last.url === undefined) return { msn: last.msn, part: withParts ? last.parts.length : undefined };
  return { msn: last.msn + 1, part: withParts ? 0 : undefined };
}
