/** One recording's folder on this node: what has been taken and is not among the blobs yet. All writes go one after the other. */
import { type FileHandle, copyFile, link, mkdir, open, readFile, rm, stat, truncate, unlink } from "node:fs/promises";
import path from "node:path";
import { writeInit } from "@rostrum/media/fmp4/init";
import type { RecordedInit, RecordedSegment, RecordedTrack } from "@rostrum/media/recording";
import type { Track } from "@rostrum/media/sample";
import { initFact, type ManifestLine, parseManifest, type SegmentFact, serializeFact, trackOf } from "./manifest.ts";
import type { StoredSegment } from "./recorder.ts";

const MANIFEST = "manifest.jsonl";

/** A file that waits to be put among the blobs as `key`, which is below the recording's prefix. `init`: it is this track's init segment. */
export type WaitingFile = Readonly<{
  file: string;
  key: string;
  sizeBytes: number;
  durationMs: number;
  init?: Track | undefined;
}>;

type Rendition = { inits: Map<string, RecordedInit>; segments: Map<string, RecordedSegment> };

/** Links fail for these reasons although the file could be copied. */
const COPY_INSTEAD = new Set(["EXDEV", "EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

export class RecordingFolder {
  readonly dir: string;
  readonly #renditions = new Map<string, Rendition>();
  readonly #waiting = new Map<string, WaitingFile>();
  readonly #put = new Set<string>();
  readonly #lost = new Map<string, number>();
  readonly #durationMs = new Map<string, number>();
  #sizeBytes = 0;
  #ended = false;
  #handle: FileHandle | undefined;
  #bytes = 0;
  #torn = false;

  private constructor(dir: string) {
    this.dir = dir;
  }

  /** Reads what an earlier run left in the folder, or begins with nothing. A torn last line is cut off. */
  static async open(dir: string): Promise<RecordingFolder> {
    const folder = new RecordingFolder(dir);
    await folder.#read();
    return folder;
  }

  get ended(): boolean {
    return this.#ended;
  }
  /** Files that are not among the blobs, oldest first. */
  get waiting(): ReadonlyMap<string, WaitingFile> {
    return this.#waiting;
  }
  /** Media that was given up, in ms. */
  get lostMs(): number {
    let total = 0;
    for (const ms of this.#lost.values()) total += ms;
    return total;
  }
  /** Of all renditions. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }
  /** Of the longest rendition. */
  get durationMs(): number {
    return Math.max(0, ...this.#durationMs.values());
  }
  has(rendition: string, name: string): boolean {
    return this.#renditions.get(rendition)?.segments.has(name) === true;
  }

  /** All segments that are recorded, in the order of their times. */
  tracks(): RecordedTrack[] {
    return [...this.#renditions].flatMap(([name, { segments }]) => {
      const list = [...segments.values()].toSorted(
        (a, b) => a.discontinuity - b.discontinuity || a.startTicks - b.startTicks,
      );
      return list.length === 0 ? [] : [{ name, segments: list }];
    });
  }

  /** Links a stored segment and its init segment into the folder, then notes them. Does nothing for one that is known. */
  async take({ rendition, segment, init, files }: StoredSegment): Promise<void> {
    if (this.has(rendition, segment.name)) return;
    await this.begin();
    if (this.#renditions.get(rendition)?.inits.has(init.name) !== true) {
      const file = initFile(rendition, init.name);
      await linkOrCopy(files.init, path.join(this.dir, file));
      await this.#append(initFact(rendition, init.name, init.track));
    }
    await linkOrCopy(files.segment, path.join(this.dir, segmentFile(rendition, segment.name)));
    const { name, discontinuity, startTicks, durationTicks, wallMs, sizeBytes, samples } = segment;
    const times = { discontinuity, startTicks, durationTicks, wallMs, sizeBytes, samples };
    await this.#append({ type: "segment", rendition, name, init: init.name, ...times });
  }

  /** A segment that cannot be taken: it counts as missing. */
  async skip({ rendition, segment, init }: StoredSegment): Promise<void> {
    await this.begin();
    const durationMs = (segment.durationTicks * 1000) / init.track.timescale;
    await this.#append({ type: "lost", file: segmentFile(rendition, segment.name), durationMs });
  }

  /** The bytes of a file that waits. An init segment that is gone is written anew. @throws ENOENT for a segment that is gone */
  async bytesOf({ file, init }: WaitingFile): Promise<Uint8Array> {
    try {
      return await readFile(path.join(this.dir, file));
    } catch (error) {
      if (init === undefined || (error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      return writeInit(init);
    }
  }

  /** The file is among the blobs: it is noted, then removed from the folder. */
  async release({ file }: WaitingFile): Promise<void> {
    await this.#append({ type: "put", file });
    // What stays behind is removed with the folder.
    await unlink(path.join(this.dir, file)).catch(() => {});
  }

  /** The file is gone from the folder and was never put. */
  async giveUp({ file, durationMs }: WaitingFile): Promise<void> {
    await this.#append({ type: "lost", file, durationMs });
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    await this.begin();
    await this.#append({ type: "end" });
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  /** Closes the folder and deletes it with everything in it. */
  async remove(): Promise<void> {
    await this.close();
    await rm(this.dir, { recursive: true, force: true });
  }

  async #read(): Promise<void> {
    const file = path.join(this.dir, MANIFEST);
    const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return Buffer.alloc(0);
      throw error;
    });
    const { lines, goodBytes } = parseManifest(bytes);
    if (goodBytes < bytes.length) await truncate(file, goodBytes);
    this.#bytes = goodBytes;
    for (const line of lines) this.#apply(line);
    for (const waiting of [...this.#waiting.values()]) {
      if (waiting.init !== undefined) continue;
      const sizeBytes = (await stat(path.join(this.dir, waiting.file)).catch(() => undefined))?.size;
      if (sizeBytes !== waiting.sizeBytes) await this.giveUp(waiting);
    }
  }

  /** Makes the folder, when it is not there. */
  async begin(): Promise<void> {
    if (this.#bytes > 0) return;
    await mkdir(this.dir, { recursive: true, mode: 0o700 });
    await this.#append({ type: "manifest", version: 1 });
  }

  async #append(line: ManifestLine): Promise<void> {
    this.#handle ??= await open(path.join(this.dir, MANIFEST), "a", 0o600);
    // What a failed write left behind is cut off first.
    if (this.#torn) await this.#handle.truncate(this.#bytes);
    this.#torn = true;
    const bytes = Buffer.from(serializeFact(line));
    const { bytesWritten } = await this.#handle.write(bytes);
    if (bytesWritten !== bytes.length)
      throw new Error(`${bytesWritten} of ${bytes.length} bytes of a line were written`);
    this.#bytes += bytes.length;
    this.#torn = false;
    this.#apply(line);
  }

  #apply(line: ManifestLine): void {
    switch (line.type) {
      case "manifest":
        return;
      case "init": {
        const init = { name: line.name, track: trackOf(line) };
        this.#rendition(line.rendition).inits.set(line.name, init);
        const file = initFile(line.rendition, line.name);
        this.#wait({ file, key: `${line.rendition}/${line.name}.mp4`, sizeBytes: 0, durationMs: 0, init: init.track });
        return;
      }
      case "segment":
        this.#addSegment(line);
        return;
      case "put":
        this.#put.add(line.file);
        this.#waiting.delete(line.file);
        return;
      case "lost":
        this.#lose(line.file, line.durationMs);
        return;
      case "end":
        this.#ended = true;
        return;
      default:
        line satisfies never;
    }
  }

  #addSegment({ rendition, name, init: initName, type: _type, ...times }: SegmentFact): void {
    const known = this.#rendition(rendition);
    const init = known.inits.get(initName);
    if (init === undefined) return;
    known.segments.set(name, { name, init, ...times });
    const durationMs = (times.durationTicks * 1000) / init.track.timescale;
    const file = segmentFile(rendition, name);
    this.#lost.delete(file);
    this.#count(rendition, durationMs, times.sizeBytes);
    this.#wait({ file, key: `${rendition}/${name}.m4s`, sizeBytes: times.sizeBytes, durationMs });
  }

  #wait(file: WaitingFile): void {
    if (!this.#put.has(file.file)) this.#waiting.set(file.file, file);
  }

  #lose(file: string, durationMs: number): void {
    this.#waiting.delete(file);
    const [, rendition = "", name = ""] = /^([a-z0-9]+)-(.+)\.m4s$/.exec(file) ?? [];
    const segments = this.#renditions.get(rendition)?.segments;
    const known = segments?.get(name);
    if (known !== undefined) this.#count(rendition, -durationMs, -known.sizeBytes);
    segments?.delete(name);
    // One rendition stands for all: what is missing is counted once.
    if (rendition === "v0") this.#lost.set(file, durationMs);
  }

  #count(rendition: string, durationMs: number, sizeBytes: number): void {
    this.#durationMs.set(rendition, (this.#durationMs.get(rendition) ?? 0) + durationMs);
    this.#sizeBytes += sizeBytes;
  }

  #rendition(name: string): Rendition {
    const known = this.#renditions.get(name) ?? { inits: new Map(), segments: new Map() };
    this.#renditions.set(name, known);
    return known;
  }
}

function segmentFile(rendition: string, name: string): string {
  return `${rendition}-${name}.m4s`;
}

function initFile(rendition: string, name: string): string {
  return `${rendition}-${name}.mp4`;
}

/** A link that an interrupted run left is replaced. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") {
      await unlink(to);
      await link(from, to);
    } else if (code !== undefined && COPY_INSTEAD.has(code)) await copyFile(from, to);
    else throw error;
  }
}
