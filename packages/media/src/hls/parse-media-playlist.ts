/** Text to media playlist. rfc8216bis §4.4.2 to §4.4.5. */
import { MalformedError } from "../errors.ts";
import { Attributes, parseDecimal, parseInteger } from "./attributes.ts";
import { iterateLines } from "./lines.ts";
import type {
  ByteRange,
  MediaMap,
  MediaPlaylist,
  Part,
  PreloadHint,
  RenditionReport,
  Segment,
  SegmentHead,
  ServerControl,
  StartPoint,
} from "./media-playlist.ts";

const SPEC = "rfc8216bis §4.4";
/** RFC 3339 with a zone, or ISO 8601 forms that differ from it only in the zone's colon. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)$/;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type OpenHead = Omit<Mutable<SegmentHead>, "parts"> & { parts: Part[]; gap?: boolean; byteRange?: ByteRange };
type Extinf = Readonly<{ durationSec: number; title?: string; number: number }>;
type Draft = Mutable<Omit<MediaPlaylist, "segments" | "targetDurationSec" | "renditionReports" | "dateRanges">> & {
  targetDurationSec?: number;
  segments: Segment[];
  renditionReports: RenditionReport[];
  dateRanges: string[];
  head: OpenHead;
  extinf: Extinf | undefined;
};

type TagReader = (draft: Draft, value: string, number: number) => void;

const TAGS: Readonly<Record<string, TagReader>> = {
  "EXT-X-VERSION": (draft, value, number) => once(draft, "version", parseInteger(value, number), number),
  "EXT-X-INDEPENDENT-SEGMENTS": (draft) => void (draft.independentSegments = true),
  "EXT-X-START": (draft, value, number) => once(draft, "start", parseStart(value, number), number),
  "EXT-X-TARGETDURATION": (draft, value, number) =>
    once(draft, "targetDurationSec", parseInteger(value, number), number),
  "EXT-X-SERVER-CONTROL": (draft, value, number) => once(draft, "serverControl", readControl(value, number), number),
  "EXT-X-PART-INF": (draft, value, number) => once(draft, "partTargetSec", readPartTarget(value, number), number),
  "EXT-X-MEDIA-SEQUENCE": (draft, value, number) => void (draft.mediaSequence = parseInteger(value, number)),
  "EXT-X-DISCONTINUITY-SEQUENCE": (draft, value, number) =>
    once(draft, "discontinuitySequence", parseInteger(value, number), number),
  "EXT-X-PLAYLIST-TYPE": (draft, value, number) => once(draft, "playlistType", readType(value, number), number),
  "EXT-X-SKIP": (draft, value, number) => once(draft, "skippedSegments", readSkip(value, number), number),
  "EXT-X-DATERANGE": (draft, value, number) => {
    new Attributes(value, number);
    draft.dateRanges.push(value);
  },
  "EXT-X-DISCONTINUITY": (draft) => void (draft.head.discontinuity = true),
  "EXT-X-MAP": (draft, value, number) => void (draft.head.map = readMap(value, number)),
  "EXT-X-PROGRAM-DATE-TIME": (draft, value, number) => void (draft.head.programDateTime = readDate(value, number)),
  "EXT-X-PART": (draft, value, number) => void draft.head.parts.push(readPart(value, number)),
  "EXT-X-GAP": (draft) => void (draft.head.gap = true),
  "EXT-X-BYTERANGE": (draft, value, number) => void (draft.head.byteRange = readByteRange(value, number)),
  EXTINF: (draft, value, number) => void (draft.extinf = readExtinf(value, number)),
  "EXT-X-PRELOAD-HINT": (draft, value, number) => {
    const hint = readHint(value, number);
    if (draft.preloadHint === undefined || hint.type === "PART") draft.preloadHint = hint;
  },
  "EXT-X-RENDITION-REPORT": (draft, value, number) => void draft.renditionReports.push(readReport(value, number)),
  "EXT-X-ENDLIST": (draft) => void (draft.endList = true),
};

/**
 * Parses a media playlist. Unknown tags are passed over; of several preload hints a PART is kept.
 * @throws {MalformedError} broken syntax, a tag of a multivariant playlist, no target duration, or beyond the limits of iterateLines; the offset is the line number
 */
export function parseMediaPlaylist(text: string): MediaPlaylist {
  const draft: Draft = {
    mediaSequence: 0,
    segments: [],
    renditionReports: [],
    dateRanges: [],
    head: { parts: [] },
    extinf: undefined,
  };
  for (const line of iterateLines(text)) {
    if (line.kind === "uri") closeSegment(draft, line.uri, line.number);
    else if (line.name === "EXT-X-STREAM-INF") throw new MalformedError("a multivariant playlist", line.number, SPEC);
    else if (Object.hasOwn(TAGS, line.name)) TAGS[line.name]?.(draft, line.value, line.number);
  }
  return finish(draft);
}

/** The attributes of EXT-X-START. @throws {MalformedError} no time offset */
export function parseStart(value: string, number: number): StartPoint {
  const list = new Attributes(value, number);
  const timeOffsetSec = list.need(list.signedDecimal("TIME-OFFSET"), "TIME-OFFSET");
  return list.yes("PRECISE") ? { timeOffsetSec, precise: true } : { timeOffsetSec };
}

