/** Reads the init segment of one track back into a Track. */
import { ByteReader } from "../bytes.ts";
import { parseVp9Config } from "../codec/vp9.ts";
import { MalformedError, UnsupportedError } from "../errors.ts";
import type { AudioTrack, Track, VideoTrack } from "../sample.ts";
import { audioTrack, videoTrack } from "../track-from-config.ts";
import { type Box, findBox, iterateBoxes, needBox, openFullBox } from "./boxes.ts";
import { VIDEO_BOXES } from "./sample-entry.ts";

const VISUAL_HEAD_BYTES = 78;
const AUDIO_HEAD_BYTES = 28;
const ESDS_SPEC = "ISO/IEC 14496-1 §7.2.6";
/** Two names for one codec: parameter sets in the record (1), or allowed in samples too (the other). */
const ENTRY_CODECS: Readonly<Record<string, VideoTrack["codec"]>> = {
  avc1: "avc",
  avc3: "avc",
  hvc1: "hevc",
  hev1: "hevc",
  av01: "av1",
  vp09: "vp9",
};

/** What trex says about samples that their fragment is silent on. */
export type FragmentDefaults = Readonly<{ trackId: number; duration: number; sizeBytes: number; flags: number }>;

/**
 * Parses an init segment with exactly one track.
 * @throws {MalformedError} a box is missing or broken
 * @throws {UnsupportedError} more than one track, encrypted, or a codec that Track does not know
 */
export function parseInit(bytes: Uint8Array): Track {
  return parseInitWithDefaults(bytes).track;
}

/** As parseInit, with the defaults that its fragments may lean on. */
export function parseInitWithDefaults(bytes: Uint8Array): { track: Track; defaults: FragmentDefaults } {
  const moov = needBox(bytes, "moov");
  const traks = [...iterateBoxes(moov.payload)].filter((box) => box.type === "trak");
  const [trak] = traks;
  if (trak === undefined) throw new MalformedError("moov without trak", moov.offset, "ISO/IEC 14496-12 §8.3.1");
  if (traks.length > 1) throw new UnsupportedError(`init segment with ${traks.length} tracks; one is accepted`);
  const timescale = readTimescale(needBox(trak.payload, "mdia", "mdhd"));
  const track = readEntry(needBox(trak.payload, "mdia", "minf", "stbl", "stsd"), timescale);
  return { track, defaults: readDefaults(moov.payload) };
}

function readTimescale(mdhd: Box): number {
  const { version, reader } = openFullBox(mdhd);
  reader.skip(version === 1 ? 16 : 8);
  const timescale = reader.u32();
  if (timescale === 0) throw new MalformedError("timescale 0", mdhd.offset, "ISO/IEC 14496-12 §8.4.2");
  return timescale;
}

function readEntry(stsd: Box, timescale: number): Track {
  const { reader } = openFullBox(stsd);
  const count = reader.u32();
  const [entry] = iterateBoxes(reader.rest());
  if (count !== 1 || entry === undefined) throw new UnsupportedError(`${count} sample descriptions; one is accepted`);
  const codec = ENTRY_CODECS[entry.type];
  if (codec !== undefined) return readVisual(entry, codec, timescale);
  if (entry.type === "mp4a")
    return withTimescale(audioTrack("aac", readSpecificConfig(configBox(entry, "esds"))), timescale);
  if (entry.type === "Opus") return withTimescale(audioTrack("opus", configBox(entry, "dOps").payload), timescale);
  throw new UnsupportedError(
    `sample entry ${JSON.stringify(entry.type)}; avc1, hvc1, av01, vp09, mp4a and Opus are accepted`,
  );
}

function readVisual(entry: Box, codec: VideoTrack["codec"], timescale: number): VideoTrack {
  const head = new ByteReader(entry.payload, "ISO/IEC 14496-12 §12.1.3");
  head.skip(24);
  const size = { widthPx: head.u16(), heightPx: head.u16() };
  head.skip(VISUAL_HEAD_BYTES - head.position);
  const config = needBox(head.rest(), VIDEO_BOXES[codec].config).payload;
  if (codec === "vp9") parseVp9Config(config);
  return videoTrack(codec, config, timescale, size);
}

function configBox(entry: Box, type: string): Box {
  const head = new ByteReader(entry.payload, "ISO/IEC 14496-12 §12.2.3");
  head.skip(AUDIO_HEAD_BYTES);
  return needBox(head.rest(), type);
}

/** Files may count in another timescale than the sample rate; the frame's ticks follow. */
function withTimescale(track: AudioTrack, timescale: number): AudioTrack {
  if (timescale === track.timescale) return track;
  return { ...track, timescale, frameTicks: Math.round((track.frameTicks * timescale) / track.timescale) };
}

/** The AudioSpecificConfig inside an esds: ES descriptor, decoder configuration, decoder specific information. */
function readSpecificConfig(esds: Box): Uint8Array {
  const es = openDescriptor(openFullBox(esds).reader, 0x03);
  es.skip(2);
  const flags = es.u8();
  if ((flags & 0x80) !== 0) es.skip(2);
  if ((flags & 0x40) !== 0) es.skip(es.u8());
  if ((flags & 0x20) !== 0) es.skip(2);
  const decoder = openDescriptor(es, 0x04);
  const objectType = decoder.u8();
  if (objectType !== 0x40) throw new UnsupportedError(`mp4a of object type ${objectType}; 64 (AAC) is accepted`);
  decoder.skip(12);
  return openDescriptor(decoder, 0x05).rest();
}

function openDescriptor(reader: ByteReader, tag: number): ByteReader {
  const found = reader.u8();
  if (found !== tag) throw new MalformedError(`descriptor ${found}, expected ${tag}`, reader.position - 1, ESDS_SPEC);
  let length = 0;
  for (let i = 0; i < 4; i++) {
    const byte = reader.u8();
    length = length * 128 + (byte & 0x7f);
    if (byte < 0x80) break;
  }
  return new ByteReader(reader.bytes(length), ESDS_SPEC);
}

function readDefaults(moov: Uint8Array): FragmentDefaults {
  const mvex = findBox(moov, "mvex");
  const trex = mvex && findBox(mvex.payload, "trex");
  if (trex === undefined) return { trackId: 1, duration: 0, sizeBytes: 0, flags: 0 };
  const { reader } = openFullBox(trex);
  const trackId = reader.u32();
  reader.skip(4); // default_sample_description_index
  return { trackId, duration: reader.u32(), sizeBytes: reader.u32(), flags: reader.u32() };
}
