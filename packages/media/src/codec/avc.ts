/** H.264: the configuration record (avcC), its codec string, and what the NAL units of a sample are. */
import { MalformedError } from "../errors.ts";
import { isHighProfile, parseSps } from "./avc-sps.ts";
import { splitNals } from "./nal.ts";

export { type AvcSps, parseSps } from "./avc-sps.ts";
export { annexBToLengthPrefixed, joinNals, lengthPrefixedToAnnexB, splitAnnexB, splitNals } from "./nal.ts";

const SPEC = "ISO/IEC 14496-15 §5.3.3.1";
const CHROMA_IDC = { "4:0:0": 0, "4:2:0": 1, "4:2:2": 2, "4:4:4": 3 } as const;

/** An AVCDecoderConfigurationRecord. The parameter sets are views into the record. */
export type AvcConfig = Readonly<{
  profile: number;
  constraints: number;
  level: number;
  nalLengthBytes: 1 | 2 | 4;
  sps: readonly Uint8Array[];
  pps: readonly Uint8Array[];
}>;

/** NAL unit types that matter here. H.264 table 7-1. */
export const AVC_NAL = {
  slice: 1,
  idr: 5,
  sei: 6,
  sps: 7,
  pps: 8,
  accessUnitDelimiter: 9,
  endOfSequence: 10,
  filler: 12,
} as const;

/**
 * Parses an avcC payload. The extension of the high profiles is not read: the SPS says the same.
 * @throws {MalformedError} other version, a length of 3 bytes, a cut record, or none of either parameter set
 */
export function parseAvcConfig(description: Uint8Array): AvcConfig {
  const version = byteAt(description, 0);
  if (version !== 1) throw new MalformedError(`avcC version ${version}, expected 1`, 0, SPEC);
  const nalLengthBytes = (byteAt(description, 4) & 3) + 1;
  if (nalLengthBytes === 3) throw new MalformedError("NAL lengths of 3 bytes", 4, SPEC);
  const sps = readSets(description, 6, byteAt(description, 5) & 0x1f);
  const pps = readSets(description, sps.end + 1, byteAt(description, sps.end));
  if (sps.sets.length === 0 || pps.sets.length === 0) {
    throw new MalformedError(`avcC with ${sps.sets.length} SPS and ${pps.sets.length} PPS`, 5, SPEC);
  }
  return {
    profile: byteAt(description, 1),
    constraints: byteAt(description, 2),
    level: byteAt(description, 3),
    nalLengthBytes: nalLengthBytes as 1 | 2 | 4,
    sps: sps.sets,
    pps: pps.sets,
  };
}

/**
 * Builds an avcC payload (NAL lengths of 4 bytes) from parameter sets without start codes.
 * @throws {RangeError} no set of a kind, more than the record can count, or one longer than 65535 bytes
 * @throws {MalformedError} the first SPS cannot be parsed
 */
export function buildAvcConfig(sps: readonly Uint8Array[], pps: readonly Uint8Array[]): Uint8Array {
  const [first] = sps;
  if (first === undefined || sps.length > 31) throw new RangeError(`${sps.length} SPS, expected 1 to 31`);
  if (pps.length === 0 || pps.length > 255) throw new RangeError(`${pps.length} PPS, expected 1 to 255`);
  const { profile, constraints, level, chroma, bitDepthLuma, bitDepthChroma } = parseSps(first);
  const out: number[] = [1, profile, constraints, level, 0xff, 0xe0 | sps.length];
  for (const set of sps) pushSet(out, set);
  out.push(pps.length);
  for (const set of pps) pushSet(out, set);
  if (isHighProfile(profile)) {
    out.push(0xfc | CHROMA_IDC[chroma], 0xf8 | (bitDepthLuma - 8), 0xf8 | (bitDepthChroma - 8), 0);
  }
  return Uint8Array.from(out);
}

/** The RFC 6381 string of an avcC payload, e.g. `avc1.64001f`. @throws {MalformedError} the record is cut */
export function avcCodecString(description: Uint8Array): string {
  const hex = [1, 2, 3].map((i) => byteAt(description, i).toString(16).padStart(2, "0"));
  return `avc1.${hex.join("")}`;
}

/** nal_unit_type of a NAL unit without start code or length; 0 for an empty one. */
export function nalType(nal: Uint8Array): number {
  return (nal[0] ?? 0) & 0x1f;
}

/** Whether the access unit starts anew: it has an IDR slice. @throws {MalformedError} a length reaches past the end */
export function hasIdr(data: Uint8Array, nalLengthBytes: number): boolean {
  return splitNals(data, nalLengthBytes).some((nal) => nalType(nal) === AVC_NAL.idr);
}

/** The parameter sets inside an access unit, as views: encoders may change them in mid-stream. @throws {MalformedError} as hasIdr */
export function findParameterSets(data: Uint8Array, nalLengthBytes: number): { sps: Uint8Array[]; pps: Uint8Array[] } {
  const sets: { sps: Uint8Array[]; pps: Uint8Array[] } = { sps: [], pps: [] };
  for (const nal of splitNals(data, nalLengthBytes)) {
    if (nalType(nal) === AVC_NAL.sps) sets.sps.push(nal);
    if (nalType(nal) === AVC_NAL.pps) sets.pps.push(nal);
  }
  return sets;
}

function readSets(record: Uint8Array, start: number, count: number): { sets: Uint8Array[]; end: number } {
  const sets: Uint8Array[] = [];
  let end = start;
  for (let i = 0; i < count; i++) {
    const length = byteAt(record, end) * 256 + byteAt(record, end + 1);
    const body = end + 2;
    if (body + length > record.length) {
      throw new MalformedError(`parameter set of ${length} bytes, ${record.length - body} left`, end, SPEC);
    }
    sets.push(record.subarray(body, body + length));
    end = body + length;
  }
  return { sets, end };
}

function pushSet(out: number[], set: Uint8Array): void {
  if (set.length === 0 || set.length > 0xffff) throw new RangeError(`parameter set of ${set.length} bytes`);
  out.push(set.length >> 8, set.length & 0xff, ...set);
}

function byteAt(bytes: Uint8Array, offset: number): number {
  const byte = bytes[offset];
  if (byte === undefined) throw new MalformedError(`avcC of ${bytes.length} bytes ends early`, offset, SPEC);
  return byte;
}
