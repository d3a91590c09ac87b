/** The tracks that a WebM or Matroska stream announces. RFC 8794 (EBML), RFC 9559 (Matroska). */
import { ByteReader } from "../bytes.ts";
import { MalformedError } from "../errors.ts";
import type { ProbedAudio, ProbedTrack, ProbedVideo } from "./container.ts";

const SPEC = "RFC 9559 §5";
const ID = {
  ebml: 0x1a45dfa3,
  segment: 0x18538067,
  cluster: 0x1f43b675,
  tracks: 0x1654ae6b,
  entry: 0xae,
  type: 0x83,
  codec: 0x86,
} as const;
const VIDEO = 1;
const AUDIO = 2;
const MAX_TRACKS = 64;
const MAX_NAME_BYTES = 64;

const VIDEO_CODECS: Readonly<Record<string, ProbedVideo>> = {
  "V_MPEG4/ISO/AVC": "avc",
  "V_MPEGH/ISO/HEVC": "hevc",
  V_VP8: "vp8",
  V_VP9: "vp9",
  V_AV1: "av1",
};
const AUDIO_CODECS: Readonly<Record<string, ProbedAudio>> = {
  A_AAC: "aac",
  A_OPUS: "opus",
  A_VORBIS: "vorbis",
  "A_MPEG/L3": "mp3",
  "A_MPEG/L2": "mp2",
  A_AC3: "ac3",
  A_EAC3: "eac3",
  A_FLAC: "flac",
  "A_PCM/INT/LIT": "pcm",
  "A_PCM/FLOAT/IEEE": "pcm",
};

/** An element header. `sizeBytes` undefined: unknown, it lasts until its parent's next child, as live streams write it. */
type Header = Readonly<{ id: number; sizeBytes: number | undefined; headerBytes: number }>;

/**
 * The tracks, or undefined when they are not complete in `bytes`.
 * @throws {MalformedError} broken element headers, media before the tracks, or more than 64 tracks
 */
export function probeMatroska(bytes: Uint8Array): readonly ProbedTrack[] | undefined {
  let at = 0;
  while (at < bytes.length) {
    const header = readHeader(bytes, at);
    if (header === undefined) return undefined;
    at += header.headerBytes;
    if (header.id === ID.segment) continue; // its children follow
    if (header.id === ID.cluster) throw new MalformedError("media before the tracks", at, SPEC);
    if (header.sizeBytes === undefined) throw new MalformedError("element of unknown length", at, "RFC 8794 §6.2");
    if (header.id === ID.tracks) {
      const end = at + header.sizeBytes;
      return end > bytes.length ? undefined : readTracks(bytes.subarray(at, end));
    }
    at += header.sizeBytes;
  }
  return undefined;
}

function readTracks(bytes: Uint8Array): ProbedTrack[] {
  const tracks: ProbedTrack[] = [];
  let count = 0;
  for (const { id, payload } of children(bytes)) {
    if (id !== ID.entry) continue;
    if (++count > MAX_TRACKS) throw new MalformedError(`more than ${MAX_TRACKS} tracks`, 0, SPEC);
    const track = readEntry(payload);
    if (track !== undefined) tracks.push(track);
  }
  return tracks;
}

function readEntry(bytes: Uint8Array): ProbedTrack | undefined {
  let type = 0;
  let name = "";
  for (const { id, payload } of children(bytes)) {
    if (id === ID.type) type = payload.at(-1) ?? 0;
    if (id === ID.codec) name = readName(payload);
  }
  if (type === VIDEO) return { kind: "video", codec: own(VIDEO_CODECS, name), name };
  if (type === AUDIO) return { kind: "audio", codec: own(AUDIO_CODECS, name.replace(/^A_AAC\/.*$/, "A_AAC")), name };
  return undefined;
}

function readName(bytes: Uint8Array): string {
  return new ByteReader(bytes, SPEC).utf8(Math.min(bytes.length, MAX_NAME_BYTES)).replace(/\0+$/, "");
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function* children(bytes: Uint8Array): Generator<{ id: number; payload: Uint8Array }, void> {
  let at = 0;
  while (at < bytes.length) {
    const header = readHeader(bytes, at);
    const start = at + (header?.headerBytes ?? 0);
    const end = start + (header?.sizeBytes ?? Number.NaN);
    if (header === undefined || !(end <= bytes.length)) {
      throw new MalformedError("element longer than its parent", at, "RFC 8794 §6.1");
    }
    yield { id: header.id, payload: bytes.subarray(start, end) };
    at = end;
  }
}

function readHeader(bytes: Uint8Array, at: number): Header | undefined {
  const id = readVint(bytes, at, 4, true);
  if (id === undefined) return undefined;
  const size = readVint(bytes, at + id.length, 8, false);
  if (size === undefined) return undefined;
  const isUnknown = size.value === 2 ** (7 * size.length) - 1;
  return { id: id.value, sizeBytes: isUnknown ? undefined : size.value, headerBytes: id.length + size.length };
}

/** A number that says its own length. RFC 8794 §4. Identifiers keep the bit that marks the length. */
function readVint(
  bytes: Uint8Array,
  at: number,
  maxLength: number,
  keepMarker: boolean,
): { value: number; length: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  const length = Math.clz32(first) - 23;
  if (length > maxLength) throw new MalformedError(`number of ${length} bytes`, at, "RFC 8794 §4");
  if (at + length > bytes.length) return undefined;
  let value = keepMarker ? first : first & (0xff >> length);
  for (let i = 1; i < length; i++) value = value * 256 + (bytes[at + i] ?? 0);
  // The marker of unknown length has 56 bits, all set: more than a number holds exactly, and the only such value.
  if (length === 8 && !keepMarker && value >= 2 ** 53 && value < 2 ** 56 - 1) {
    throw new MalformedError("length over 2^53", at, "RFC 8794 §6.2");
  }
  return { value, length };
}
