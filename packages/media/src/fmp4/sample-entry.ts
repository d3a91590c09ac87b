/** The sample entry of a track: what stsd says about its codec. ISO/IEC 14496-12 §12.1.3, §12.2.3. */
import { ByteWriter } from "../bytes.ts";
import { vp9Record } from "../codec/vp9.ts";
import type { AudioTrack, Track, VideoTrack } from "../sample.ts";
import { box, fullBox } from "./box-writer.ts";
import { pixelAspect } from "./pixel-aspect.ts";

/** Sample entry and configuration box of each video codec. `hvc1` and `avc1`: parameter sets stand in the record. */
export const VIDEO_BOXES = {
  avc: { entry: "avc1", config: "avcC" },
  hevc: { entry: "hvc1", config: "hvcC" },
  av1: { entry: "av01", config: "av1C" },
  vp9: { entry: "vp09", config: "vpcC" },
} as const satisfies Record<VideoTrack["codec"], { entry: string; config: string }>;

const OBJECT_TYPE_AAC = 0x40;
const STREAM_TYPE_AUDIO = 0x15;
const MAX_FIXED_RATE_HZ = 0xffff;

/** The whole sample entry box. @throws {MalformedError} the description is not a record of the codec */
export function sampleEntry(track: Track): Uint8Array {
  return track.kind === "video" ? visualEntry(track) : audioEntry(track);
}

function visualEntry(track: VideoTrack): Uint8Array {
  const boxes = VIDEO_BOXES[track.codec];
  const head = new ByteWriter(78).zeros(6).u16(1).zeros(16);
  head.u16(track.widthPx).u16(track.heightPx).u32(0x0048_0000).u32(0x0048_0000); // 72 dpi
  head.u32(0).u16(1).zeros(32).u16(24).u16(0xffff); // a frame a sample, no compressor name, depth 24
  const config =
    track.codec === "vp9"
      ? fullBox(boxes.config, 1, 0, vp9Record(track.description))
      : box(boxes.config, track.description);
  const { horizontal, vertical } = pixelAspect(track);
  if (horizontal === vertical) return box(boxes.entry, head.finish(), config);
  const pasp = box("pasp", new ByteWriter(16).u32(horizontal).u32(vertical).finish());
  return box(boxes.entry, head.finish(), config, pasp);
}

function audioEntry(track: AudioTrack): Uint8Array {
  const head = new ByteWriter(28).zeros(6).u16(1).zeros(8);
  head.u16(track.channels).u16(16).u32(0);
  // 16.16 fixed point ends at 65 kHz; above, the configuration alone says the rate.
  head.u16(track.sampleRateHz > MAX_FIXED_RATE_HZ ? 0 : track.sampleRateHz).u16(0);
  return track.codec === "aac"
    ? box("mp4a", head.finish(), elementaryStreamDescriptor(track.description))
    : box("Opus", head.finish(), box("dOps", track.description));
}

/** esds around an AudioSpecificConfig. ISO/IEC 14496-1 §7.2.6.5, ISO/IEC 14496-14 §3.1.2. */
function elementaryStreamDescriptor(config: Uint8Array): Uint8Array {
  const specific = descriptor(0x05, config);
  const decoderHead = new ByteWriter(16).u8(OBJECT_TYPE_AAC).u8(STREAM_TYPE_AUDIO).u24(0).u32(0).u32(0).finish();
  const decoder = descriptor(0x04, decoderHead, specific);
  const sync = descriptor(0x06, Uint8Array.of(2));
  return fullBox("esds", 0, 0, descriptor(0x03, Uint8Array.of(0, TRACK_ES_ID, 0), decoder, sync));
}

/** ES_ID is 0 in files: the track's id is used. */
const TRACK_ES_ID = 0;

function descriptor(tag: number, ...payloads: readonly Uint8Array[]): Uint8Array {
  let bytes = 0;
  for (const payload of payloads) bytes += payload.length;
  // Four length bytes always: the form that every demuxer has met.
  const writer = new ByteWriter(5 + bytes).u8(tag);
  for (const shift of [21, 14, 7]) writer.u8(0x80 | ((bytes >> shift) & 0x7f));
  writer.u8(bytes & 0x7f);
  for (const payload of payloads) writer.bytes(payload);
  return writer.finish();
}
