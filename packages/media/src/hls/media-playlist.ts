/** A media playlist with the tags of low latency, and its text. rfc8216bis §4.4.2 to §4.4.5. */
import { attributeList, decimal, integer, line, optional, quoted, signedDecimal, yes } from "./attributes.ts";

/** Part of a resource. Without `offset` it follows the previous range of the same resource. §4.4.4.2. */
export type ByteRange = Readonly<{ lengthBytes: number; offset?: number | undefined }>;

/** EXT-X-MAP: the init segment from here on. §4.4.4.5. */
export type MediaMap = Readonly<{ uri: string; byteRange?: ByteRange | undefined }>;

/** EXT-X-PART. `independent`: it starts with a frame that can be decoded alone. §4.4.4.9. */
export type Part = Readonly<{
  uri: string;
  durationSec: number;
  independent?: boolean | undefined;
  gap?: boolean | undefined;
  byteRange?: ByteRange | undefined;
}>;

/** What stands before a segment's parts. `map` is given where it changes: it holds for all segments that follow. */
export type SegmentHead = Readonly<{
  discontinuity?: boolean | undefined;
  map?: MediaMap | undefined;
  programDateTime?: Date | undefined;
  parts?: readonly Part[] | undefined;
}>;

/** One closed segment. */
export type Segment = SegmentHead &
  Readonly<{
    uri: string;
    durationSec: number;
    title?: string | undefined;
    byteRange?: ByteRange | undefined;
    gap?: boolean | undefined;
  }>;

/** EXT-X-SERVER-CONTROL. §4.4.3.8. */
export type ServerControl = Readonly<{
  canBlockReload?: boolean | undefined;
  /** Needed with parts, at least twice, better three times `partTargetSec`. */
  partHoldBackSec?: number | undefined;
  /** At least three times `targetDurationSec`. */
  holdBackSec?: number | undefined;
  /** Delta updates are offered; at least six times `targetDurationSec`. */
  canSkipUntilSec?: number | undefined;
  canSkipDateRanges?: boolean | undefined;
}>;

/** EXT-X-PRELOAD-HINT: what comes next. §4.4.5.3. */
export type PreloadHint = Readonly<{
  type: "PART" | "MAP";
  uri: string;
  byteRangeStart?: number | undefined;
  byteRangeLength?: number | undefined;
}>;

/** EXT-X-RENDITION-REPORT: how far another playlist is. §4.4.5.4. */
export type RenditionReport = Readonly<{ uri: string; lastMsn?: number | undefined; lastPart?: number | undefined }>;

/** EXT-X-START. Negative offsets count from the end. §4.4.2.2. */
export type StartPoint = Readonly<{ timeOffsetSec: number; precise?: boolean | undefined }>;

/** A media playlist as plain data. Times are seconds; absent optional fields are tags that are not there. */
export type MediaPlaylist = Readonly<{
  /** EXT-X-VERSION; left out, the serializer writes the least version that the features ask for. */
  version?: number | undefined;
  independentSegments?: boolean | undefined;
  start?: StartPoint | undefined;
  /** A whole number: no segment's rounded duration may be longer. */
  targetDurationSec: number;
  serverControl?: ServerControl | undefined;
  partTargetSec?: number | undefined;
  /** Media sequence number of the first segment, skipped ones included. */
  mediaSequence: number;
  /** Discontinuities that have left the playlist. */
  discontinuitySequence?: number | undefined;
  playlistType?: "EVENT" | "VOD" | undefined;
  /** Raw attribute lists of EXT-X-DATERANGE. */
  dateRanges?: readonly string[] | undefined;
  /** Makes this a delta update: so many segments after `mediaSequence` are left out. §4.4.5.2. */
  skippedSegments?: number | undefined;
  segments: readonly Segment[];
  /** The segment that is not closed yet: its parts follow the last segment. */
  openSegment?: SegmentHead | undefined;
  preloadHint?: PreloadHint | undefined;
  renditionReports?: readonly RenditionReport[] | undefined;
  endList?: boolean | undefined;
}>;

