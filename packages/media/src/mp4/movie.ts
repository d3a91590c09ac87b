/** moov of a file that is not fragmented: headers, edit lists and sample tables. ISO/IEC 14496-12 §8. */
import { ByteWriter } from "../bytes.ts";
import { box, fullBox } from "../fmp4/box-writer.ts";
import { handler, LANGUAGE_UNDETERMINED, mediaHeaders, UNITY_MATRIX } from "../fmp4/movie-boxes.ts";
import { displaySize } from "../fmp4/pixel-aspect.ts";
import { type ChunkPlace, sampleTable } from "./tables.ts";
import type { Kept, TrackTable } from "./track-table.ts";

/** One track of the file. `chunks` lie at offsets from the beginning of the file; `boxes` are the rest of its sample table. */
export type MovieTrack = Readonly<{
  table: TrackTable;
  kept: Kept;
  boxes: readonly Uint8Array[];
  chunks: readonly ChunkPlace[];
}>;

/** Ticks a second of the whole: that of video, so that pictures can be cut exactly. */
const TIMESCALE = 90_000;
const MAX_U32 = 0xffff_ffff;

/** @param startSec the moment of the tracks' common timeline at which the file begins */
export function movie(tracks: readonly MovieTrack[], startSec: number): Uint8Array {
  let duration = 0;
  const traks = tracks.map((track, index) => {
    const edits = editsOf(track, startSec);
    const shown = edits.reduce((total, edit) => total + edit.duration, 0);
    duration = Math.max(duration, shown);
    return trak(track, index + 1, edits, shown);
  });
  return box("moov", movieHeader(duration, tracks.length + 1), ...traks);
}

/** How long the file plays, in seconds. */
export function movieSec(tracks: readonly MovieTrack[], startSec: number): number {
  return Math.max(0, ...tracks.map(({ table, kept }) => kept.toTicks / table.timescale - startSec));
}

type Edit = Readonly<{ duration: number; mediaTime: number }>;

/** A track that begins later than the file is preceded by nothing; what is only there for the decoder is left out. §8.6.6. */
function editsOf({ table, kept }: MovieTrack, startSec: number): Edit[] {
  const scale = TIMESCALE / table.timescale;
  const start = Math.round(startSec * TIMESCALE);
  const from = Math.max(start, Math.round(kept.fromTicks * scale));
  const shown = { duration: Math.max(1, Math.round(kept.toTicks * scale) - from) };
  const mediaTime = Math.round(kept.fromTicks - table.dts(kept.first));
  const empty = from - start;
  return [...(empty > 0 ? [{ duration: empty, mediaTime: -1 }] : []), { ...shown, mediaTime }];
}

function movieHeader(duration: number, nextTrackId: number): Uint8Array {
  const writer = times(duration, TIMESCALE);
  writer.u32(0x10000).u16(0x100).zeros(10); // rate 1, volume 1
  for (const value of UNITY_MATRIX) writer.u32(value);
  return fullBox("mvhd", versionFor(duration), 0, writer.zeros(24).u32(nextTrackId).finish());
}

function trak(track: MovieTrack, id: number, edits: readonly Edit[], shown: number): Uint8Array {
  const { table, kept, boxes, chunks } = track;
  const media = table.dts(kept.last) + table.duration(kept.last) - table.dts(kept.first);
  const mediaHeader = times(media, table.timescale);
  mediaHeader.u16(LANGUAGE_UNDETERMINED).u16(0);
  const information = box("minf", ...mediaHeaders(table.kind), sampleTable(boxes, chunks));
  const mdhd = fullBox("mdhd", versionFor(media), 0, mediaHeader.finish());
  const mdia = box("mdia", mdhd, handler(table.kind), information);
  return box("trak", trackHeader(table, id, shown), box("edts", editList(edits)), mdia);
}

function trackHeader(table: TrackTable, id: number, duration: number): Uint8Array {
  const { widthPx, heightPx } = largest(table);
  const writer = times(duration, id, 0);
  writer.zeros(8).u16(0).u16(0); // layer, alternate group
  writer.u16(table.kind === "audio" ? 0x100 : 0).u16(0); // volume
  for (const value of UNITY_MATRIX) writer.u32(value);
  writer.u16(widthPx).u16(0).u16(heightPx).u16(0);
  return fullBox("tkhd", versionFor(duration), 3, writer.finish()); // enabled, in movie
}

/** Pictures of several sizes are shown in the room of the largest. */
function largest(table: TrackTable): { widthPx: number; heightPx: number } {
  let size = { widthPx: 0, heightPx: 0 };
  for (const track of table.tracks) {
    const one = track.kind === "video" ? displaySize(track) : size;
    if (one.widthPx * one.heightPx > size.widthPx * size.heightPx) size = one;
  }
  return size;
}

function editList(edits: readonly Edit[]): Uint8Array {
  const wide = edits.some(({ duration, mediaTime }) => duration > MAX_U32 || mediaTime > 0x7fff_ffff);
  const writer = new ByteWriter(64).u32(edits.length);
  for (const { duration, mediaTime } of edits) {
    if (!wide) writer.u32(duration).i32(mediaTime);
    else if (mediaTime < 0) writer.u64(duration).u32(MAX_U32).u32(MAX_U32);
    else writer.u64(duration).u64(mediaTime);
    writer.u16(1).u16(0); // at its own speed
  }
  return fullBox("elst", wide ? 1 : 0, 0, writer.finish());
}

function versionFor(duration: number): 0 | 1 {
  return duration > MAX_U32 ? 1 : 0;
}

/** Creation, modification, what stands between them and the duration, and the duration: 64 bit when it needs to be. */
function times(duration: number, ...between: readonly number[]): ByteWriter {
  const wide = versionFor(duration) === 1;
  const writer = new ByteWriter(128).zeros(wide ? 16 : 8);
  for (const value of between) writer.u32(value);
  return wide ? writer.u64(duration) : writer.u32(duration);
}
