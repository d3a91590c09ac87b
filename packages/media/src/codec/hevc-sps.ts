/** The H.265 sequence parameter set: profile, picture size, timing. H.265 §7.3.2.2 and Annex E. */
import { SAMPLE_ASPECT_RATIOS } from "./aspect-ratio.ts";
import { BitReader, removeEmulationPrevention } from "./bit-reader.ts";

const SPEC = "H.265 §7.3.2.2";
const CHROMA = ["4:0:0", "4:2:0", "4:2:2", "4:4:4"] as const;
const MAX_SIZE_PX = 16_384;

/** The general part of profile_tier_level. `constraints` are the six bytes behind the compatibility flags. */
export type HevcProfile = Readonly<{
  profileSpace: number;
  tier: "main" | "high";
  profile: number;
  compatibility: number;
  constraints: Uint8Array;
  /** general_level_idc: 30 × level. */
  level: number;
}>;

/** What an SPS says. `undefined` where the stream does not say it. */
export type HevcSps = HevcProfile &
  Readonly<{
    id: number;
    maxSubLayers: number;
    temporalIdNesting: boolean;
    chroma: "4:0:0" | "4:2:0" | "4:2:2" | "4:4:4";
    bitDepthLuma: number;
    bitDepthChroma: number;
    /** After the conformance window, before the sample aspect ratio. */
    widthPx: number;
    heightPx: number;
    sarWidth: number;
    sarHeight: number;
    interlaced: boolean;
    /** vui_time_scale / vui_num_units_in_tick. */
    frameRate: number | undefined;
    /** Pictures that may come later in display order than in decoding order, at the highest sub-layer. */
    reorderFrames: number;
    fullRange: boolean | undefined;
    colour: Readonly<{ primaries: number; transfer: number; matrix: number }> | undefined;
  }>;

type Vui = Pick<HevcSps, "sarWidth" | "sarHeight" | "interlaced" | "frameRate" | "fullRange" | "colour">;
type Size = Pick<HevcSps, "chroma" | "widthPx" | "heightPx">;
type ReferenceSet = Readonly<{ deltaPocs: number }>;

const NO_VUI: Vui = {
  sarWidth: 1,
  sarHeight: 1,
  interlaced: false,
  frameRate: undefined,
  fullRange: undefined,
  colour: undefined,
};

/**
 * Parses one SPS NAL unit of the base layer, both header bytes included, no start code.
 * @throws {MalformedError} not an SPS, fields out of their range, or a picture beyond 16384 pixels on a side
 */
export function parseSps(nal: Uint8Array): HevcSps {
  const reader = new BitReader(removeEmulationPrevention(nal), SPEC);
  const type = (reader.bits(16) >> 9) & 0x3f;
  if (type !== 33) reader.fail(`NAL unit type ${type}, expected 33 (SPS)`);
  reader.skip(4); // sps_video_parameter_set_id
  const maxSubLayers = bounded(reader, reader.bits(3), 6, "sps_max_sub_layers_minus1") + 1;
  const temporalIdNesting = reader.flag();
  const profile = readProfileTierLevel(reader, maxSubLayers);
  const id = bounded(reader, reader.ue(), 15, "sps_seq_parameter_set_id");
  const size = readSize(reader);
  const bitDepthLuma = 8 + bounded(reader, reader.ue(), 8, "bit_depth_luma_minus8");
  const bitDepthChroma = 8 + bounded(reader, reader.ue(), 8, "bit_depth_chroma_minus8");
  const log2MaxPoc = 4 + bounded(reader, reader.ue(), 12, "log2_max_pic_order_cnt_lsb_minus4");
  const reorderFrames = readReorder(reader, maxSubLayers);
  skipCodingTools(reader);
  skipReferences(reader, log2MaxPoc);
  reader.skip(2); // sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
  const vui = reader.flag() ? readVui(reader) : NO_VUI;
  return {
    ...profile,
    id,
    maxSubLayers,
    temporalIdNesting,
    ...size,
    bitDepthLuma,
    bitDepthChroma,
    reorderFrames,
    ...vui,
  };
}

/** profile_tier_level. H.265 §7.3.3. */
function readProfileTierLevel(reader: BitReader, maxSubLayers: number): HevcProfile {
  const profileSpace = reader.bits(2);
  const tier = reader.flag() ? "high" : "main";
  const profile = reader.bits(5);
  const compatibility = reader.bits(32);
  const constraints = Uint8Array.from({ length: 6 }, () => reader.bits(8));
  const level = reader.bits(8);
  if (maxSubLayers > 1) skipSubLayers(reader, maxSubLayers);
  return { profileSpace, tier, profile, compatibility, constraints, level };
}

function skipSubLayers(reader: BitReader, maxSubLayers: number): void {
  // Two presence flags for each sub-layer, padded to eight sub-layers.
  const present = Array.from({ length: 8 }, () => [reader.flag(), reader.flag()] as const);
  for (const [profile, level] of present.slice(0, maxSubLayers - 1)) {
    reader.skip((profile ? 88 : 0) + (level ? 8 : 0));
  }
}

function readSize(reader: BitReader): Size {
  const chroma = CHROMA[bounded(reader, reader.ue(), 3, "chroma_format_idc")] ?? "4:2:0";
  const separatePlanes = chroma === "4:4:4" && reader.flag();
  const codedWidth = bounded(reader, reader.ue(), MAX_SIZE_PX, "pic_width_in_luma_samples");
  const codedHeight = bounded(reader, reader.ue(), MAX_SIZE_PX, "pic_height_in_luma_samples");
  let [widthPx, heightPx] = [codedWidth, codedHeight];
  if (reader.flag()) {
    const unitX = !separatePlanes && (chroma === "4:2:0" || chroma === "4:2:2") ? 2 : 1;
    const unitY = !separatePlanes && chroma === "4:2:0" ? 2 : 1;
    widthPx -= unitX * (reader.ue() + reader.ue());
    heightPx -= unitY * (reader.ue() + reader.ue());
  }
  if (widthPx <= 0 || heightPx <= 0) reader.fail(`conformance window leaves ${widthPx}x${heightPx} pixels`);
  return { chroma, widthPx, heightPx };
}

