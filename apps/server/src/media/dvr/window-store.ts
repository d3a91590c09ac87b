/** Writes one broadcast's window to disk while it runs. Failures cost history, never the live edge. */
import { type FileHandle, mkdir, open, statfs, unlink } from "node:fs/promises";
import path from "node:path";
import type { Logger } from "../../lib/log.ts";
import type { LiveInit, LiveSegment, RenditionWindow } from "../package/rendition-window.ts";
import type { Promises } from "../package/targets.ts";
import { type BeginLine, type InitLine, type JournalLine, serializeLine } from "./journal.ts";

export const JOURNAL = "journal.jsonl";

/** Segments that wait for a disk that hangs; the next ones are not written. */
const MAX_WAITING = 60;
/** Below this no media is written: the database on the same disk must go on, and so must everything else. */
const RESERVE_BYTES = 256 * 1024 * 1024;
/** On a full disk a small file still fits now and then. */
const STEADY_WRITES = 6;

export type StoreOptions = Readonly<{
  /** The broadcast's own folder. */
  dir: string;
  promises: Promises;
  log: Logger;
  /** Told when writing begins to fail and when it works again. */
  onDisk: (ok: boolean) => void;
  /** What may still be written below a folder; asked of the file system unless told. */
  freeBytes?: ((dir: string) => Promise<number>) | undefined;
  /** What an earlier run has written already: whether there is a journal, its length, and the init segments in it, as rendition-name. */
  known: Readonly<{ journalBytes: number; inits: readonly string[] }>;
}>;

