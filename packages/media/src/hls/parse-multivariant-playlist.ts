/** Text to multivariant playlist. rfc8216bis §4.4.6. */
import { MalformedError } from "../errors.ts";
import { Attributes, parseInteger } from "./attributes.ts";
import { iterateLines } from "./lines.ts";
import type { MediaRendition, MultivariantPlaylist, Variant } from "./multivariant-playlist.ts";
import { parseStart } from "./parse-media-playlist.ts";

const SPEC = "rfc8216bis §4.4.6";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Draft = Mutable<Omit<MultivariantPlaylist, "media" | "variants">> & {
  media: MediaRendition[];
  variants: Variant[];
  waiting: { attributes: string; number: number } | undefined;
};

/**
 * Parses a multivariant playlist. Tags that it has no field for (session data, I-frame playlists, steering) are passed over.
 * @throws {MalformedError} broken syntax, a tag of a media playlist, or beyond the limits of iterateLines; the offset is the line number
 */
export function parseMultivariantPlaylist(text: string): MultivariantPlaylist {
  const draft: Draft = { media: [], variants: [], waiting: undefined };
  for (const line of iterateLines(text)) {
    if (line.kind === "uri") closeVariant(draft, line.uri, line.number);
    else readTag(draft, line.name, line.value, line.number);
  }
  const { waiting, ...playlist } = draft;
  if (waiting !== undefined) throw new MalformedError("EXT-X-STREAM-INF without URI", waiting.number, SPEC);
  return playlist;
}

function readTag(draft: Draft, name: string, value: string, number: number): void {
  if (name === "EXT-X-VERSION") draft.version = parseInteger(value, number);
  if (name === "EXT-X-INDEPENDENT-SEGMENTS") draft.independentSegments = true;
  if (name === "EXT-X-START") draft.start = parseStart(value, number);
  if (name === "EXT-X-MEDIA") draft.media.push(readMedia(value, number));
  if (name === "EXT-X-STREAM-INF") {
    if (draft.waiting !== undefined)
      throw new MalformedError("EXT-X-STREAM-INF without URI", draft.waiting.number, SPEC);
    draft.waiting = { attributes: value, number };
  }
  if (name === "EXTINF" || name === "EXT-X-TARGETDURATION") throw new MalformedError("a media playlist", number, SPEC);
}

function closeVariant(draft: Draft, uri: string, number: number): void {
  if (draft.waiting === undefined) throw new MalformedError("URI without EXT-X-STREAM-INF", number, SPEC);
  draft.variants.push(readVariant(uri, draft.waiting.attributes, draft.waiting.number));
  draft.waiting = undefined;
}

function readMedia(value: string, number: number): MediaRendition {
  const list = new Attributes(value, number);
  return defined({
    type: readMediaType(list, number),
    groupId: list.need(list.quoted("GROUP-ID"), "GROUP-ID"),
    name: list.need(list.quoted("NAME"), "NAME"),
    uri: list.quoted("URI"),
    language: list.quoted("LANGUAGE"),
    assocLanguage: list.quoted("ASSOC-LANGUAGE"),
    stableRenditionId: list.quoted("STABLE-RENDITION-ID"),
    default: list.yes("DEFAULT") || undefined,
    autoselect: list.yes("AUTOSELECT") || undefined,
    forced: list.yes("FORCED") || undefined,
    instreamId: list.quoted("INSTREAM-ID"),
    bitDepth: list.integer("BIT-DEPTH"),
    sampleRateHz: list.integer("SAMPLE-RATE"),
    characteristics: list.quoted("CHARACTERISTICS"),
    channels: list.quoted("CHANNELS"),
  });
}

function readMediaType(list: Attributes, number: number): MediaRendition["type"] {
  const type = list.need(list.enumerated("TYPE"), "TYPE");
  if (type === "AUDIO" || type === "VIDEO" || type === "SUBTITLES" || type === "CLOSED-CAPTIONS") return type;
  throw new MalformedError(`EXT-X-MEDIA of type ${type}`, number, SPEC);
}

function readVariant(uri: string, value: string, number: number): Variant {
  const list = new Attributes(value, number);
  return defined({
    uri,
    bandwidthBps: list.need(list.integer("BANDWIDTH"), "BANDWIDTH"),
    averageBandwidthBps: list.integer("AVERAGE-BANDWIDTH"),
    score: list.decimal("SCORE"),
    codecs: list
      .quoted("CODECS")
      ?.split(",")
      .map((codec) => codec.trim()),
    supplementalCodecs: list.quoted("SUPPLEMENTAL-CODECS"),
    resolution: list.resolution("RESOLUTION"),
    frameRate: list.decimal("FRAME-RATE"),
    hdcpLevel: list.enumerated("HDCP-LEVEL"),
    videoRange: list.enumerated("VIDEO-RANGE"),
    stableVariantId: list.quoted("STABLE-VARIANT-ID"),
    pathwayId: list.quoted("PATHWAY-ID"),
    audio: list.quoted("AUDIO"),
    video: list.quoted("VIDEO"),
    subtitles: list.quoted("SUBTITLES"),
    closedCaptions: list.quotedOrNone("CLOSED-CAPTIONS"),
  });
}

/** Without the fields that are undefined. */
function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
