/** Reads one section of a session description. */
import { MalformedError } from "@rostrum/media/errors";
import { SDP_SPEC, shown, type Level } from "./lines.ts";
import type { DataSection, Direction, HeaderExtension, MediaSection, Msid, Section } from "./model.ts";
import { parseCodecs } from "./parse-codecs.ts";
import { parseRids, parseSimulcast } from "./parse-layers.ts";
import { parseSourceGroups, parseSources } from "./parse-sources.ts";

const MEDIA_LINE = /^(\S{1,32}) (\d{1,5})(?:\/\d+)? (\S{1,64}) (.+)$/;
const RTP_PROTOCOL = /^(?:(?:UDP|TCP)\/TLS\/)?RTP\/SAVPF?$/;
const DATA_PROTOCOL = /^(?:UDP|TCP)\/DTLS\/SCTP$/;
const MID = /^\S{1,64}$/;
const EXTMAP = /^(\d{1,5})(?:\/(sendrecv|sendonly|recvonly|inactive))? (\S{1,256})(?: .*)?$/;
const MAX_EXTENSIONS = 64;
const MAX_MSIDS = 16;
/** RFC 8841 §6.1 */
const DEFAULT_MAX_MESSAGE_BYTES = 65_536;
const DIRECTIONS: readonly Direction[] = ["sendrecv", "sendonly", "recvonly", "inactive"];

/** @throws {MalformedError} */
export function parseSection(level: Level, session: Level): Section {
  const { value, offset } = level.head;
  const match = MEDIA_LINE.exec(value);
  if (match === null) throw new MalformedError(`not an m= line: ${shown(value)}`, offset, `${SDP_SPEC}.14`);
  const [, media = "", port, protocol = "", formats = ""] = match;
  const base = { mid: parseMid(level), rejected: Number(port) === 0 && !level.has("bundle-only"), protocol };
  if ((media === "audio" || media === "video") && RTP_PROTOCOL.test(protocol)) {
    return { ...base, kind: media, ...parseMedia(level, session, formats) };
  }
  if (media === "application" && DATA_PROTOCOL.test(protocol) && formats.trim() === "webrtc-datachannel") {
    return { ...base, kind: "application", ...parseData(level) };
  }
  return { ...base, kind: "other", media, formats };
}

function parseMid(level: Level): string {
  const mid = level.first("mid");
  if (mid === undefined) return "";
  if (!MID.test(mid.value)) {
    throw new MalformedError(
      `the mid ${shown(mid.value)} is not 1 to 64 characters without spaces`,
      mid.offset,
      "RFC 5888 §4",
    );
  }
  return mid.value;
}

type MediaPart = Omit<MediaSection, "kind" | "mid" | "rejected" | "protocol">;

function parseMedia(level: Level, session: Level, formats: string): MediaPart {
  const simulcast = parseSimulcast(level);
  return {
    direction: parseDirection(level) ?? parseDirection(session) ?? "sendrecv",
    codecs: parseCodecs(level, formats),
    extensions: parseExtensions(level),
    msids: level
      .all("msid")
      .slice(0, MAX_MSIDS)
      .flatMap(({ value }) => parseMsid(value) ?? []),
    rids: parseRids(level),
    ...(simulcast === undefined ? {} : { simulcast }),
    sources: parseSources(level),
    sourceGroups: parseSourceGroups(level),
    rtcpMux: level.has("rtcp-mux"),
    rtcpReducedSize: level.has("rtcp-rsize"),
  };
}

function parseData(level: Level): Pick<DataSection, "sctpPort" | "maxMessageSizeBytes"> {
  const port = Number(level.first("sctp-port")?.value ?? 5_000);
  const size = Number(level.first("max-message-size")?.value ?? DEFAULT_MAX_MESSAGE_BYTES);
  return {
    sctpPort: Number.isInteger(port) && port > 0 && port <= 65_535 ? port : 5_000,
    maxMessageSizeBytes: Number.isSafeInteger(size) && size >= 0 ? size : DEFAULT_MAX_MESSAGE_BYTES,
  };
}

function parseDirection(level: Level): Direction | undefined {
  return DIRECTIONS.find((direction) => level.has(direction));
}

/** Ids of RFC 8285 §5 only: 1–255 without 15. Larger ones stand for "choose one", which browsers never write. */
function parseExtensions(level: Level): readonly HeaderExtension[] {
  const extensions: HeaderExtension[] = [];
  const ids = new Set<number>();
  for (const { value } of level.all("extmap")) {
    const [, idText, direction, uri = ""] = EXTMAP.exec(value) ?? [];
    const id = Number(idText ?? 0);
    if (id < 1 || id === 15 || id > 255 || ids.has(id) || extensions.length >= MAX_EXTENSIONS) continue;
    ids.add(id);
    extensions.push(direction === undefined ? { id, uri } : { id, uri, direction: direction as Direction });
  }
  return extensions;
}

/** `stream track`, or `stream` alone; undefined when it is neither. */
export function parseMsid(value: string): Msid | undefined {
  const [stream = "", track = "", ...more] = value.split(" ");
  return stream === "" || more.length > 0 ? undefined : { stream, track };
}
