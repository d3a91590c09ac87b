/** One movie fragment (moof and mdat) of one track: a CMAF chunk. ISO/IEC 14496-12 §8.8. */
import type { Sample, Track } from "../sample.ts";
import { NON_SYNC_FLAGS, SYNC_FLAGS, TFHD, TRACK_ID, TRUN } from "./layout.ts";

export { type Fragment, parseFragments } from "./parse-fragment.ts";

const MFHD_BYTES = 16;
const TFDT_BYTES = 20;
const TRUN_HEAD_BYTES = 20;
const MAX_U32 = 0xffff_ffff;

type Shape = Readonly<{ tfhdFlags: number; tfhdBytes: number; trunFlags: number; entryBytes: number }>;

const VIDEO: Shape = {
  tfhdFlags: TFHD.defaultBaseIsMoof,
  tfhdBytes: 16,
  trunFlags: TRUN.dataOffset | TRUN.duration | TRUN.size | TRUN.flags | TRUN.compositionOffset,
  entryBytes: 16,
};
/** Every audio frame is a sync sample shown when it is decoded: flags once, no offsets. */
const AUDIO: Shape = {
  tfhdFlags: TFHD.defaultBaseIsMoof | TFHD.defaultFlags,
  tfhdBytes: 20,
  trunFlags: TRUN.dataOffset | TRUN.duration | TRUN.size,
  entryBytes: 8,
};

/** Exact size of what writeFragment returns for these samples. */
export function fragmentSizeBytes(track: Pick<Track, "kind">, samples: readonly Pick<Sample, "data">[]): number {
  let dataBytes = 0;
  for (const sample of samples) dataBytes += sample.data.length;
  return moofBytes(shapeOf(track), samples.length) + 8 + dataBytes;
}

/**
 * Writes one fragment with at least one sample, in decoding order. The decoding time of each sample is kept exactly: a
 * sample lasts until the next one's dts, the last one its own duration. Each sample's data is copied once.
 * @param sequence of the fragment within its track, from 1
 * @throws {RangeError} no sample, a negative or not integer dts, a dts that goes back, or a number that its field cannot hold
 */
export function writeFragment(track: Pick<Track, "kind">, sequence: number, samples: readonly Sample[]): Uint8Array {
  const shape = shapeOf(track);
  const [first] = samples;
  if (first === undefined) throw new RangeError("a fragment needs at least one sample");
  const sizeBytes = fragmentSizeBytes(track, samples);
  if (sizeBytes > MAX_U32) throw new RangeError(`fragment of ${sizeBytes} bytes, at most ${MAX_U32}`);
  if (!Number.isSafeInteger(first.dts) || first.dts < 0) throw new RangeError(`dts ${first.dts} of the first sample`);

  const out = new Uint8Array(sizeBytes);
  const view = new DataView(out.buffer);
  const dataStart = moofBytes(shape, samples.length) + 8;
  let at = writeHead(view, shape, sequence, first.dts, samples.length);
  let dataAt = dataStart;
  let index = 0;
  for (const sample of samples) {
    index += 1;
    writeEntry(view, at, shape, sample, samples[index]);
    out.set(sample.data, dataAt);
    at += shape.entryBytes;
    dataAt += sample.data.length;
  }
  view.setUint32(at, sizeBytes - at);
  view.setUint32(at + 4, MDAT);
  return out;
}

/** moof, mfhd, traf, tfhd, tfdt and the head of trun; returns where the first entry goes. */
function writeHead(view: DataView, shape: Shape, sequence: number, baseTime: number, count: number): number {
  const moof = moofBytes(shape, count);
  writeBox(view, 0, moof, MOOF);
  writeBox(view, 8, MFHD_BYTES, MFHD);
  view.setUint32(20, sequence);
  const traf = 8 + MFHD_BYTES;
  writeBox(view, traf, moof - traf, TRAF);
  const tfhd = traf + 8;
  writeBox(view, tfhd, shape.tfhdBytes, TFHD_TYPE);
  view.setUint32(tfhd + 8, shape.tfhdFlags);
  view.setUint32(tfhd + 12, TRACK_ID);
  if (shape === AUDIO) view.setUint32(tfhd + 16, SYNC_FLAGS);
  const tfdt = tfhd + shape.tfhdBytes;
  writeBox(view, tfdt, TFDT_BYTES, TFDT);
  view.setUint32(tfdt + 8, 0x0100_0000); // version 1: 64 bits
  view.setUint32(tfdt + 12, Math.floor(baseTime / 2 ** 32));
  view.setUint32(tfdt + 16, baseTime >>> 0);
  const trun = tfdt + TFDT_BYTES;
  writeBox(view, trun, moof - trun, TRUN_TYPE);
  view.setUint32(trun + 8, 0x0100_0000 | shape.trunFlags); // version 1: signed offsets
  view.setUint32(trun + 12, count);
  view.setInt32(trun + 16, moof + 8); // data offset from the start of moof
  return trun + TRUN_HEAD_BYTES;
}

function writeEntry(view: DataView, at: number, shape: Shape, sample: Sample, next: Sample | undefined): void {
  const duration = next === undefined ? sample.duration : next.dts - sample.dts;
  if (!Number.isInteger(duration) || duration < 0 || duration > MAX_U32) {
    throw new RangeError(`sample at dts ${sample.dts} lasts ${duration} ticks`);
  }
  view.setUint32(at, duration);
  view.setUint32(at + 4, sample.data.length);
  if (shape === AUDIO) return;
  const offset = sample.pts - sample.dts;
  if (offset !== (offset | 0)) throw new RangeError(`composition offset ${offset} at dts ${sample.dts}`);
  view.setUint32(at + 8, sample.keyframe ? SYNC_FLAGS : NON_SYNC_FLAGS);
  view.setInt32(at + 12, offset);
}

function moofBytes(shape: Shape, count: number): number {
  return 8 + MFHD_BYTES + 8 + shape.tfhdBytes + TFDT_BYTES + TRUN_HEAD_BYTES + count * shape.entryBytes;
}

function shapeOf(track: Pick<Track, "kind">): Shape {
  return track.kind === "video" ? VIDEO : AUDIO;
}

function writeBox(view: DataView, at: number, bytes: number, type: number): void {
  view.setUint32(at, bytes);
  view.setUint32(at + 4, type);
}

const MOOF = 0x6d6f6f66;
const MFHD = 0x6d666864;
const TRAF = 0x74726166;
const TFHD_TYPE = 0x74666864;
const TFDT = 0x74666474;
const TRUN_TYPE = 0x7472756e;
const MDAT = 0x6d646174;
