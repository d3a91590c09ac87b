/** Reads movie fragments of one track back into samples. ISO/IEC 14496-12 §8.8. */
import { ByteReader } from "../bytes.ts";
import { MalformedError, UnsupportedError } from "../errors.ts";
import type { Sample, Track } from "../sample.ts";
import { type Box, iterateBoxes, needBox, openFullBox } from "./boxes.ts";
import { NON_SYNC_BIT, TFHD, TRUN } from "./layout.ts";
import type { FragmentDefaults } from "./parse-init.ts";

const SPEC = "ISO/IEC 14496-12 §8.8.8";
const MAX_SAMPLES = 100_000;

/** One moof and its mdat. The samples' data are views of the parsed bytes. */
export type Fragment = Readonly<{
  sequence: number;
  trackId: number;
  baseDecodeTime: number;
  samples: readonly Sample[];
}>;

type Defaults = Omit<FragmentDefaults, "trackId">;
type Cursor = { time: number; dataAt: number };

const NO_DEFAULTS: Defaults = { duration: 0, sizeBytes: 0, flags: 0 };

/**
 * All fragments in `bytes`; other boxes (styp, sidx, prft, emsg) are passed over.
 * @param kind what the samples are called; audio samples are keyframes whatever their flags say
 * @param defaults of the init segment's trex, for files that lean on them
 * @throws {MalformedError} a box is missing or broken, data outside of `bytes`, or more than 100,000 samples in a fragment
 * @throws {UnsupportedError} a fragment of several tracks
 */
export function parseFragments(
  bytes: Uint8Array,
  kind: Track["kind"] = "video",
  defaults: Defaults = NO_DEFAULTS,
): Fragment[] {
  const fragments: Fragment[] = [];
  for (const box of iterateBoxes(bytes)) {
    if (box.type === "moof") fragments.push(parseMoof(bytes, box, kind, defaults));
  }
  return fragments;
}

function parseMoof(bytes: Uint8Array, moof: Box, kind: Track["kind"], trex: Defaults): Fragment {
  const { reader } = openFullBox(needBox(moof.payload, "mfhd"));
  const sequence = reader.u32();
  const trafs = [...iterateBoxes(moof.payload)].filter((box) => box.type === "traf");
  const [traf] = trafs;
  if (traf === undefined) throw new MalformedError("moof without traf", moof.offset, "ISO/IEC 14496-12 §8.8.6");
  if (trafs.length > 1) throw new UnsupportedError(`fragment of ${trafs.length} tracks; one is accepted`);
  const header = readTfhd(needBox(traf.payload, "tfhd"), trex);
  const baseDecodeTime = readTfdt(needBox(traf.payload, "tfdt"));
  const cursor: Cursor = { time: baseDecodeTime, dataAt: moof.offset + moof.sizeBytes + 8 };
  const base = header.baseDataOffset ?? moof.offset;
  const samples: Sample[] = [];
  for (const box of iterateBoxes(traf.payload)) {
    if (box.type === "trun") readTrun({ bytes, box, base, defaults: header.defaults, kind }, cursor, samples);
  }
  return { sequence, trackId: header.trackId, baseDecodeTime, samples };
}

function readTfhd(
  box: Box,
  trex: Defaults,
): { trackId: number; baseDataOffset: number | undefined; defaults: Defaults } {
  const { flags, reader } = openFullBox(box);
  const trackId = reader.u32();
  const baseDataOffset = (flags & TFHD.baseDataOffset) !== 0 ? reader.u64() : undefined;
  if ((flags & TFHD.sampleDescriptionIndex) !== 0) reader.skip(4);
  const duration = (flags & TFHD.defaultDuration) !== 0 ? reader.u32() : trex.duration;
  const sizeBytes = (flags & TFHD.defaultSize) !== 0 ? reader.u32() : trex.sizeBytes;
  const sampleFlags = (flags & TFHD.defaultFlags) !== 0 ? reader.u32() : trex.flags;
  return { trackId, baseDataOffset, defaults: { duration, sizeBytes, flags: sampleFlags } };
}

function readTfdt(box: Box): number {
  const { version, reader } = openFullBox(box);
  return version === 1 ? reader.u64() : reader.u32();
}

type Run = Readonly<{ bytes: Uint8Array; box: Box; base: number; defaults: Defaults; kind: Track["kind"] }>;

function readTrun(run: Run, cursor: Cursor, samples: Sample[]): void {
  const { version, flags, reader } = openFullBox(run.box);
  const count = reader.u32();
  if ((flags & TRUN.dataOffset) !== 0) cursor.dataAt = run.base + reader.i32();
  const firstFlags = (flags & TRUN.firstFlags) !== 0 ? reader.u32() : undefined;
  if (samples.length + count > MAX_SAMPLES) throw new MalformedError(`${count} samples`, run.box.offset, SPEC);
  for (let i = 0; i < count; i++) {
    const entry = readEntry(reader, version, flags, run.defaults, i === 0 ? firstFlags : undefined);
    const end = cursor.dataAt + entry.sizeBytes;
    if (cursor.dataAt < 0 || end > run.bytes.length) {
      throw new MalformedError(
        `sample data at ${cursor.dataAt} to ${end} of ${run.bytes.length}`,
        run.box.offset,
        SPEC,
      );
    }
    samples.push({
      kind: run.kind,
      pts: cursor.time + entry.offset,
      dts: cursor.time,
      duration: entry.duration,
      keyframe: run.kind === "audio" || (entry.flags & NON_SYNC_BIT) === 0,
      data: run.bytes.subarray(cursor.dataAt, end),
    });
    cursor.time += entry.duration;
    cursor.dataAt = end;
  }
}

type Entry = Readonly<{ duration: number; sizeBytes: number; flags: number; offset: number }>;

function readEntry(
  reader: ByteReader,
  version: number,
  present: number,
  defaults: Defaults,
  firstFlags: number | undefined,
): Entry {
  const duration = (present & TRUN.duration) !== 0 ? reader.u32() : defaults.duration;
  const sizeBytes = (present & TRUN.size) !== 0 ? reader.u32() : defaults.sizeBytes;
  const ownFlags = (present & TRUN.flags) !== 0 ? reader.u32() : defaults.flags;
  const offset = (present & TRUN.compositionOffset) === 0 ? 0 : version === 0 ? reader.u32() : reader.i32();
  return { duration, sizeBytes, flags: firstFlags ?? ownFlags, offset };
}
