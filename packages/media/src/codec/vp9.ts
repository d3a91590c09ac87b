/** VP9: the configuration record (vpcC), picture size from a keyframe, codec string. VP codec ISO media binding, VP9 §6.2. */
import { MalformedError } from "../errors.ts";
import { BitReader } from "./bit-reader.ts";

const CONFIG_SPEC = "VP Codec ISO Media File Format Binding §2.2";
const FRAME_SPEC = "VP9 §6.2";
const RECORD_BYTES = 8;
const SYNC_CODE = 0x498342;
const CS_RGB = 7;

/** A VPCodecConfigurationRecord: it does not say how large the picture is. */
export type Vp9Config = Readonly<{
  profile: number;
  /** 10 × level; 0 when unknown. */
  level: number;
  bitDepth: 8 | 10 | 12;
  chromaSubsampling: number;
  fullRange: boolean;
}>;

/** The record without the box's version and flags, whether or not `description` has them. Enhanced RTMP sends it without, files with. */
export function vp9Record(description: Uint8Array): Uint8Array {
  const isFullBox =
    description.length >= 12 && description[0] === 1 && !description[1] && !description[2] && !description[3];
  return isFullBox ? description.subarray(4) : description;
}

/** Parses a vpcC payload with or without version and flags. @throws {MalformedError} cut, or a bit depth other than 8, 10, 12 */
export function parseVp9Config(description: Uint8Array): Vp9Config {
  const record = vp9Record(description);
  if (record.length < RECORD_BYTES) {
    throw new MalformedError(`vpcC of ${record.length} bytes, ${RECORD_BYTES} wanted`, record.length, CONFIG_SPEC);
  }
  const reader = new BitReader(record, CONFIG_SPEC);
  const profile = reader.bits(8);
  const level = reader.bits(8);
  const bitDepth = reader.bits(4);
  if (profile > 3) throw new MalformedError(`profile ${profile}, at most 3`, 0, CONFIG_SPEC);
  if (bitDepth !== 8 && bitDepth !== 10 && bitDepth !== 12)
    throw new MalformedError(`bit depth ${bitDepth}`, 2, CONFIG_SPEC);
  return { profile, level, bitDepth, chromaSubsampling: reader.bits(3), fullRange: reader.flag() };
}

/** The RFC 6381 string of a vpcC payload, e.g. `vp09.00.31.08`. @throws as parseVp9Config */
export function vp9CodecString(description: Uint8Array): string {
  const { profile, level, bitDepth } = parseVp9Config(description);
  return `vp09.${[profile, level, bitDepth].map((value) => String(value).padStart(2, "0")).join(".")}`;
}

/**
 * Picture size in the header of a frame, or undefined when it is not a keyframe.
 * @throws {MalformedError} not a VP9 frame, or it is cut
 */
export function parseVp9KeyframeSize(frame: Uint8Array): { widthPx: number; heightPx: number } | undefined {
  const reader = new BitReader(frame, FRAME_SPEC);
  if (reader.bits(2) !== 2) reader.fail("frame_marker is not 2");
  const profile = reader.bits(1) + 2 * reader.bits(1);
  if (profile === 3) reader.skip(1);
  if (reader.flag()) return undefined; // show_existing_frame
  const interFrame = reader.flag();
  reader.skip(2); // show_frame, error_resilient_mode
  if (interFrame) return undefined;
  if (reader.bits(24) !== SYNC_CODE) reader.fail("no frame sync code");
  skipColourConfig(reader, profile);
  return { widthPx: reader.bits(16) + 1, heightPx: reader.bits(16) + 1 };
}

function skipColourConfig(reader: BitReader, profile: number): void {
  if (profile >= 2) reader.skip(1); // ten_or_twelve_bit
  const subsamplingBits = profile === 1 || profile === 3;
  if (reader.bits(3) !== CS_RGB) reader.skip(subsamplingBits ? 4 : 1);
  else if (subsamplingBits) reader.skip(1);
}