/** The text of a media playlist, lines ended by \n. @throws {RangeError} a value that the format cannot carry, named in the message */
export function serializeMediaPlaylist(playlist: MediaPlaylist): string {
  const lines = ["#EXTM3U", ...header(playlist)];
  for (const range of playlist.dateRanges ?? []) lines.push(`#EXT-X-DATERANGE:${line(range)}`);
  if (playlist.skippedSegments !== undefined) {
    lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${integer(playlist.skippedSegments)}`);
  }
  let text = `${lines.join("\n")}\n`;
  for (const segment of playlist.segments) text += serializeSegment(segment);
  if (playlist.openSegment !== undefined) text += serializeHead(playlist.openSegment);
  if (playlist.preloadHint !== undefined) text += serializePreloadHint(playlist.preloadHint);
  for (const report of playlist.renditionReports ?? []) text += serializeReport(report);
  return playlist.endList === true ? `${text}#EXT-X-ENDLIST\n` : text;
}

/** The lines of one closed segment, each ended by \n: they never change, so a long window need not be written anew. @throws {RangeError} as above */
export function serializeSegment(segment: Segment): string {
  let text = serializeHead(segment);
  if (segment.gap === true) text += "#EXT-X-GAP\n";
  if (segment.byteRange !== undefined) text += `#EXT-X-BYTERANGE:${byteRange(segment.byteRange)}\n`;
  if (segment.title !== undefined && /[\r\n]/.test(segment.title))
    throw new RangeError("line break in a segment title");
  return `${text}#EXTINF:${decimal(segment.durationSec)},${segment.title ?? ""}\n${line(segment.uri)}\n`;
}

/** The lowest EXT-X-VERSION that allows the playlist's features. rfc8216bis §8. */
export function requiredVersion(playlist: Pick<MediaPlaylist, "skippedSegments" | "segments" | "openSegment">): number {
  if (playlist.skippedSegments !== undefined) return 9;
  if (playlist.segments.some((segment) => segment.gap === true)) return 8;
  const heads: readonly SegmentHead[] = [...playlist.segments, playlist.openSegment ?? {}];
  if (heads.some((head) => head.map !== undefined)) return 6;
  if (playlist.segments.some((segment) => segment.byteRange !== undefined)) return 4;
  return 3;
}

function header(playlist: MediaPlaylist): string[] {
  const lines = [`#EXT-X-VERSION:${integer(playlist.version ?? requiredVersion(playlist))}`];
  if (playlist.independentSegments === true) lines.push("#EXT-X-INDEPENDENT-SEGMENTS");
  if (playlist.start !== undefined) lines.push(`#EXT-X-START:${startPoint(playlist.start)}`);
  lines.push(`#EXT-X-TARGETDURATION:${integer(playlist.targetDurationSec)}`);
  if (playlist.serverControl !== undefined)
    lines.push(`#EXT-X-SERVER-CONTROL:${serverControl(playlist.serverControl)}`);
  if (playlist.partTargetSec !== undefined)
    lines.push(`#EXT-X-PART-INF:PART-TARGET=${decimal(playlist.partTargetSec)}`);
  lines.push(`#EXT-X-MEDIA-SEQUENCE:${integer(playlist.mediaSequence)}`);
  const { discontinuitySequence = 0 } = playlist;
  if (discontinuitySequence !== 0) lines.push(`#EXT-X-DISCONTINUITY-SEQUENCE:${integer(discontinuitySequence)}`);
  if (playlist.playlistType !== undefined) lines.push(`#EXT-X-PLAYLIST-TYPE:${playlist.playlistType}`);
  return lines;
}

/** The attributes of EXT-X-START. @throws {RangeError} as above */
export function startPoint(start: StartPoint): string {
  return attributeList({ "TIME-OFFSET": signedDecimal(start.timeOffsetSec), PRECISE: yes(start.precise) });
}

function serverControl(control: ServerControl): string {
  const list = attributeList({
    "CAN-BLOCK-RELOAD": yes(control.canBlockReload),
    "CAN-SKIP-UNTIL": optional(control.canSkipUntilSec, decimal),
    "CAN-SKIP-DATERANGES": yes(control.canSkipDateRanges),
    "HOLD-BACK": optional(control.holdBackSec, decimal),
    "PART-HOLD-BACK": optional(control.partHoldBackSec, decimal),
  });
  if (list === "") throw new RangeError("server control without any attribute");
  return list;
}

function serializeHead(head: SegmentHead): string {
  let text = head.discontinuity === true ? "#EXT-X-DISCONTINUITY\n" : "";
  if (head.map !== undefined) {
    const list = attributeList({
      URI: quoted(head.map.uri),
      BYTERANGE: optional(head.map.byteRange, (range) => quoted(byteRange(range))),
    });
    text += `#EXT-X-MAP:${list}\n`;
  }
  if (head.programDateTime !== undefined) text += `#EXT-X-PROGRAM-DATE-TIME:${head.programDateTime.toISOString()}\n`;
  for (const part of head.parts ?? []) text += serializePart(part);
  return text;
}

function serializePart(part: Part): string {
  const list = attributeList({
    DURATION: decimal(part.durationSec),
    URI: quoted(part.uri),
    BYTERANGE: optional(part.byteRange, (range) => quoted(byteRange(range))),
    INDEPENDENT: yes(part.independent),
    GAP: yes(part.gap),
  });
  return `#EXT-X-PART:${list}\n`;
}

function serializePreloadHint(hint: PreloadHint): string {
  const list = attributeList({
    TYPE: hint.type,
    URI: quoted(hint.uri),
    "BYTERANGE-START": optional(hint.byteRangeStart, integer),
    "BYTERANGE-LENGTH": optional(hint.byteRangeLength, integer),
  });
  return `#EXT-X-PRELOAD-HINT:${list}\n`;
}

function serializeReport(report: RenditionReport): string {
  const list = attributeList({
    URI: quoted(report.uri),
    "LAST-MSN": optional(report.lastMsn, integer),
    "LAST-PART": optional(report.lastPart, integer),
  });
  return `#EXT-X-RENDITION-REPORT:${list}\n`;
}

function byteRange(range: ByteRange): string {
  const length = integer(range.lengthBytes);
  return range.offset === undefined ? length : `${length}@${integer(range.offset)}`;
}
