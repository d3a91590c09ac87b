/** Reads a media playlist line by line for the conformance checker: independent of packages/media, and it keeps the raw text. */

export type ReadPart = Readonly<{
  uri: string;
  durationSec: number;
  independent: boolean;
  gap: boolean;
  byteRange: string | undefined;
}>;

/** `uri` is undefined for the segment that is still open. `tags` are its raw lines without parts and EXT-X-MAP, which moves along with the first segment. */
export type ReadSegment = Readonly<{
  msn: number;
  uri: string | undefined;
  durationSec: number;
  parts: readonly ReadPart[];
  discontinuity: boolean;
  map: string | undefined;
  date: number | undefined;
  tags: readonly string[];
  /** A tag of the segment stands behind one of its parts. */
  lateTags: boolean;
}>;

export type ReadReport = Readonly<{ uri: string; lastMsn: number | undefined; lastPart: number | undefined }>;

export type ReadPlaylist = Readonly<{
  text: string;
  firstLine: string;
  version: number;
  targetSec: number | undefined;
  partTargetSec: number | undefined;
  control: ReadonlyMap<string, string> | undefined;
  mediaSequence: number;
  discontinuitySequence: number;
  skipped: number | undefined;
  independentSegments: boolean;
  segments: readonly ReadSegment[];
  hint: Readonly<{ type: string; uri: string }> | undefined;
  hints: number;
  reports: readonly ReadReport[];
  ended: boolean;
  names: readonly string[];
}>;

type Head = { parts: ReadPart[]; tags: string[]; date?: number; discontinuity: boolean; lateTags: boolean };

/** Attribute list to values; quotes are taken off. */
export function readAttributes(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const [, name = "", quoted, plain = ""] of text.matchAll(/([A-Z0-9-]+)=(?:"([^"]*)"|([^,]*))/g)) {
    values.set(name, quoted ?? plain);
  }
  return values;
}

/** Never throws: what is missing or broken is undefined or NaN, and the rules say so. */
export function readPlaylist(text: string): ReadPlaylist {
  const lines = text.split(/\r?\n/);
  const find = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`#${name}:`))?.slice(name.length + 2);
  const attributes = (name: string): Map<string, string> | undefined => optional(find(name), readAttributes);
  const all = (name: string): Map<string, string>[] =>
    lines.filter((line) => line.startsWith(`#${name}:`)).map((line) => readAttributes(line.slice(name.length + 2)));
  const skipped = optional(attributes("EXT-X-SKIP")?.get("SKIPPED-SEGMENTS"), Number);
  const mediaSequence = Number(find("EXT-X-MEDIA-SEQUENCE") ?? 0);
  const hints = all("EXT-X-PRELOAD-HINT").map((hint) => ({ type: hint.get("TYPE") ?? "", uri: hint.get("URI") ?? "" }));
  return {
    text,
    firstLine: lines[0] ?? "",
    version: Number(find("EXT-X-VERSION") ?? 1),
    targetSec: optional(find("EXT-X-TARGETDURATION"), Number),
    partTargetSec: optional(attributes("EXT-X-PART-INF")?.get("PART-TARGET"), Number),
    control: attributes("EXT-X-SERVER-CONTROL"),
    mediaSequence,
    discontinuitySequence: Number(find("EXT-X-DISCONTINUITY-SEQUENCE") ?? 0),
    skipped,
    independentSegments: lines.includes("#EXT-X-INDEPENDENT-SEGMENTS"),
    segments: readSegments(lines, mediaSequence + (skipped ?? 0)),
    hint: hints.find(({ type }) => type === "PART"),
    hints: hints.length,
    reports: all("EXT-X-RENDITION-REPORT").map((report) => ({
      uri: report.get("URI") ?? "",
      lastMsn: optional(report.get("LAST-MSN"), Number),
      lastPart: optional(report.get("LAST-PART"), Number),
    })),
    ended: lines.includes("#EXT-X-ENDLIST"),
    names: lines.flatMap((line) => /^#(EXT[^:]*)/.exec(line)?.[1] ?? []),
  };
}

