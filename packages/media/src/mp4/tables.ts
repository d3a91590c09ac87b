/** The sample table (stbl) of a track in a file that is not fragmented. ISO/IEC 14496-12 §8.6, §8.7. */
import { ByteWriter } from "../bytes.ts";
import { box, fullBox } from "../fmp4/box-writer.ts";
import { u32s } from "../fmp4/movie-boxes.ts";
import type { Kept, TrackTable } from "./track-table.ts";

/** Samples that lie together in the file. `entry` is the index of their description in stsd. */
export type ChunkPlace = Readonly<{ samples: number; entry: number; offset: number }>;

const MAX_U32 = 0xffff_ffff;

/**
 * All of the table but where the chunks lie.
 * @param chunks of the kept samples, in order; their offsets do not matter
 * @param pause awaited between passes over all samples
 * @throws {RangeError} a sample that lasts longer than its field can say
 */
export async function sampleBoxes(
  table: TrackTable,
  { kept, chunks }: Readonly<{ kept: Kept; chunks: readonly Omit<ChunkPlace, "offset">[] }>,
  pause: () => Promise<void>,
): Promise<Uint8Array[]> {
  const boxes = [fullBox("stsd", 0, 0, u32s(table.entries.length), ...table.entries)];
  boxes.push(fullBox("stts", 0, 0, durations(table, kept)));
  await pause();
  const offsets = compositionOffsets(table, kept);
  if (offsets !== null) boxes.push(fullBox("ctts", 1, 0, offsets));
  await pause();
  boxes.push(...syncSamples(table, kept), fullBox("stsc", 0, 0, samplesOfChunks(chunks)));
  await pause();
  boxes.push(fullBox("stsz", 0, 0, sizes(table, kept)));
  return boxes;
}

/** @param boxes what `sampleBoxes` gave */
export function sampleTable(boxes: readonly Uint8Array[], chunks: readonly ChunkPlace[]): Uint8Array {
  return box("stbl", ...boxes, chunkOffsets(chunks));
}

function durations(table: TrackTable, { first, last }: Kept): Uint8Array {
  const runs = new Runs();
  for (let i = first; i <= last; i += 1) {
    const ticks = table.duration(i);
    if (ticks > MAX_U32) throw new RangeError(`sample at ${table.dts(i)} lasts ${ticks} ticks`);
    runs.add(ticks);
  }
  return runs.finish();
}

/** Null when every sample is shown when it is decoded. */
function compositionOffsets(table: TrackTable, { first, last }: Kept): Uint8Array | null {
  if (table.kind === "audio") return null;
  const runs = new Runs();
  let any = false;
  for (let i = first; i <= last; i += 1) {
    const offset = table.pts(i) - table.dts(i);
    any ||= offset !== 0;
    runs.add(offset);
  }
  return any ? runs.finish() : null;
}

/** Without the box every sample is one. */
function syncSamples(table: TrackTable, { first, last }: Kept): Uint8Array[] {
  const writer = new ByteWriter(1024).u32(0);
  let count = 0;
  for (let i = first; i <= last; i += 1) {
    if (!table.isKey(i)) continue;
    writer.u32(i - first + 1);
    count += 1;
  }
  if (count === last - first + 1) return [];
  return [fullBox("stss", 0, 0, writer.patchU32(0, count).finish())];
}

function samplesOfChunks(chunks: readonly Omit<ChunkPlace, "offset">[]): Uint8Array {
  const writer = new ByteWriter(1024).u32(0);
  let entries = 0;
  for (const [index, chunk] of chunks.entries()) {
    const before = chunks[index - 1];
    if (before?.samples === chunk.samples && before.entry === chunk.entry) continue;
    writer
      .u32(index + 1)
      .u32(chunk.samples)
      .u32(chunk.entry);
    entries += 1;
  }
  return writer.patchU32(0, entries).finish();
}

function sizes(table: TrackTable, { first, last }: Kept): Uint8Array {
  const writer = new ByteWriter(8 + 4 * (last - first + 1)).u32(0).u32(last - first + 1);
  for (let i = first; i <= last; i += 1) writer.u32(table.size(i));
  return writer.finish();
}

/** co64 only when the file needs it: some old programs do not know it. */
function chunkOffsets(chunks: readonly ChunkPlace[]): Uint8Array {
  const wide = needsWideOffsets(chunks);
  const writer = new ByteWriter(4 + chunks.length * (wide ? 8 : 4)).u32(chunks.length);
  for (const { offset } of chunks) {
    if (wide) writer.u64(offset);
    else writer.u32(offset);
  }
  return fullBox(wide ? "co64" : "stco", 0, 0, writer.finish());
}

function needsWideOffsets(chunks: readonly ChunkPlace[]): boolean {
  return (chunks.at(-1)?.offset ?? 0) > MAX_U32;
}

/** Equal values in a row, as pairs of count and value. */
class Runs {
  readonly #writer = new ByteWriter(1024).u32(0);
  #entries = 0;
  #value = 0;
  #count = 0;

  add(value: number): void {
    if (this.#count > 0 && value !== this.#value) this.#flush();
    this.#value = value;
    this.#count += 1;
  }

  finish(): Uint8Array {
    if (this.#count > 0) this.#flush();
    return this.#writer.patchU32(0, this.#entries).finish();
  }

  #flush(): void {
    this.#writer.u32(this.#count).i32(this.#value);
    this.#entries += 1;
    this.#count = 0;
  }
}
