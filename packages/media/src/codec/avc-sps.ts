/** The H.264 sequence parameter set: picture size, chroma, timing. H.264 §7.3.2.1.1 and Annex E. */
import { BitReader, removeEmulationPrevention } from "./bit-reader.ts";
import { SAMPLE_ASPECT_RATIOS } from "./aspect-ratio.ts";

const SPEC = "H.264 §7.3.2.1.1";

/** What an SPS says. `undefined` where the stream does not say it. */
export type AvcSps = Readonly<{
  /** profile_idc, the constraint flags as one byte, level_idc (31 = 3.1). */
  profile: number;
  constraints: number;
  level: number;
  id: number;
  chroma: "4:0:0" | "4:2:0" | "4:2:2" | "4:4:4";
  bitDepthLuma: number;
  bitDepthChroma: number;
  /** After cropping, before the sample aspect ratio. */
  widthPx: number;
  heightPx: number;
  /** Sample aspect ratio; 1:1 when the stream does not say. */
  sarWidth: number;
  sarHeight: number;
  /** False when every picture is a whole frame. */
  interlaced: boolean;
  /** time_scale / (2 · num_units_in_tick): a promise only with `fixedFrameRate`; encoders with variable rate put their clock here. */
  frameRate: number | undefined;
  fixedFrameRate: boolean;
  /** How many pictures may come later in display order than in decoding order. */
  reorderFrames: number | undefined;
  fullRange: boolean | undefined;
  colour: Readonly<{ primaries: number; transfer: number; matrix: number }> | undefined;
}>;

type Vui = Pick<
  AvcSps,
  "sarWidth" | "sarHeight" | "frameRate" | "fixedFrameRate" | "reorderFrames" | "fullRange" | "colour"
>;

type Format = Pick<AvcSps, "chroma" | "bitDepthLuma" | "bitDepthChroma"> & { readonly separatePlanes: boolean };

const NO_VUI: Vui = {
  sarWidth: 1,
  sarHeight: 1,
  frameRate: undefined,
  fixedFrameRate: false,
  reorderFrames: undefined,
  fullRange: undefined,
  colour: undefined,
};

/** Profiles whose SPS carries chroma format, bit depths and scaling lists. H.264 §7.3.2.1.1. */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
const CHROMA = ["4:0:0", "4:2:0", "4:2:2", "4:4:4"] as const;
const MAX_SIZE_PX = 16_384;

/** Whether an SPS and an avcC of this profile carry chroma format and bit depths. */
export function isHighProfile(profile: number): boolean {
  return HIGH_PROFILES.has(profile);
}

/**
 * Parses one SPS NAL unit, header byte included, no start code.
 * @throws {MalformedError} not an SPS, fields out of their range, or a picture beyond 16384 pixels on a side
 */
export function parseSps(nal: Uint8Array): AvcSps {
  const reader = new BitReader(removeEmulationPrevention(nal), SPEC);
  const header = reader.bits(8);
  if ((header & 0x1f) !== 7) reader.fail(`NAL unit type ${header & 0x1f}, expected 7 (SPS)`);
  const profile = reader.bits(8);
  const constraints = reader.bits(8);
  const level = reader.bits(8);
  const id = bounded(reader, reader.ue(), 31, "seq_parameter_set_id");
  const format = readFormat(reader, profile);
  skipOrder(reader);
  reader.ue(); // max_num_ref_frames
  reader.skip(1); // gaps_in_frame_num_value_allowed_flag
  const size = readSize(reader, format);
  const vui = reader.flag() ? readVui(reader) : NO_VUI;
  const { separatePlanes: _, ...shown } = format;
  return { profile, constraints, level, id, ...shown, ...size, ...vui };
}

function readFormat(reader: BitReader, profile: number): Format {
  if (!isHighProfile(profile)) return { chroma: "4:2:0", bitDepthLuma: 8, bitDepthChroma: 8, separatePlanes: false };
  const chroma = CHROMA[bounded(reader, reader.ue(), 3, "chroma_format_idc")] ?? "4:2:0";
  const separatePlanes = chroma === "4:4:4" && reader.flag();
  const bitDepthLuma = 8 + bounded(reader, reader.ue(), 6, "bit_depth_luma_minus8");
  const bitDepthChroma = 8 + bounded(reader, reader.ue(), 6, "bit_depth_chroma_minus8");
  reader.skip(1); // qpprime_y_zero_transform_bypass_flag
  if (reader.flag()) skipScalingLists(reader, chroma === "4:4:4" ? 12 : 8);
  return { chroma, bitDepthLuma, bitDepthChroma, separatePlanes };
}

function skipScalingLists(reader: BitReader, count: number): void {
  for (let list = 0; list < count; list++) {
    if (!reader.flag()) continue;
    let last = 8;
    let next = 8;
    for (let i = 0; i < (list < 6 ? 16 : 64); i++) {
      if (next !== 0) next = (((last + reader.se()) % 256) + 256) % 256;
      last = next === 0 ? last : next;
    }
  }
}

