/** Reads a window back from disk: what is complete stays, a torn tail and files that nothing names are removed. */
import { readFile, readdir, stat, truncate, unlink } from "node:fs/promises";
import path from "node:path";
import type { Track } from "@rostrum/media/sample";
import {
  type BeginLine,
  type InitLine,
  type JournalLine,
  type SegmentLine,
  type WindowLine,
  parseJournal,
} from "./journal.ts";
import { JOURNAL, WindowStore } from "./window-store.ts";

export type StoredInit = Readonly<{ name: string; track: Track; bytes: Buffer }>;
/** `gap`: its file is not what the journal says. */
export type StoredSegment = SegmentLine & Readonly<{ gap: boolean }>;
export type StoredRendition = Readonly<{
  name: string;
  inits: readonly StoredInit[];
  /** Oldest first, without holes in their numbers; empty when the show began and nothing of it is there yet. */
  segments: readonly StoredSegment[];
  /** Numbers of the show's first segment and of the discontinuity before it; undefined when no show began. */
  begin: BeginLine["heads"][number] | undefined;
}>;

export type StoredWindow = Readonly<{
  promises: WindowLine;
  renditions: readonly StoredRendition[];
  /** Undefined: no show began. */
  begin: BeginLine | undefined;
  /** Unix ms of the end, undefined while it may go on. */
  endedAtMs: number | undefined;
  /** False: the server was killed, and viewers may have seen parts after the last segment. */
  rested: boolean;
  /** When something was written last, Unix ms. */
  touchedAtMs: number;
  journalBytes: number;
}>;

/** null: there is nothing to be read in `dir`. @throws when a file that must be there cannot be read or cleared */
export async function recoverWindow(dir: string): Promise<StoredWindow | null> {
  const file = path.join(dir, JOURNAL);
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  });
  const { lines, goodBytes } = parseJournal(bytes);
  const [promises] = lines;
  if (promises?.type !== "window") return null;
  const { mtimeMs } = await stat(file);
  if (goodBytes < bytes.length) await truncate(file, goodBytes);
  const renditions: StoredRendition[] = [];
  const begin = lines.findLast((line) => line.type === "begin");
  for (const name of namesIn(lines)) {
    const found = await recoverRendition(dir, name, lines, begin);
    const source = renditions.find((one) => one.name === sourceOf(name));
    const kept = source === undefined ? found : upToSource(found, source);
    if (kept.segments.length > 0 || kept.begin !== undefined) renditions.push(kept);
  }
  await removeOrphans(dir, renditions);
  if (renditions.length === 0) return null;
  const end = lines.find((line) => line.type === "end");
  return {
    promises,
    renditions,
    begin,
    endedAtMs: end?.atMs,
    rested: ["rest", "end"].includes(lines.at(-1)?.type ?? ""),
    touchedAtMs: mtimeMs,
    journalBytes: goodBytes,
  };
}

/** Names of the renditions that the source sends end with 0. */
const sourceOf = (name: string): string => `${name.slice(0, 1)}0`;

/**
 * The source goes on with the number of what it has lost, and what is made of it with the same: segments there that reach
 * further than the source would stand beside others of the same numbers.
 */
function upToSource(made: StoredRendition, { segments }: StoredRendition): StoredRendition {
  const last = segments.at(-1)?.msn;
  return last === undefined
    ? made
    : { ...made, segments: withoutEndGaps(made.segments.filter(({ msn }) => msn <= last)) };
}

function withoutEndGaps(segments: readonly StoredSegment[]): StoredSegment[] {
  const last = segments.findLastIndex(({ gap }) => !gap);
  const first = segments.findIndex(({ gap }) => !gap);
  return first < 0 ? [] : segments.slice(first, last + 1);
}

/** The source's renditions first. */
function namesIn(lines: readonly JournalLine[]): string[] {
  const named = lines.flatMap((line) => {
    if (line.type === "begin") return line.heads.map((head) => head.rendition);
    return line.type === "segment" ? [line.rendition] : [];
  });
  const isSource = (name: string): boolean => name === sourceOf(name);
  return [...new Set(named)].toSorted((a, b) => Number(isSource(b)) - Number(isSource(a)) || (a < b ? -1 : 1));
}

async function recoverRendition(
  dir: string,
  name: string,
  lines: readonly JournalLine[],
  show: BeginLine | undefined,
): Promise<StoredRendition> {
  const begin = show?.heads.find((head) => head.rendition === name);
  const written = lines.filter((line) => line.type === "segment").filter((line) => line.rendition === name);
  const listed = newestRun(written.filter((line) => line.msn >= (begin?.msn ?? 0)));
  const inits: StoredInit[] = [];
  for (const line of lines) {
    if (line.type !== "init" || line.rendition !== name || !listed.some((one) => one.init === line.name)) continue;
    const bytes = await readFile(WindowStore.initPath(dir, name, line.name)).catch(() => undefined);
    if (bytes !== undefined && bytes.length > 0) inits.push({ name: line.name, track: trackOf(line), bytes });
  }
  const found: StoredSegment[] = [];
  for (const line of listed) {
    // Without its init segment nothing of it can be played, so the window begins after it.
    if (!inits.some((init) => init.name === line.init)) {
      found.length = 0;
      continue;
    }
    const sizeBytes = await sizeOf(WindowStore.segmentPath(dir, name, line.name));
    found.push({ ...line, gap: sizeBytes !== line.sizeBytes });
  }
  const segments = withoutEndGaps(found);
  return { name, inits, segments, begin };
}

/** The segments of the last playlist: from its head on, and after the last number that is missing (the disk was full). */
function newestRun(segments: readonly SegmentLine[]): SegmentLine[] {
  const head = segments.at(-1)?.head ?? 0;
  const run: SegmentLine[] = [];
  for (const line of segments) {
    const before = run.at(-1);
    // A number comes again in place of a segment that an earlier recovery had to leave out.
    if (before !== undefined && line.msn !== before.msn + 1) {
      run.length = Math.max(
        0,
        run.findIndex((one) => one.msn === line.msn),
      );
    }
    if (line.msn >= head) run.push(line);
  }
  return run;
}

function trackOf({ track }: InitLine): Track {
  const description = new Uint8Array(Buffer.from(track.description, "base64"));
  if (track.kind === "audio") return { ...track, description };
  return { ...track, description, frameRate: track.frameRate };
}

async function sizeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}

async function removeOrphans(dir: string, renditions: readonly StoredRendition[]): Promise<void> {
  const named = new Set([path.join(dir, JOURNAL)]);
  for (const { name, inits, segments } of renditions) {
    for (const init of inits) named.add(WindowStore.initPath(dir, name, init.name));
    for (const segment of segments) named.add(WindowStore.segmentPath(dir, name, segment.name));
  }
  for (const entry of await readdir(dir)) {
    const file = path.join(dir, entry);
    if (!named.has(file)) await unlink(file).catch(() => {});
  }
}