function readReorder(reader: BitReader, maxSubLayers: number): number {
  const all = reader.flag();
  let reorder = 0;
  for (let i = all ? 0 : maxSubLayers - 1; i < maxSubLayers; i++) {
    reader.ue(); // sps_max_dec_pic_buffering_minus1
    reorder = bounded(reader, reader.ue(), 16, "sps_max_num_reorder_pics");
    reader.ue(); // sps_max_latency_increase_plus1
  }
  return reorder;
}

function skipCodingTools(reader: BitReader): void {
  for (let i = 0; i < 6; i++) reader.ue(); // block sizes and hierarchy depths
  if (reader.flag() && reader.flag()) skipScalingLists(reader);
  reader.skip(2); // amp_enabled_flag, sample_adaptive_offset_enabled_flag
  if (!reader.flag()) return; // pcm_enabled_flag
  reader.skip(8);
  reader.ue();
  reader.ue();
  reader.skip(1);
}

/** scaling_list_data. H.265 §7.3.4. */
function skipScalingLists(reader: BitReader): void {
  for (let sizeId = 0; sizeId < 4; sizeId++) {
    for (let matrix = 0; matrix < 6; matrix += sizeId === 3 ? 3 : 1) {
      if (!reader.flag()) {
        reader.ue();
        continue;
      }
      if (sizeId > 1) reader.se();
      for (let i = 0; i < Math.min(64, 1 << (4 + (sizeId << 1))); i++) reader.se();
    }
  }
}

function skipReferences(reader: BitReader, log2MaxPoc: number): void {
  const count = bounded(reader, reader.ue(), 64, "num_short_term_ref_pic_sets");
  let previous: ReferenceSet = { deltaPocs: 0 };
  for (let i = 0; i < count; i++) previous = readReferenceSet(reader, i, previous);
  if (!reader.flag()) return; // long_term_ref_pics_present_flag
  const longTerm = bounded(reader, reader.ue(), 32, "num_long_term_ref_pics_sps");
  reader.skip(longTerm * (log2MaxPoc + 1));
}

/** st_ref_pic_set: only its length matters here, and for a predicted set that depends on the set before. H.265 §7.3.7. */
function readReferenceSet(reader: BitReader, index: number, previous: ReferenceSet): ReferenceSet {
  if (index > 0 && reader.flag()) {
    reader.skip(1); // delta_rps_sign
    reader.ue(); // abs_delta_rps_minus1
    let deltaPocs = 0;
    for (let i = 0; i <= previous.deltaPocs; i++) {
      const used = reader.flag();
      if (used || reader.flag()) deltaPocs += 1;
    }
    return { deltaPocs };
  }
  const negative = bounded(reader, reader.ue(), 16, "num_negative_pics");
  const positive = bounded(reader, reader.ue(), 16, "num_positive_pics");
  for (let i = 0; i < negative + positive; i++) {
    reader.ue();
    reader.skip(1);
  }
  return { deltaPocs: negative + positive };
}

/** VUI parameters up to the timing; what follows is not needed. H.265 §E.2.1. */
function readVui(reader: BitReader): Vui {
  const sar = readAspectRatio(reader);
  if (reader.flag()) reader.skip(1); // overscan
  const { fullRange, colour } = readVideoSignal(reader);
  if (reader.flag()) {
    reader.ue(); // chroma_sample_loc_type
    reader.ue();
  }
  reader.skip(1); // neutral_chroma_indication_flag
  const interlaced = reader.flag(); // field_seq_flag
  reader.skip(1); // frame_field_info_present_flag
  if (reader.flag()) for (let i = 0; i < 4; i++) reader.ue(); // default display window
  return { ...sar, fullRange, colour, interlaced, frameRate: readFrameRate(reader) };
}

function readAspectRatio(reader: BitReader): Pick<Vui, "sarWidth" | "sarHeight"> {
  if (!reader.flag()) return { sarWidth: 1, sarHeight: 1 };
  const idc = reader.bits(8);
  const [sarWidth, sarHeight] =
    idc === 255 ? [reader.bits(16), reader.bits(16)] : (SAMPLE_ASPECT_RATIOS[idc] ?? [1, 1]);
  return sarWidth === 0 || sarHeight === 0 ? { sarWidth: 1, sarHeight: 1 } : { sarWidth, sarHeight };
}

function readVideoSignal(reader: BitReader): Pick<Vui, "fullRange" | "colour"> {
  if (!reader.flag()) return { fullRange: undefined, colour: undefined };
  reader.skip(3); // video_format
  const fullRange = reader.flag();
  if (!reader.flag()) return { fullRange, colour: undefined };
  return { fullRange, colour: { primaries: reader.bits(8), transfer: reader.bits(8), matrix: reader.bits(8) } };
}

function readFrameRate(reader: BitReader): number | undefined {
  if (!reader.flag()) return undefined;
  const unitsInTick = reader.bits(32);
  const timeScale = reader.bits(32);
  return unitsInTick > 0 && timeScale > 0 ? timeScale / unitsInTick : undefined;
}

function bounded(reader: BitReader, value: number, max: number, name: string): number {
  if (value > max) reader.fail(`${name} ${value}, at most ${max}`);
  return value;
}
