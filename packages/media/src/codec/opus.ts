/** Opus: OpusHead (Ogg, WebM, enhanced RTMP), dOps (MP4), and how long a packet lasts. */
import { MalformedError, UnsupportedError } from "../errors.ts";

const HEAD_SPEC = "RFC 7845 §5.1";
const DOPS_SPEC = "Opus in ISOBMFF §4.3.2";
/** "OpusHead" */
const MAGIC = Uint8Array.of(0x4f, 0x70, 0x75, 0x73, 0x48, 0x65, 0x61, 0x64);

/** Ticks a second of every Opus track, whatever rate the encoder was fed. RFC 7845 §4. */
export const OPUS_RATE_HZ = 48_000;

/** What OpusHead and dOps both say. `mapping` is stream count, coupled count and the channel table, present when `mappingFamily` is not 0. */
export type OpusConfig = Readonly<{
  channels: number;
  /** Samples at 48 kHz to drop at the start. */
  preSkip: number;
  inputSampleRateHz: number;
  /** Q7.8 dB, signed. */
  outputGain: number;
  mappingFamily: number;
  mapping: Uint8Array | undefined;
}>;

/** Parses a dOps payload, or an OpusHead when it starts with that magic. @throws {MalformedError} cut, no channels, or another version */
export function parseOpusConfig(description: Uint8Array): OpusConfig {
  return isOpusHead(description) ? parseOpusHead(description) : parseDops(description);
}

/** Parses an OpusHead packet (little endian). @throws {MalformedError} no magic, cut, no channels, or an incompatible version */
export function parseOpusHead(packet: Uint8Array): OpusConfig {
  if (!isOpusHead(packet)) throw new MalformedError("no OpusHead magic", 0, HEAD_SPEC);
  const version = packet[MAGIC.length] ?? 255;
  if (version >> 4 !== 0) throw new MalformedError(`OpusHead version ${version}, expected 0 to 15`, 8, HEAD_SPEC);
  return readFields(packet, MAGIC.length + 1, true, HEAD_SPEC);
}

/** Parses a dOps payload (big endian). @throws {MalformedError} cut, no channels, or a version other than 0 */
export function parseDops(payload: Uint8Array): OpusConfig {
  if (payload[0] !== 0) throw new MalformedError(`dOps version ${payload[0] ?? "missing"}, expected 0`, 0, DOPS_SPEC);
  return readFields(payload, 1, false, DOPS_SPEC);
}

/** Serializes a dOps payload. */
export function serializeDops(config: OpusConfig): Uint8Array {
  return writeFields(config, Uint8Array.of(0), false);
}

/** Serializes an OpusHead packet. */
export function serializeOpusHead(config: OpusConfig): Uint8Array {
  return writeFields(config, Uint8Array.of(...MAGIC, 1), true);
}

/** The RFC 6381 string. */
export function opusCodecString(): string {
  return "opus";
}

/**
 * Duration of one packet in ticks of 48 kHz, 120 to 5760. RFC 6716 §3.1, §3.2.
 * @throws {MalformedError} an empty packet, a frame count of 0, or more than 120 ms
 */
export function opusPacketTicks(packet: Uint8Array): number {
  const toc = packet[0];
  if (toc === undefined) throw new MalformedError("empty Opus packet", 0, "RFC 6716 §3.1");
  const ticks = frameTicks(toc >> 3) * frameCount(packet, toc & 3);
  if (ticks === 0 || ticks > 5_760) throw new MalformedError(`Opus packet of ${ticks / 48} ms`, 1, "RFC 6716 §3.2.5");
  return ticks;
}

function frameTicks(config: number): number {
  if (config < 12) return [480, 960, 1_920, 2_880][config & 3] ?? 0; // SILK
  if (config < 16) return [480, 960][config & 1] ?? 0; // hybrid
  return [120, 240, 480, 960][config & 3] ?? 0; // CELT
}

function frameCount(packet: Uint8Array, code: number): number {
  if (code < 3) return code === 0 ? 1 : 2;
  const count = packet[1];
  if (count === undefined) throw new MalformedError("Opus packet without its frame count", 1, "RFC 6716 §3.2.5");
  return count & 0x3f;
}

function isOpusHead(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

function readFields(bytes: Uint8Array, start: number, littleEndian: boolean, spec: string): OpusConfig {
  if (bytes.length < start + 10)
    throw new MalformedError(`${bytes.length} bytes, ${start + 10} wanted`, bytes.length, spec);
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
  const channels = view.getUint8(0);
  if (channels === 0) throw new MalformedError("0 channels", start, spec);
  const mappingFamily = view.getUint8(9);
  if (mappingFamily === 0 && channels > 2)
    throw new MalformedError(`mapping family 0 with ${channels} channels`, start + 9, spec);
  const mappingEnd = start + 12 + channels;
  if (mappingFamily !== 0 && bytes.length < mappingEnd)
    throw new MalformedError("channel mapping is cut", bytes.length, spec);
  return {
    channels,
    preSkip: view.getUint16(1, littleEndian),
    inputSampleRateHz: view.getUint32(3, littleEndian),
    outputGain: view.getInt16(7, littleEndian),
    mappingFamily,
    mapping: mappingFamily === 0 ? undefined : new Uint8Array(bytes.subarray(start + 10, mappingEnd)),
  };
}

function writeFields(config: OpusConfig, start: Uint8Array, littleEndian: boolean): Uint8Array {
  const { mapping = new Uint8Array() } = config;
  const mappingBytes = config.mappingFamily === 0 ? 0 : 2 + config.channels;
  if (mapping.length !== mappingBytes)
    throw new UnsupportedError(`channel mapping of ${mapping.length} bytes, ${mappingBytes} expected`);
  const out = new Uint8Array(start.length + 10 + mapping.length);
  out.set(start);
  const view = new DataView(out.buffer, start.length);
  view.setUint8(0, config.channels);
  view.setUint16(1, config.preSkip, littleEndian);
  view.setUint32(3, config.inputSampleRateHz, littleEndian);
  view.setInt16(7, config.outputGain, littleEndian);
  view.setUint8(9, config.mappingFamily);
  out.set(mapping, start.length + 10);
  return out;
}
