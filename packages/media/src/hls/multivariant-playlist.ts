/** A multivariant playlist and its text. rfc8216bis §4.4.6. */
import { attributeList, decimal, enumerated, integer, line, optional, quoted, yes } from "./attributes.ts";
import { type StartPoint, startPoint } from "./media-playlist.ts";

/** EXT-X-MEDIA: one rendition of a group. §4.4.6.1. */
export type MediaRendition = Readonly<{
  type: "AUDIO" | "VIDEO" | "SUBTITLES" | "CLOSED-CAPTIONS";
  groupId: string;
  name: string;
  /** Absent: the media is in the variant itself. Never with CLOSED-CAPTIONS, always with SUBTITLES. */
  uri?: string | undefined;
  language?: string | undefined;
  assocLanguage?: string | undefined;
  stableRenditionId?: string | undefined;
  default?: boolean | undefined;
  autoselect?: boolean | undefined;
  forced?: boolean | undefined;
  /** Needed with CLOSED-CAPTIONS: CC1 to CC4 or SERVICE1 to SERVICE63. */
  instreamId?: string | undefined;
  bitDepth?: number | undefined;
  sampleRateHz?: number | undefined;
  characteristics?: string | undefined;
  /** First the number of channels, e.g. "2". */
  channels?: string | undefined;
}>;

/** EXT-X-STREAM-INF and its URI. `audio`, `video`, `subtitles`, `closedCaptions` name groups. §4.4.6.2. */
export type Variant = Readonly<{
  uri: string;
  /** Peak segment bit rate. */
  bandwidthBps: number;
  averageBandwidthBps?: number | undefined;
  score?: number | undefined;
  /** RFC 6381 strings of every track that the variant and its groups play. */
  codecs?: readonly string[] | undefined;
  supplementalCodecs?: string | undefined;
  resolution?: Readonly<{ widthPx: number; heightPx: number }> | undefined;
  /** Written with three decimals, as the specification asks. */
  frameRate?: number | undefined;
  hdcpLevel?: string | undefined;
  videoRange?: string | undefined;
  stableVariantId?: string | undefined;
  pathwayId?: string | undefined;
  audio?: string | undefined;
  video?: string | undefined;
  subtitles?: string | undefined;
  /** "NONE" is written as an enumerated string: no captions anywhere. */
  closedCaptions?: string | undefined;
}>;

/** A multivariant playlist as plain data. */
export type MultivariantPlaylist = Readonly<{
  /** EXT-X-VERSION; left out, the serializer writes 6, or 7 when SERVICE captions are named. */
  version?: number | undefined;
  independentSegments?: boolean | undefined;
  start?: StartPoint | undefined;
  media: readonly MediaRendition[];
  variants: readonly Variant[];
}>;

/** The text of a multivariant playlist, lines ended by \n. @throws {RangeError} a value that the format cannot carry, or a group that no rendition has */
export function serializeMultivariantPlaylist(playlist: MultivariantPlaylist): string {
  checkGroups(playlist);
  const lines = ["#EXTM3U", `#EXT-X-VERSION:${integer(playlist.version ?? requiredVersion(playlist))}`];
  if (playlist.independentSegments === true) lines.push("#EXT-X-INDEPENDENT-SEGMENTS");
  if (playlist.start !== undefined) lines.push(`#EXT-X-START:${startPoint(playlist.start)}`);
  for (const rendition of playlist.media) lines.push(`#EXT-X-MEDIA:${mediaAttributes(rendition)}`);
  for (const variant of playlist.variants) {
    lines.push(`#EXT-X-STREAM-INF:${variantAttributes(variant)}`, line(variant.uri));
  }
  return `${lines.join("\n")}\n`;
}

function requiredVersion(playlist: MultivariantPlaylist): number {
  return playlist.media.some((rendition) => rendition.instreamId?.startsWith("SERVICE")) ? 7 : 6;
}

function checkGroups(playlist: MultivariantPlaylist): void {
  const groups = new Set(playlist.media.map((rendition) => `${rendition.type} ${rendition.groupId}`));
  for (const { audio, video, subtitles, closedCaptions } of playlist.variants) {
    const named = [
      ["AUDIO", audio],
      ["VIDEO", video],
      ["SUBTITLES", subtitles],
      ["CLOSED-CAPTIONS", closedCaptions === "NONE" ? undefined : closedCaptions],
    ] as const;
    for (const [type, group] of named) {
      if (group !== undefined && !groups.has(`${type} ${group}`))
        throw new RangeError(`no EXT-X-MEDIA of ${type} group ${group}`);
    }
  }
}

function mediaAttributes(rendition: MediaRendition): string {
  return attributeList({
    TYPE: rendition.type,
    "GROUP-ID": quoted(rendition.groupId),
    NAME: quoted(rendition.name),
    LANGUAGE: optional(rendition.language, quoted),
    "ASSOC-LANGUAGE": optional(rendition.assocLanguage, quoted),
    "STABLE-RENDITION-ID": optional(rendition.stableRenditionId, quoted),
    DEFAULT: yes(rendition.default),
    AUTOSELECT: yes(rendition.autoselect),
    FORCED: yes(rendition.forced),
    "INSTREAM-ID": optional(rendition.instreamId, quoted),
    "BIT-DEPTH": optional(rendition.bitDepth, integer),
    "SAMPLE-RATE": optional(rendition.sampleRateHz, integer),
    CHARACTERISTICS: optional(rendition.characteristics, quoted),
    CHANNELS: optional(rendition.channels, quoted),
    URI: optional(rendition.uri, quoted),
  });
}

function variantAttributes(variant: Variant): string {
  const { resolution, closedCaptions } = variant;
  return attributeList({
    BANDWIDTH: integer(variant.bandwidthBps),
    "AVERAGE-BANDWIDTH": optional(variant.averageBandwidthBps, integer),
    SCORE: optional(variant.score, decimal),
    CODECS: optional(variant.codecs, (codecs) => quoted(codecs.join(","))),
    "SUPPLEMENTAL-CODECS": optional(variant.supplementalCodecs, quoted),
    RESOLUTION: optional(resolution, ({ widthPx, heightPx }) => `${integer(widthPx)}x${integer(heightPx)}`),
    "FRAME-RATE": optional(variant.frameRate, threeDecimals),
    "HDCP-LEVEL": optional(variant.hdcpLevel, enumerated),
    "VIDEO-RANGE": optional(variant.videoRange, enumerated),
    "STABLE-VARIANT-ID": optional(variant.stableVariantId, quoted),
    "PATHWAY-ID": optional(variant.pathwayId, quoted),
    AUDIO: optional(variant.audio, quoted),
    VIDEO: optional(variant.video, quoted),
    SUBTITLES: optional(variant.subtitles, quoted),
    "CLOSED-CAPTIONS": closedCaptions === "NONE" ? "NONE" : optional(closedCaptions, quoted),
  });
}

function threeDecimals(value: number): string {
  decimal(value);
  return value.toFixed(3);
}
