/** AV1: the configuration record (av1C), picture size from the sequence header, codec string. AV1 §5.5, AV1 in ISOBMFF §2.3. */
import { MalformedError } from "../errors.ts";
import { BitReader } from "./bit-reader.ts";

const CONFIG_SPEC = "AV1 in ISOBMFF §2.3.3";
const OBU_SPEC = "AV1 §5.3";
const SEQUENCE_SPEC = "AV1 §5.5.1";
const OBU_SEQUENCE_HEADER = 1;

/** An AV1CodecConfigurationRecord. `size` is undefined when the record carries no sequence header (allowed, but rare). */
export type Av1Config = Readonly<{
  profile: number;
  /** seq_level_idx: 0 = 2.0, 8 = 4.0. */
  level: number;
  tier: "main" | "high";
  bitDepth: 8 | 10 | 12;
  monochrome: boolean;
  size: Readonly<{ widthPx: number; heightPx: number }> | undefined;
}>;

/** Parses an av1C payload. @throws {MalformedError} another version, a cut record or sequence header */
export function parseAv1Config(description: Uint8Array): Av1Config {
  const reader = new BitReader(description, CONFIG_SPEC);
  const marker = reader.bits(8);
  if (marker !== 0x81)
    throw new MalformedError(`av1C starts with ${marker}, expected 129 (marker, version 1)`, 0, CONFIG_SPEC);
  const profile = reader.bits(3);
  const level = reader.bits(5);
  const tier = reader.flag() ? "high" : "main";
  const highBitDepth = reader.flag();
  const twelveBit = reader.flag();
  const monochrome = reader.flag();
  reader.skip(12); // chroma subsampling, presentation delay
  const sequence = findSequenceHeader(description.subarray(4));
  const bitDepth = highBitDepth ? (twelveBit ? 12 : 10) : 8;
  return { profile, level, tier, bitDepth, monochrome, size: sequence && parseSequenceSize(sequence) };
}

/** The RFC 6381 string of an av1C payload, e.g. `av01.0.08M.08`. AV1 in ISOBMFF §5. @throws as parseAv1Config */
export function av1CodecString(description: Uint8Array): string {
  const { profile, level, tier, bitDepth } = parseAv1Config(description);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `av01.${profile}.${two(level)}${tier === "high" ? "H" : "M"}.${two(bitDepth)}`;
}

/** The payload of the first sequence header OBU, as a view, or undefined. @throws {MalformedError} an OBU reaches past the end */
export function findSequenceHeader(obus: Uint8Array): Uint8Array | undefined {
  let offset = 0;
  while (offset < obus.length) {
    const header = obus[offset] ?? 0;
    const hasSize = (header & 2) !== 0;
    const afterHeader = offset + ((header & 4) !== 0 ? 2 : 1);
    const { value, end } = hasSize
      ? readLeb128(obus, afterHeader)
      : { value: obus.length - afterHeader, end: afterHeader };
    if (value < 0 || end + value > obus.length) {
      throw new MalformedError(`OBU of ${value} bytes, ${obus.length - end} left`, offset, OBU_SPEC);
    }
    if (((header >> 3) & 15) === OBU_SEQUENCE_HEADER) return obus.subarray(end, end + value);
    offset = end + value;
  }
  return undefined;
}

/** Largest picture of a sequence header payload. @throws {MalformedError} it is cut */
export function parseSequenceSize(sequence: Uint8Array): { widthPx: number; heightPx: number } {
  const reader = new BitReader(sequence, SEQUENCE_SPEC);
  reader.skip(4); // seq_profile, still_picture
  if (reader.flag()) reader.skip(5);
  else skipOperatingPoints(reader);
  const widthBits = reader.bits(4) + 1;
  const heightBits = reader.bits(4) + 1;
  return { widthPx: reader.bits(widthBits) + 1, heightPx: reader.bits(heightBits) + 1 };
}

function skipOperatingPoints(reader: BitReader): void {
  let delayBits = 0;
  const timing = reader.flag();
  if (timing) {
    reader.skip(64); // num_units_in_display_tick, time_scale
    if (reader.flag()) reader.ue();
    if (reader.flag()) {
      delayBits = reader.bits(5) + 1;
      reader.skip(42); // num_units_in_decoding_tick and two lengths
    }
  }
  const initialDelay = reader.flag();
  const points = reader.bits(5) + 1;
  for (let i = 0; i < points; i++) {
    reader.skip(12); // operating_point_idc
    if (reader.bits(5) > 7) reader.skip(1); // seq_tier
    if (delayBits > 0 && reader.flag()) reader.skip(2 * delayBits + 1);
    if (initialDelay && reader.flag()) reader.skip(4);
  }
}

function readLeb128(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) throw new MalformedError("OBU size is cut", start + i, OBU_SPEC);
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: start + i + 1 };
  }
  throw new MalformedError("OBU size longer than 8 bytes", start, OBU_SPEC);
}
