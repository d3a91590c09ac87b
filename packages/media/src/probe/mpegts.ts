/** The tracks that an MPEG transport stream announces in its first program. ISO/IEC 13818-1 §2.4.3, §2.4.4. */
import { ByteReader } from "../bytes.ts";
import { MalformedError } from "../errors.ts";
import type { ProbedAudio, ProbedTrack, ProbedVideo } from "./container.ts";

const SPEC = "ISO/IEC 13818-1 §2.4.4";
/** All packets have this length. */
export const TS_PACKET_BYTES = 188;
/** The first byte of every packet. */
export const TS_SYNC = 0x47;
const PAT_PID = 0;
const PAT_TABLE = 0x00;
const PMT_TABLE = 0x02;
const CRC_BYTES = 4;
const PRIVATE_STREAM = 0x06;
const REGISTRATION = 0x05;
const AC3_DESCRIPTOR = 0x6a;
const EAC3_DESCRIPTOR = 0x7a;
const VIDEO_TYPES = new Map<number, ProbedVideo | undefined>([
  [0x1b, "avc"],
  [0x24, "hevc"],
  [0x01, undefined],
  [0x02, undefined],
  [0x10, undefined],
]);
const AUDIO_TYPES = new Map<number, ProbedAudio>([
  [0x0f, "aac"],
  [0x11, "aac_latm"],
  [0x03, "mp2"],
  [0x04, "mp2"],
  [0x81, "ac3"],
  [0x87, "eac3"],
]);
const REGISTERED: Readonly<Record<string, ProbedTrack>> = {
  Opus: { kind: "audio", codec: "opus", name: "Opus" },
  "AC-3": { kind: "audio", codec: "ac3", name: "AC-3" },
  EAC3: { kind: "audio", codec: "eac3", name: "EAC3" },
  HEVC: { kind: "video", codec: "hevc", name: "HEVC" },
  AV01: { kind: "video", codec: "av1", name: "AV01" },
};

/** A track and the packets that carry it. */
export type TsTrack = ProbedTrack & { readonly pid: number };

/** The first program. `tables` are the packets that announce it: a demuxer that gets them can be joined anywhere. */
export type TsProgram = Readonly<{ tracks: readonly TsTrack[]; tables: readonly Uint8Array[] }>;

/**
 * The first program, or undefined when its tables are not complete in `bytes`.
 * @throws {MalformedError} a packet that does not begin with the sync byte, or a broken table
 */
export function probeMpegTs(bytes: Uint8Array): TsProgram | undefined {
  let programPid: number | undefined;
  let table = new Section();
  const tables: Uint8Array[] = [];
  for (let at = 0; at + TS_PACKET_BYTES <= bytes.length; at += TS_PACKET_BYTES) {
    const packet = readTsPacket(bytes.subarray(at, at + TS_PACKET_BYTES), at);
    if (packet === undefined || packet.pid !== (programPid ?? PAT_PID)) continue;
    if (packet.starts || tables.length > 0) tables.push(bytes.slice(at, at + TS_PACKET_BYTES));
    const section = table.push(packet);
    if (section === undefined) continue;
    if (programPid !== undefined) return { tracks: readProgram(section), tables };
    programPid = readFirstProgramPid(section);
    if (programPid === undefined) tables.length = 0;
    table = new Section();
  }
  return undefined;
}

/** `starts`: a table or a packet of a track begins in it. `isRandomAccess`: the multiplexer says that decoding can begin here. */
export type TsPacket = Readonly<{ pid: number; starts: boolean; isRandomAccess: boolean; payload: Uint8Array }>;

