/** Writes an MP4 file that can be played while it loads: moov first. Two passes over the media, and only its tables in memory. */
import { ByteWriter, concat } from "../bytes.ts";
import { box } from "../fmp4/box-writer.ts";
import type { Sample, Track, VideoTrack } from "../sample.ts";
import { movie, movieSec, type MovieTrack } from "./movie.ts";
import { type ChunkPlace, sampleBoxes } from "./tables.ts";
import { type Kept, TrackTable } from "./track-table.ts";

/**
 * Samples of one track in decoding order, for instance those of a segment; they lie together in the file. Chunks come in about the
 * order of their times, video and audio by turns. A file has at most one video and one audio track, whose description may change from
 * chunk to chunk; the times of all stand on one timeline.
 */
export type Mp4Chunk = Readonly<{ track: Track; samples: readonly Sample[] }>;

/**
 * What is shown, on the chunks' timeline; `toSec` is exclusive. The file begins with the picture that is on the screen at `fromSec`.
 * Give chunks from the key frame before it on, or the beginning is late.
 */
export type Mp4Cut = Readonly<{ fromSec: number; toSec: number }>;

export type Mp4Plan = Readonly<{
  sizeBytes: number;
  durationSec: number;
  /** The first description of the video that is in the file. */
  video: VideoTrack | undefined;
  /**
   * The file, piece by piece. `chunks` are those of the plan once more: the same samples in the same order.
   * @throws {RangeError} when they are not
   */
  write(chunks: AsyncIterable<Mp4Chunk> | Iterable<Mp4Chunk>): AsyncGenerator<Uint8Array>;
}>;

const MAX_U32 = 0xffff_ffff;

const EVERYTHING: Mp4Cut = { fromSec: -Infinity, toSec: Infinity };

/**
 * The first pass.
 * @param cut left out: everything
 * @param pause awaited between passes over the samples of hours, which take a tenth of a second each
 * @returns null when no sample is within the cut
 * @throws {RangeError} times that a file cannot hold
 */
export async function planMp4(
  chunks: AsyncIterable<Mp4Chunk> | Iterable<Mp4Chunk>,
  cut: Mp4Cut = EVERYTHING,
  pause: () => Promise<void> = async () => {},
): Promise<Mp4Plan | null> {
  const layout = new Layout();
  for await (const chunk of chunks) layout.add(chunk);
  return layout.plan(cut, pause);
}

type KeptOfKind = Readonly<Record<Track["kind"], Kept | null>>;
type Placed = Readonly<{ kind: Track["kind"]; first: number; count: number; entry: number }>;

class Layout {
  readonly #tables = { video: new TrackTable("video"), audio: new TrackTable("audio") };
  readonly #chunks: Placed[] = [];

  add({ track, samples }: Mp4Chunk): void {
    const table = this.#tables[track.kind];
    const first = table.length;
    const entry = table.add(track, samples);
    if (samples.length > 0) this.#chunks.push({ kind: track.kind, first, count: samples.length, entry });
  }

  async plan(cut: Mp4Cut, pause: () => Promise<void>): Promise<Mp4Plan | null> {
    const { video, audio } = this.#tables;
    await pause();
    const shown = video.keep(cut.fromSec, cut.toSec);
    await pause();
    // Sound begins and ends with whole pictures, or with the cut where there are none.
    const edge = (ticks: number): number => ticks / video.timescale;
    const fromSec = shown === null ? cut.fromSec : Math.min(edge(shown.fromTicks), cut.fromSec);
    const toSec = shown === null ? cut.toSec : Math.max(edge(shown.toTicks), cut.toSec);
    const heard = audio.keep(fromSec, toSec);
    await pause();
    const kept = { video: shown, audio: heard };
    const tracks = [video, audio].filter((table) => kept[table.kind] !== null);
    if (tracks.length === 0) return null;
    const boxes: Record<Track["kind"], Uint8Array[]> = { video: [], audio: [] };
    for (const table of tracks) {
      const one = kept[table.kind];
      if (one === null) continue;
      const chunks = this.#chunks.filter(({ kind }) => kind === table.kind).flatMap((chunk) => clip(chunk, one));
      const counted = chunks.map(({ count, entry }) => ({ samples: count, entry }));
      boxes[table.kind] = await sampleBoxes(table, { kept: one, chunks: counted }, pause);
      await pause();
    }
    return this.#planOf(tracks, { kept, boxes }, firstVideo(video, shown));
  }

