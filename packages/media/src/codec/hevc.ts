/** H.265: the configuration record (hvcC), its codec string, and what the NAL units of a sample are. */
import { ByteReader, ByteWriter } from "../bytes.ts";
import { MalformedError } from "../errors.ts";
import { type HevcProfile, parseSps } from "./hevc-sps.ts";
import { splitNals } from "./nal.ts";

export { type HevcProfile, type HevcSps, parseSps } from "./hevc-sps.ts";
export { annexBToLengthPrefixed, joinNals, lengthPrefixedToAnnexB, splitAnnexB, splitNals } from "./nal.ts";

const SPEC = "ISO/IEC 14496-15 §8.3.3.1";
const CHROMA_IDC = { "4:0:0": 0, "4:2:0": 1, "4:2:2": 2, "4:4:4": 3 } as const;

/** An HEVCDecoderConfigurationRecord. The parameter sets are views into the record. */
export type HevcConfig = HevcProfile &
  Readonly<{
    nalLengthBytes: 1 | 2 | 4;
    vps: readonly Uint8Array[];
    sps: readonly Uint8Array[];
    pps: readonly Uint8Array[];
  }>;

/** NAL unit types that matter here; 16 to 23 are random access points. H.265 table 7-1. */
export const HEVC_NAL = {
  blaFirst: 16,
  idrWithLeading: 19,
  idrNoLeading: 20,
  cra: 21,
  rapLast: 23,
  vps: 32,
  sps: 33,
  pps: 34,
  accessUnitDelimiter: 35,
} as const;

/** @throws {MalformedError} another version, NAL lengths of 3 bytes, a cut record, or no SPS */
export function parseHevcConfig(description: Uint8Array): HevcConfig {
  const reader = new ByteReader(description, SPEC);
  const version = reader.u8();
  if (version !== 1) throw new MalformedError(`hvcC version ${version}, expected 1`, 0, SPEC);
  const profile = readProfile(reader);
  reader.skip(8); // spatial segmentation, parallelism, chroma, bit depths, average frame rate: the SPS says it
  const nalLengthBytes = (reader.u8() & 3) + 1;
  if (nalLengthBytes === 3) throw new MalformedError("NAL lengths of 3 bytes", 21, SPEC);
  const sets = readArrays(reader);
  if (sets.sps.length === 0) throw new MalformedError("hvcC without SPS", 22, SPEC);
  return { ...profile, nalLengthBytes: nalLengthBytes as 1 | 2 | 4, ...sets };
}

/**
 * Builds an hvcC payload (NAL lengths of 4 bytes, complete arrays) from parameter sets without start codes.
 * @throws {RangeError} no set of a kind, or one longer than 65535 bytes
 * @throws {MalformedError} the first SPS cannot be parsed
 */
export function buildHevcConfig(
  vps: readonly Uint8Array[],
  sps: readonly Uint8Array[],
  pps: readonly Uint8Array[],
): Uint8Array {
  const [first] = sps;
  if (first === undefined || vps.length === 0 || pps.length === 0) {
    throw new RangeError(`${vps.length} VPS, ${sps.length} SPS, ${pps.length} PPS; at least one of each is needed`);
  }
  const seen = parseSps(first);
  const writer = new ByteWriter();
  writer.u8(1).u8((seen.profileSpace << 6) | (seen.tier === "high" ? 0x20 : 0) | seen.profile);
  writer.u32(seen.compatibility).bytes(seen.constraints).u8(seen.level);
  writer.u16(0xf000).u8(0xfc); // min_spatial_segmentation_idc and parallelismType unknown
  writer.u8(0xfc | CHROMA_IDC[seen.chroma]);
  writer.u8(0xf8 | (seen.bitDepthLuma - 8)).u8(0xf8 | (seen.bitDepthChroma - 8));
  writer.u16(0); // avgFrameRate unknown
  writer.u8((seen.maxSubLayers << 3) | (seen.temporalIdNesting ? 4 : 0) | 3).u8(3);
  writeArray(writer, HEVC_NAL.vps, vps);
  writeArray(writer, HEVC_NAL.sps, sps);
  writeArray(writer, HEVC_NAL.pps, pps);
  return writer.finish();
}

