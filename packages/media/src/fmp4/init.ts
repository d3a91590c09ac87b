/** The init segment (ftyp and moov) of one track. ISO/IEC 14496-12, CMAF (ISO/IEC 23000-19) §7. */
import { ByteWriter, concat } from "../bytes.ts";
import type { Track } from "../sample.ts";
import { sampleEntry } from "./sample-entry.ts";
import { displaySize } from "./pixel-aspect.ts";
import { TRACK_ID } from "./layout.ts";
import { box, fullBox } from "./box-writer.ts";
import { handler, LANGUAGE_UNDETERMINED, mediaHeaders, u32s, UNITY_MATRIX } from "./movie-boxes.ts";

export { type FragmentDefaults, parseInit, parseInitWithDefaults } from "./parse-init.ts";

/**
 * Writes the init segment: one track with id 1, no samples, no edit list (times of fragments are absolute).
 * @throws {UnsupportedError | MalformedError} the track's description is not a record of its codec
 */
export function writeInit(track: Track): Uint8Array {
  const ftyp = box("ftyp", new ByteWriter(20).ascii("iso6").u32(0).ascii("iso6cmfcmp42").finish());
  const trex = fullBox("trex", 0, 0, u32s(TRACK_ID, 1, 0, 0, 0));
  return concat([ftyp, box("moov", movieHeader(track.timescale), trak(track), box("mvex", trex))]);
}

function movieHeader(timescale: number): Uint8Array {
  const writer = new ByteWriter(96).zeros(8).u32(timescale).u32(0);
  writer.u32(0x10000).u16(0x100).zeros(10); // rate 1, volume 1
  for (const value of UNITY_MATRIX) writer.u32(value);
  writer.zeros(24).u32(TRACK_ID + 1);
  return fullBox("mvhd", 0, 0, writer.finish());
}

function trak(track: Track): Uint8Array {
  const mediaHeader = new ByteWriter(20).zeros(8).u32(track.timescale).u32(0).u16(LANGUAGE_UNDETERMINED).u16(0);
  const media = box("mdia", fullBox("mdhd", 0, 0, mediaHeader.finish()), handler(track.kind), mediaInformation(track));
  return box("trak", trackHeader(track), media);
}

function trackHeader(track: Track): Uint8Array {
  const { widthPx, heightPx } = track.kind === "video" ? displaySize(track) : { widthPx: 0, heightPx: 0 };
  const writer = new ByteWriter(80).zeros(8).u32(TRACK_ID).zeros(8);
  writer.zeros(8).u16(0).u16(0); // layer, alternate group
  writer.u16(track.kind === "audio" ? 0x100 : 0).u16(0); // volume
  for (const value of UNITY_MATRIX) writer.u32(value);
  writer.u16(widthPx).u16(0).u16(heightPx).u16(0);
  return fullBox("tkhd", 0, 3, writer.finish()); // enabled, in movie
}

function mediaInformation(track: Track): Uint8Array {
  const tables = [
    fullBox("stsd", 0, 0, u32s(1), sampleEntry(track)),
    fullBox("stts", 0, 0, u32s(0)),
    fullBox("stsc", 0, 0, u32s(0)),
    fullBox("stsz", 0, 0, u32s(0, 0)),
    fullBox("stco", 0, 0, u32s(0)),
  ];
  return box("minf", ...mediaHeaders(track.kind), box("stbl", ...tables));
}