function skipOrder(reader: BitReader): void {
  reader.ue(); // log2_max_frame_num_minus4
  const type = bounded(reader, reader.ue(), 2, "pic_order_cnt_type");
  if (type === 0) reader.ue();
  if (type !== 1) return;
  reader.skip(1);
  reader.se();
  reader.se();
  const cycle = bounded(reader, reader.ue(), 255, "num_ref_frames_in_pic_order_cnt_cycle");
  for (let i = 0; i < cycle; i++) reader.se();
}

function readSize(reader: BitReader, format: Format): Pick<AvcSps, "widthPx" | "heightPx" | "interlaced"> {
  const codedWidth = (bounded(reader, reader.ue(), MAX_SIZE_PX / 16, "pic_width_in_mbs_minus1") + 1) * 16;
  const mapUnits = bounded(reader, reader.ue(), MAX_SIZE_PX / 16, "pic_height_in_map_units_minus1") + 1;
  const interlaced = !reader.flag();
  if (interlaced) reader.skip(1); // mb_adaptive_frame_field_flag
  reader.skip(1); // direct_8x8_inference_flag
  const codedHeight = mapUnits * 16 * (interlaced ? 2 : 1);
  if (!reader.flag()) return { widthPx: codedWidth, heightPx: codedHeight, interlaced };
  const subsampledX = !format.separatePlanes && (format.chroma === "4:2:0" || format.chroma === "4:2:2");
  const subsampledY = !format.separatePlanes && format.chroma === "4:2:0";
  const unitX = subsampledX ? 2 : 1;
  const unitY = (subsampledY ? 2 : 1) * (interlaced ? 2 : 1);
  const widthPx = codedWidth - unitX * (reader.ue() + reader.ue());
  const heightPx = codedHeight - unitY * (reader.ue() + reader.ue());
  if (widthPx <= 0 || heightPx <= 0) reader.fail(`cropping leaves ${widthPx}x${heightPx} pixels`);
  return { widthPx, heightPx, interlaced };
}

/** VUI parameters. H.264 §E.1.1. */
function readVui(reader: BitReader): Vui {
  const sar = readAspectRatio(reader);
  if (reader.flag()) reader.skip(1); // overscan
  const { fullRange, colour } = readVideoSignal(reader);
  if (reader.flag()) {
    reader.ue(); // chroma_sample_loc_type
    reader.ue();
  }
  const timing = readTiming(reader);
  const nalHrd = reader.flag();
  if (nalHrd) skipHrd(reader);
  const vclHrd = reader.flag();
  if (vclHrd) skipHrd(reader);
  if (nalHrd || vclHrd) reader.skip(1); // low_delay_hrd_flag
  reader.skip(1); // pic_struct_present_flag
  return { ...sar, fullRange, colour, ...timing, reorderFrames: reader.flag() ? readReorder(reader) : undefined };
}

function readAspectRatio(reader: BitReader): Pick<Vui, "sarWidth" | "sarHeight"> {
  if (!reader.flag()) return { sarWidth: 1, sarHeight: 1 };
  const idc = reader.bits(8);
  const [sarWidth, sarHeight] =
    idc === 255 ? [reader.bits(16), reader.bits(16)] : (SAMPLE_ASPECT_RATIOS[idc] ?? [1, 1]);
  // 0 means "unspecified": shown as square.
  return sarWidth === 0 || sarHeight === 0 ? { sarWidth: 1, sarHeight: 1 } : { sarWidth, sarHeight };
}

function readVideoSignal(reader: BitReader): Pick<Vui, "fullRange" | "colour"> {
  if (!reader.flag()) return { fullRange: undefined, colour: undefined };
  reader.skip(3); // video_format
  const fullRange = reader.flag();
  if (!reader.flag()) return { fullRange, colour: undefined };
  return { fullRange, colour: { primaries: reader.bits(8), transfer: reader.bits(8), matrix: reader.bits(8) } };
}

function readTiming(reader: BitReader): Pick<Vui, "frameRate" | "fixedFrameRate"> {
  if (!reader.flag()) return { frameRate: undefined, fixedFrameRate: false };
  const unitsInTick = reader.bits(32);
  const timeScale = reader.bits(32);
  const fixedFrameRate = reader.flag();
  const known = unitsInTick > 0 && timeScale > 0;
  return { frameRate: known ? timeScale / (2 * unitsInTick) : undefined, fixedFrameRate };
}

function skipHrd(reader: BitReader): void {
  const count = bounded(reader, reader.ue(), 31, "cpb_cnt_minus1") + 1;
  reader.skip(8); // bit_rate_scale, cpb_size_scale
  for (let i = 0; i < count; i++) {
    reader.ue();
    reader.ue();
    reader.skip(1);
  }
  reader.skip(20); // four lengths of 5 bits
}

function readReorder(reader: BitReader): number {
  reader.skip(1); // motion_vectors_over_pic_boundaries_flag
  for (let i = 0; i < 4; i++) reader.ue();
  return bounded(reader, reader.ue(), 16, "max_num_reorder_frames");
}

function bounded(reader: BitReader, value: number, max: number, name: string): number {
  if (value > max) reader.fail(`${name} ${value}, at most ${max}`);
  return value;
}