/** The RFC 6381 string of an hvcC payload, e.g. `hvc1.1.6.L93.B0`. ISO/IEC 14496-15 §E.3. @throws {MalformedError} the record is cut */
export function hevcCodecString(description: Uint8Array): string {
  const reader = new ByteReader(description, SPEC);
  reader.skip(1);
  const { profileSpace, profile, compatibility, tier, level, constraints } = readProfile(reader);
  const space = ["", "A", "B", "C"][profileSpace] ?? "";
  const parts = [`hvc1.${space}${profile}`, reverseBits(compatibility).toString(16).toUpperCase()];
  parts.push(`${tier === "high" ? "H" : "L"}${level}`);
  const used = constraints.findLastIndex((byte) => byte !== 0) + 1;
  for (const byte of constraints.subarray(0, used)) parts.push(byte.toString(16).toUpperCase());
  return parts.join(".");
}

/** nal_unit_type of a NAL unit without start code or length; 0 for an empty one. */
export function nalType(nal: Uint8Array): number {
  return ((nal[0] ?? 0) >> 1) & 0x3f;
}

/** Whether decoding can start at this access unit: it has an IDR, CRA or BLA slice. @throws {MalformedError} a length reaches past the end */
export function hasRandomAccessPoint(data: Uint8Array, nalLengthBytes: number): boolean {
  return splitNals(data, nalLengthBytes).some((nal) => {
    const type = nalType(nal);
    return type >= HEVC_NAL.blaFirst && type <= HEVC_NAL.rapLast;
  });
}

/** The parameter sets inside an access unit, as views. @throws {MalformedError} a length reaches past the end */
export function findParameterSets(
  data: Uint8Array,
  nalLengthBytes: number,
): { vps: Uint8Array[]; sps: Uint8Array[]; pps: Uint8Array[] } {
  const sets: ReturnType<typeof findParameterSets> = { vps: [], sps: [], pps: [] };
  for (const nal of splitNals(data, nalLengthBytes)) keep(sets, nalType(nal), nal);
  return sets;
}

function readProfile(reader: ByteReader): HevcProfile {
  const first = reader.u8();
  return {
    profileSpace: first >> 6,
    tier: (first & 0x20) === 0 ? "main" : "high",
    profile: first & 0x1f,
    compatibility: reader.u32(),
    constraints: reader.bytes(6),
    level: reader.u8(),
  };
}

function readArrays(reader: ByteReader): ReturnType<typeof findParameterSets> {
  const sets: ReturnType<typeof findParameterSets> = { vps: [], sps: [], pps: [] };
  const arrays = reader.u8();
  for (let i = 0; i < arrays; i++) {
    const type = reader.u8() & 0x3f;
    const count = reader.u16();
    for (let j = 0; j < count; j++) keep(sets, type, reader.bytes(reader.u16()));
  }
  return sets;
}

function keep(sets: ReturnType<typeof findParameterSets>, type: number, nal: Uint8Array): void {
  if (type === HEVC_NAL.vps) sets.vps.push(nal);
  if (type === HEVC_NAL.sps) sets.sps.push(nal);
  if (type === HEVC_NAL.pps) sets.pps.push(nal);
}

function writeArray(writer: ByteWriter, type: number, sets: readonly Uint8Array[]): void {
  writer.u8(0x80 | type).u16(sets.length); // array_completeness: samples carry no further sets of this type
  for (const set of sets) {
    if (set.length === 0 || set.length > 0xffff) throw new RangeError(`parameter set of ${set.length} bytes`);
    writer.u16(set.length).bytes(set);
  }
}

function reverseBits(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit++) reversed = reversed * 2 + ((value >>> bit) & 1);
  return reversed;
}