/** One packet of 188 bytes; undefined when it has no payload. @throws {MalformedError} no sync byte; `at` is named in the message */
export function readTsPacket(bytes: Uint8Array, at: number): TsPacket | undefined {
  const reader = new ByteReader(bytes, SPEC);
  if (reader.u8() !== TS_SYNC) throw new MalformedError("no sync byte", at, "ISO/IEC 13818-1 §2.4.3.2");
  const flags = reader.u16();
  const control = reader.u8();
  if ((control & 0x10) === 0) return undefined;
  const adaptation = (control & 0x20) === 0 ? new Uint8Array() : reader.bytes(Math.min(reader.u8(), reader.remaining));
  const isRandomAccess = ((adaptation[0] ?? 0) & 0x40) !== 0;
  return { pid: flags & 0x1fff, starts: (flags & 0x4000) !== 0, isRandomAccess, payload: reader.rest() };
}

/** Puts one table together; a table is at most 1,024 bytes long. */
class Section {
  #bytes: number[] = [];
  #wanted: number | undefined;

  /** The section from its table id to before its checksum, when `packet` completes it. */
  push({ starts, payload }: TsPacket): Uint8Array | undefined {
    if (starts) {
      this.#bytes = [];
      this.#wanted = 3;
    }
    if (this.#wanted === undefined) return undefined;
    this.#bytes.push(...(starts ? payload.subarray(1 + (payload[0] ?? 0)) : payload));
    const [, high = 0, low = 0] = this.#bytes;
    if (this.#bytes.length >= 3) this.#wanted = 3 + (((high & 0x0f) << 8) | low);
    if (this.#bytes.length < this.#wanted) return undefined;
    return Uint8Array.from(this.#bytes.slice(0, Math.max(0, this.#wanted - CRC_BYTES)));
  }
}

/** Table id, length, id, version and numbers: 8 bytes before what a table says. */
function openTable(section: Uint8Array, tableId: number): ByteReader {
  const reader = new ByteReader(section, SPEC);
  const found = reader.u8();
  if (found !== tableId) throw new MalformedError(`table ${found}, expected ${tableId}`, 0, SPEC);
  reader.skip(7);
  return reader;
}

function readFirstProgramPid(section: Uint8Array): number | undefined {
  const reader = openTable(section, PAT_TABLE);
  while (reader.remaining >= 4) {
    const program = reader.u16();
    const pid = reader.u16() & 0x1fff;
    if (program !== 0) return pid; // 0 names the network, not a program
  }
  return undefined;
}

function readProgram(section: Uint8Array): TsTrack[] {
  const reader = openTable(section, PMT_TABLE);
  reader.skip(2); // clock
  reader.skip(reader.u16() & 0x0fff);
  const tracks: TsTrack[] = [];
  while (reader.remaining >= 5) {
    const type = reader.u8();
    const pid = reader.u16() & 0x1fff;
    const track = trackOf(type, reader.bytes(reader.u16() & 0x0fff));
    if (track !== undefined) tracks.push({ ...track, pid });
  }
  return tracks;
}

function trackOf(type: number, descriptors: Uint8Array): ProbedTrack | undefined {
  const name = `stream type 0x${type.toString(16).padStart(2, "0")}`;
  if (VIDEO_TYPES.has(type)) return { kind: "video", codec: VIDEO_TYPES.get(type), name };
  const audio = AUDIO_TYPES.get(type);
  if (audio !== undefined) return { kind: "audio", codec: audio, name };
  return type === PRIVATE_STREAM ? privateTrack(new ByteReader(descriptors, SPEC)) : undefined;
}

/** Codecs without a stream type of their own say in a descriptor what they are. */
function privateTrack(reader: ByteReader): ProbedTrack | undefined {
  while (reader.remaining >= 2) {
    const tag = reader.u8();
    const body = reader.bytes(reader.u8());
    if (tag === AC3_DESCRIPTOR) return REGISTERED["AC-3"];
    if (tag === EAC3_DESCRIPTOR) return REGISTERED["EAC3"];
    if (tag !== REGISTRATION || body.length < 4) continue;
    const format = String.fromCharCode(...body.subarray(0, 4));
    if (Object.hasOwn(REGISTERED, format)) return REGISTERED[format];
  }
  return undefined;
}