export class WindowStore {
  readonly #options: StoreOptions;
  readonly #inits: Set<string>;
  #journal: FileHandle | undefined;
  #journalBytes: number;
  #work: Promise<void> = Promise.resolve();
  #torn = false;
  #waiting = 0;
  /** Writes that must succeed before the disk counts as good again; 0: it does. */
  #failing = 0;
  #closed = false;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#inits = new Set(options.known.inits);
    this.#journalBytes = options.known.journalBytes;
  }

  /** Where a segment lies; the name is the same for every run of the server. */
  static segmentPath(dir: string, rendition: string, name: string): string {
    return path.join(dir, `${rendition}-${name}.m4s`);
  }
  static initPath(dir: string, rendition: string, name: string): string {
    return path.join(dir, `${rendition}-${name}.mp4`);
  }

  /**
   * Writes a closed segment, then its line. `done` is told whether both are on disk. Calls are worked off in order.
   * The segment's parts must stay in memory until then.
   * @param head first media sequence number of the playlist when this segment is in it
   */
  addSegment(rendition: RenditionWindow, segment: LiveSegment, head: number, done: (stored: boolean) => void): void {
    if (this.#waiting >= MAX_WAITING) return done(false);
    this.#waiting += 1;
    this.#queue(async () => {
      const stored = await this.#attempt(() => this.#writeSegment(rendition.name, segment, head));
      this.#waiting -= 1;
      done(stored);
    });
  }

  /** Removes the file of a segment that nobody may ask for any more. */
  removeSegment(rendition: RenditionWindow, segment: LiveSegment): void {
    const file = WindowStore.segmentPath(this.#options.dir, rendition.name, segment.name);
    // A file that is gone already, or was never written, is no failure.
    this.#queue(() => unlink(file).catch(() => {}));
  }

  /** Notes that the show begins. */
  begin(line: BeginLine): void {
    this.#queue(async () => {
      await this.#attempt(async () => {
        await this.#begin();
        await this.#append(line);
      });
    });
  }

  /** Notes that nothing is open, or that nothing follows. */
  note(line: Extract<JournalLine, { type: "rest" | "end" }>): void {
    this.#queue(async () => {
      if (this.#journalBytes > 0) await this.#attempt(() => this.#append(line));
    });
  }

  /** Writes what is waiting and closes the journal. */
  async close(): Promise<void> {
    if (this.#closed) return this.#work;
    this.#queue(async () => {
      await this.#journal?.close();
      this.#journal = undefined;
    });
    this.#closed = true;
    await this.#work;
  }

  #queue(step: () => Promise<void>): void {
    if (this.#closed) return;
    this.#work = this.#work.then(step).catch((error: unknown) => {
      this.#options.log.error({ err: error }, "a step of writing the window failed");
    });
  }

  async #attempt(write: () => Promise<void>): Promise<boolean> {
    try {
      await write();
    } catch (error) {
      if (this.#failing === 0) {
        this.#options.log.error({ err: error }, "the window cannot be written to disk; it goes on from memory");
        this.#options.onDisk(false);
      }
      this.#failing = STEADY_WRITES;
      return false;
    }
    if (this.#failing === 1) {
      this.#options.log.info("the window is written to disk again");
      this.#options.onDisk(true);
    }
    this.#failing = Math.max(0, this.#failing - 1);
    return true;
  }

  async #writeSegment(rendition: string, segment: LiveSegment, head: number): Promise<void> {
    const { dir } = this.#options;
    await this.#begin();
    const free = await (this.#options.freeBytes ?? freeBytes)(dir);
    if (free < RESERVE_BYTES) throw new Error(`${free} bytes are free on the disk; ${RESERVE_BYTES} are kept free`);
    await this.#writeInit(rendition, segment.init);
    const buffers = (segment.parts ?? []).map((part) => part.bytes);
    if (!segment.gap) await writeWhole(WindowStore.segmentPath(dir, rendition, segment.name), buffers);
    await this.#append({
      type: "segment",
      rendition,
      msn: segment.msn,
      name: segment.name,
      init: segment.init.name,
      discontinuity: segment.discontinuity,
      tags: segment.discontinuityTags,
      startTicks: segment.startTicks,
      durationTicks: segment.durationTicks,
      sizeBytes: segment.sizeBytes,
      samples: segment.samples,
      wallMs: segment.wallMs,
      head,
    });
  }

  /** The folder and the journal's first line. */
  async #begin(): Promise<void> {
    if (this.#journalBytes > 0) return;
    await mkdir(this.#options.dir, { recursive: true, mode: 0o700 });
    const { partTargetSec, targetDurationSec } = this.#options.promises;
    await this.#append({ type: "window", version: 1, partTargetSec, targetDurationSec });
  }

  async #writeInit(rendition: string, init: LiveInit): Promise<void> {
    const key = `${rendition}-${init.name}`;
    if (this.#inits.has(key)) return;
    await writeWhole(WindowStore.initPath(this.#options.dir, rendition, init.name), [init.bytes]);
    const { description, ...track } = init.track;
    const record = { ...track, description: Buffer.from(description).toString("base64") } as InitLine["track"];
    await this.#append({ type: "init", rendition, name: init.name, track: record });
    this.#inits.add(key);
  }

  async #append(line: JournalLine): Promise<void> {
    this.#journal ??= await open(path.join(this.#options.dir, JOURNAL), "a", 0o600);
    // What a failed write left behind is cut off first.
    if (this.#torn) await this.#journal.truncate(this.#journalBytes);
    this.#torn = true;
    const bytes = Buffer.from(serializeLine(line));
    const { bytesWritten } = await this.#journal.write(bytes);
    if (bytesWritten !== bytes.length)
      throw new Error(`${bytesWritten} of ${bytes.length} bytes of a line were written`);
    this.#journalBytes += bytes.length;
    this.#torn = false;
  }
}

async function freeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}

/** Writes a file, or leaves none behind. */
async function writeWhole(file: string, buffers: readonly Buffer[]): Promise<void> {
  const handle = await open(file, "w", 0o600);
  try {
    let expected = 0;
    for (const buffer of buffers) expected += buffer.length;
    const { bytesWritten } = await handle.writev(buffers);
    if (bytesWritten !== expected)
      throw new Error(`${bytesWritten} of ${expected} bytes of ${path.basename(file)} were written`);
  } catch (error) {
    await handle.close();
    await unlink(file).catch(() => {});
    throw error;
  }
  await handle.close();
}