  #planOf(
    tables: readonly TrackTable[],
    { kept, boxes }: Readonly<{ kept: KeptOfKind; boxes: Readonly<Record<Track["kind"], readonly Uint8Array[]>> }>,
    video: VideoTrack | undefined,
  ): Mp4Plan {
    const starts = tables.map((table) => (kept[table.kind]?.fromTicks ?? 0) / table.timescale);
    const startSec = Math.min(...starts);
    const placed = this.#chunks.flatMap((chunk) => clip(chunk, kept[chunk.kind]));
    let bytes = 0;
    const sizes = placed.map((chunk) => {
      const size = this.#sizeOf(chunk);
      bytes += size;
      return size;
    });
    const tracksAt = (start: number): MovieTrack[] => {
      const places: Record<Track["kind"], ChunkPlace[]> = { video: [], audio: [] };
      let offset = start;
      for (const [index, chunk] of placed.entries()) {
        places[chunk.kind].push({ samples: chunk.count, entry: chunk.entry, offset });
        offset += sizes[index] ?? 0;
      }
      return tables.flatMap((table) => {
        const one = kept[table.kind];
        return one === null ? [] : [{ table, kept: one, boxes: boxes[table.kind], chunks: places[table.kind] }];
      });
    };
    const head = headOf((start) => movie(tracksAt(start), startSec), bytes);
    const all = this.#chunks;
    return {
      sizeBytes: head.length + bytes,
      durationSec: movieSec(tracksAt(0), startSec),
      video,
      write: (chunks) => write(head, bytes, keptSamples(chunks, all, kept)),
    };
  }

  #sizeOf({ kind, first, count }: Placed): number {
    let bytes = 0;
    for (let i = first; i < first + count; i += 1) bytes += this.#tables[kind].size(i);
    return bytes;
  }
}

function firstVideo(table: TrackTable, kept: Kept | null): VideoTrack | undefined {
  const track = kept === null ? undefined : table.trackOf(kept.first);
  return track?.kind === "video" ? track : undefined;
}

/** What of a chunk is in the file. */
function clip(chunk: Placed, kept: Kept | null): Placed[] {
  if (kept === null) return [];
  const first = Math.max(chunk.first, kept.first);
  const end = Math.min(chunk.first + chunk.count, kept.last + 1);
  return first < end ? [{ ...chunk, first, count: end - first }] : [];
}

/** ftyp, moov and the head of mdat. Where the media begins depends on moov's size, which depends on the width of the offsets. */
function headOf(moovFor: (start: number) => Uint8Array, mediaBytes: number): Uint8Array {
  const ftyp = box("ftyp", new ByteWriter(20).ascii("isom").u32(512).ascii("isomiso6mp42").finish());
  const wide = mediaBytes + 16 > MAX_U32;
  const mdat = new ByteWriter(16).u32(wide ? 1 : mediaBytes + 8).ascii("mdat");
  if (wide) mdat.u64(mediaBytes + 16);
  let moov = moovFor(0);
  for (let round = 0; round < 3; round += 1) {
    const again = moovFor(ftyp.length + moov.length + mdat.length);
    const settled = again.length === moov.length;
    moov = again;
    if (settled) break;
  }
  return concat([ftyp, moov, mdat.finish()]);
}

async function* write(
  head: Uint8Array,
  mediaBytes: number,
  samples: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield head;
  let written = 0;
  for await (const data of samples) {
    written += data.length;
    yield data;
  }
  if (written !== mediaBytes) throw new RangeError(`${written} bytes of media came, ${mediaBytes} were planned`);
}

async function* keptSamples(
  chunks: AsyncIterable<Mp4Chunk> | Iterable<Mp4Chunk>,
  planned: readonly Placed[],
  kept: Readonly<Record<Track["kind"], Kept | null>>,
): AsyncGenerator<Uint8Array> {
  let index = 0;
  for await (const { track, samples } of chunks) {
    if (samples.length === 0) continue;
    const plan = planned[index];
    index += 1;
    if (plan?.kind !== track.kind || plan.count !== samples.length) {
      throw new RangeError(`chunk ${index} is not the one that was planned`);
    }
    for (const part of clip(plan, kept[plan.kind])) {
      for (const sample of samples.slice(part.first - plan.first, part.first - plan.first + part.count))
        yield sample.data;
    }
  }
}