const SEGMENT_TAGS = [
  "#EXTINF:",
  "#EXT-X-DISCONTINUITY",
  "#EXT-X-MAP:",
  "#EXT-X-PROGRAM-DATE-TIME:",
  "#EXT-X-GAP",
  "#EXT-X-BYTERANGE:",
  "#EXT-X-KEY:",
];

function readSegments(lines: readonly string[], firstMsn: number): ReadSegment[] {
  const segments: ReadSegment[] = [];
  let map: string | undefined;
  let head = newHead();
  let durationSec = 0;
  const close = (uri: string | undefined): void => {
    segments.push({ msn: firstMsn + segments.length, uri, durationSec, map, date: head.date, ...head });
    head = newHead();
    durationSec = 0;
  };
  for (const line of lines) {
    if (line.startsWith("#EXT-X-PART:")) head.parts.push(readPart(line.slice(12)));
    else if (line.startsWith("#")) {
      if (
        !SEGMENT_TAGS.some((tag) => line === tag || (line.startsWith(tag) && !line.startsWith("#EXT-X-DISCONTINUITY-")))
      )
        continue;
      if (!line.startsWith("#EXT-X-MAP:")) head.tags.push(line);
      if (head.parts.length > 0 && !/^#(EXTINF|EXT-X-GAP|EXT-X-BYTERANGE)/.test(line)) head.lateTags = true;
      if (line.startsWith("#EXTINF:")) durationSec = Number.parseFloat(line.slice(8));
      if (line.startsWith("#EXT-X-MAP:")) map = readAttributes(line.slice(11)).get("URI");
      if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:")) head.date = Date.parse(line.slice(25));
      if (line === "#EXT-X-DISCONTINUITY") head.discontinuity = true;
    } else if (line !== "") close(line);
  }
  if (head.parts.length > 0 || head.tags.length > 0) close(undefined);
  return segments;
}

function readPart(text: string): ReadPart {
  const part = readAttributes(text);
  return {
    uri: part.get("URI") ?? "",
    durationSec: Number(part.get("DURATION")),
    independent: part.get("INDEPENDENT") === "YES",
    gap: part.get("GAP") === "YES",
    byteRange: part.get("BYTERANGE"),
  };
}

function newHead(): Head {
  return { parts: [], tags: [], discontinuity: false, lateTags: false };
}

function optional<T, U>(value: T | undefined, convert: (value: T) => U): U | undefined {
  return value === undefined ? undefined : convert(value);
}

/** MSN and part index of the newest part; part is undefined when the newest segment has no parts. */
export function newest(playlist: ReadPlaylist): { msn: number; part: number | undefined } {
  const last = playlist.segments.at(-1);
  if (last === undefined) return { msn: playlist.mediaSequence - 1, part: undefined };
  if (last.uri === undefined && last.parts.length === 0) return { msn: last.msn - 1, part: undefined };
  return { msn: last.msn, part: last.parts.length > 0 ? last.parts.length - 1 : undefined };
}

/** What to ask for next: the part after the newest, in the next segment when that one is closed. */
export function following(playlist: ReadPlaylist): { msn: number; part: number } {
  const last = playlist.segments.at(-1);
  if (last === undefined) return { msn: playlist.mediaSequence, part: 0 };
  return last.uri === undefined ? { msn: last.msn, part: last.parts.length } : { msn: last.msn + 1, part: 0 };
}

/** Whether the playlist has that part, or anything after it. */
export function contains(playlist: ReadPlaylist, wanted: { msn: number; part: number }): boolean {
  const last = playlist.segments.at(-1);
  if (last === undefined) return false;
  if (last.msn !== wanted.msn) return last.msn > wanted.msn;
  return last.uri !== undefined || last.parts.length > wanted.part;
}