function closeSegment(draft: Draft, uri: string, number: number): void {
  if (draft.extinf === undefined) throw new MalformedError("URI without EXTINF", number, SPEC);
  const { durationSec, title } = draft.extinf;
  draft.segments.push({ ...headFields(draft.head), uri, durationSec, ...defined({ title }) });
  draft.head = { parts: [] };
  draft.extinf = undefined;
}

function finish(draft: Draft): MediaPlaylist {
  const { head, extinf, targetDurationSec, renditionReports, dateRanges, ...rest } = draft;
  if (extinf !== undefined) throw new MalformedError("EXTINF without URI", extinf.number, SPEC);
  if (targetDurationSec === undefined) throw new MalformedError("no EXT-X-TARGETDURATION", 1, SPEC);
  const openSegment = headFields(head);
  return {
    ...rest,
    targetDurationSec,
    ...(renditionReports.length > 0 && { renditionReports }),
    ...(dateRanges.length > 0 && { dateRanges }),
    ...(Object.keys(openSegment).length > 0 && { openSegment }),
  };
}

function headFields({ parts, ...head }: OpenHead): Omit<OpenHead, "parts"> & { parts?: Part[] } {
  return parts.length > 0 ? { ...head, parts } : head;
}

function once<K extends keyof Draft>(draft: Draft, key: K, value: Draft[K], number: number): void {
  if (draft[key] !== undefined) throw new MalformedError(`second tag for ${key}`, number, SPEC);
  draft[key] = value;
}

function readControl(value: string, number: number): ServerControl {
  const list = new Attributes(value, number);
  return defined({
    canBlockReload: list.yes("CAN-BLOCK-RELOAD") || undefined,
    canSkipUntilSec: list.decimal("CAN-SKIP-UNTIL"),
    canSkipDateRanges: list.yes("CAN-SKIP-DATERANGES") || undefined,
    holdBackSec: list.decimal("HOLD-BACK"),
    partHoldBackSec: list.decimal("PART-HOLD-BACK"),
  });
}

function readPartTarget(value: string, number: number): number {
  const list = new Attributes(value, number);
  return list.need(list.decimal("PART-TARGET"), "PART-TARGET");
}

function readType(value: string, number: number): "EVENT" | "VOD" {
  if (value === "EVENT" || value === "VOD") return value;
  throw new MalformedError(`playlist type ${JSON.stringify(value.slice(0, 40))}, expected EVENT or VOD`, number, SPEC);
}

function readSkip(value: string, number: number): number {
  const list = new Attributes(value, number);
  return list.need(list.integer("SKIPPED-SEGMENTS"), "SKIPPED-SEGMENTS");
}

function readMap(value: string, number: number): MediaMap {
  const list = new Attributes(value, number);
  const uri = list.need(list.quoted("URI"), "URI");
  const range = list.quoted("BYTERANGE");
  return { uri, ...(range !== undefined && { byteRange: readByteRange(range, number) }) };
}

function readDate(value: string, number: number): Date {
  const date = new Date(DATE_TIME.test(value) ? value.replace(/([+-]\d\d)(\d\d)$/, "$1:$2") : Number.NaN);
  if (Number.isNaN(date.getTime())) {
    throw new MalformedError(`date ${JSON.stringify(value.slice(0, 40))}, expected ISO 8601 with a zone`, number, SPEC);
  }
  return date;
}

function readPart(value: string, number: number): Part {
  const list = new Attributes(value, number);
  const range = list.quoted("BYTERANGE");
  return {
    uri: list.need(list.quoted("URI"), "URI"),
    durationSec: list.need(list.decimal("DURATION"), "DURATION"),
    ...(list.yes("INDEPENDENT") && { independent: true }),
    ...(list.yes("GAP") && { gap: true }),
    ...(range !== undefined && { byteRange: readByteRange(range, number) }),
  };
}

function readByteRange(value: string, number: number): ByteRange {
  const [length = "", offset, more] = value.split("@");
  if (more !== undefined) throw new MalformedError(`byte range ${JSON.stringify(value.slice(0, 40))}`, number, SPEC);
  const lengthBytes = parseInteger(length, number);
  return offset === undefined ? { lengthBytes } : { lengthBytes, offset: parseInteger(offset, number) };
}

function readExtinf(value: string, number: number): Extinf {
  const comma = value.indexOf(",");
  const durationSec = parseDecimal(comma < 0 ? value : value.slice(0, comma), number);
  const title = comma < 0 ? "" : value.slice(comma + 1);
  return title === "" ? { durationSec, number } : { durationSec, title, number };
}

function readHint(value: string, number: number): PreloadHint {
  const list = new Attributes(value, number);
  const type = list.need(list.enumerated("TYPE"), "TYPE");
  if (type !== "PART" && type !== "MAP") throw new MalformedError(`preload hint of type ${type}`, number, SPEC);
  return {
    type,
    uri: list.need(list.quoted("URI"), "URI"),
    ...defined({
      byteRangeStart: list.integer("BYTERANGE-START"),
      byteRangeLength: list.integer("BYTERANGE-LENGTH"),
    }),
  };
}

function readReport(value: string, number: number): RenditionReport {
  const list = new Attributes(value, number);
  const uri = list.need(list.quoted("URI"), "URI");
  return { uri, ...defined({ lastMsn: list.integer("LAST-MSN"), lastPart: list.integer("LAST-PART") }) };
}

/** Without the fields that are undefined, so that a parsed playlist has a field exactly when the text has the tag. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
