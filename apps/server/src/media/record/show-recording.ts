/** The recording of one show: takes segments into a folder at once, puts them among the blobs in the background, the index last. */
import { statfs } from "node:fs/promises";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { serializeRecordingIndex } from "@rostrum/media/recording";
import type { Logger } from "../../lib/log.ts";
import type { Blobs } from "../../ports/blobs.ts";
import type { RecordingDoors } from "../plane.ts";
import { factsOf, indexOf } from "./facts.ts";
import { RecordingFolder, type WaitingFile } from "./recording-folder.ts";
import type { StoredSegment } from "./recorder.ts";

export type ShowRecordingOptions = Readonly<{
  broadcastId: string;
  dir: string;
  blobs: Blobs;
  doors: RecordingDoors;
  log: Logger;
  /** Nothing is asked or put before. */
  started: Promise<void>;
  /** The first delay after a failure; it doubles up to a minute. */
  retryMs: number;
  freeBytes?: ((dir: string) => Promise<number>) | undefined;
}>;

/** Files that are put at a time. */
const AT_ONCE = 3;
const MAX_RETRY_MS = 60_000;
const REPORT_MS = 10_000;
/** Below this nothing more is kept for a storage that does not answer: the live window needs the disk. */
const RESERVE_BYTES = 512 * 1024 * 1024;
/** A show that is over brings nothing after this. */
const QUIET_MS = 15_000;
/** Of a put that takes long, when the server stops. */
const STOP_MS = 3000;
/** More files than this wait only when storage is slow or away. */
const SLOW_FILES = 60;
const MEDIA_TYPE = "video/mp4";
const NOT_WRITTEN = "The server's disk does not take what is shown: the recording has a gap.";

export class ShowRecording {
  readonly broadcastId: string;
  /** Never rejects. `stopped`: after `close`, or it cannot go on; the others leave nothing on this node. */
  readonly closed: Promise<"complete" | "declined" | "stopped">;
  readonly #options: ShowRecordingOptions;
  readonly #stop = new AbortController();
  readonly #ready: Promise<RecordingFolder>;
  #folder: RecordingFolder | undefined;
  #local: Promise<void>;
  #wake: () => void = () => {};
  #wantsEnd = false;
  #full: string | null = null;
  #failures = 0;
  #problem: string | null = null;
  #mustAsk = false;
  #discarded = false;
  #addedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ShowRecordingOptions) {
    this.#options = options;
    this.broadcastId = options.broadcastId;
    this.#ready = RecordingFolder.open(options.dir);
    this.#local = this.#ready.then((folder) => void (this.#folder = folder));
    this.#local.catch(() => {});
    this.closed = this.#run().catch((err: unknown) => {
      options.log.error({ err }, "a recording cannot go on");
      return "stopped" as const;
    });
  }

  /** Files and bytes that are not among the blobs. */
  get backlog(): { files: number; bytes: number } {
    let bytes = 0;
    for (const file of this.#folder?.waiting.values() ?? []) bytes += file.sizeBytes;
    return { files: this.#folder?.waiting.size ?? 0, bytes };
  }

  /** The folder is made before the first segment is there, so that a crash between the two is noticed. */
  begin(): void {
    this.#inOrder((folder) => folder.begin());
  }

  /** Takes a segment whose files are complete; they may be removed some seconds later. */
  add(stored: StoredSegment): void {
    this.#addedAtMs = performance.now();
    this.#inOrder(async (folder) => {
      if (!this.#mayTake(folder, stored)) return;
      const problem = this.#full ?? (await this.#noRoom(folder));
      if (problem === null) await folder.take(stored);
      else await this.#skip(folder, stored, problem);
    });
  }

  /** Counts a segment as missing that never came to the disk. */
  miss(lost: StoredSegment): void {
    this.#inOrder(async (folder) => {
      if (this.#mayTake(folder, lost)) await this.#skip(folder, lost, this.#full ?? NOT_WRITTEN);
    });
  }

  /** Nothing more comes. What was added before is still recorded. */
  end(): void {
    this.#wantsEnd = true;
    this.#inOrder((folder) => folder.end());
  }

  /** Asks anew whether the show is to be recorded: it may have been deleted. */
  recheck(): void {
    this.#mustAsk = true;
    this.#wake();
  }

  /** Stops without ending: another run goes on with the folder. */
  async close(): Promise<void> {
    await this.#local.catch(() => {});
    this.#stop.abort();
    // Files that are being put are put again by the next run.
    await Promise.race([this.closed, sleep(STOP_MS, undefined, { ref: false })]);
  }

  #mayTake(folder: RecordingFolder, { rendition, segment }: StoredSegment): boolean {
    return !this.#discarded && !folder.ended && !folder.has(rendition, segment.name);
  }

  async #skip(folder: RecordingFolder, segment: StoredSegment, problem: string): Promise<void> {
    this.#problem = problem;
    await folder.skip(segment);
  }

  #inOrder(step: (folder: RecordingFolder) => Promise<void>): void {
    this.#local = this.#local
      .then(async () => step(await this.#ready))
      .catch((err: unknown) => {
        this.#options.log.error({ err }, "a segment could not be taken into the recording; the live window has it");
      })
      .then(() => this.#wake());
  }

  async #run(): Promise<"complete" | "declined" | "stopped"> {
    const folder = await this.#ready;
    try {
      await this.#options.started;
      const recordingId = await this.#ask(folder);
      if (recordingId !== null) return await this.#record(recordingId, folder);
      return await this.#discard(folder);
    } finally {
      await folder.close();
    }
  }

  async #record(recordingId: string, folder: RecordingFolder): Promise<"complete" | "declined" | "stopped"> {
    let reportedAtMs = Number.NEGATIVE_INFINITY;
    let told = "";
    while (!this.#stop.signal.aborted) {
      if (this.#mustAsk && (await this.#ask(folder)) === null) return this.#discard(folder);
      const news = `${folder.ended} ${this.#problem}`;
      if (news !== told || performance.now() - reportedAtMs >= REPORT_MS) {
        reportedAtMs = performance.now();
        told = news;
        if ((await this.#report(recordingId, folder)) === "discard") return this.#discard(folder);
      }
      const step = await this.#putSome(recordingId, folder);
      if (step === "put") continue;
      if (step === "nothing" && !folder.ended) await this.#nextChange(REPORT_MS);
      else if (step === "nothing" && (await this.#finish(recordingId, folder))) return "complete";
      if (this.#failures > 0) await this.#pause();
    }
    return "stopped";
  }

  /** The recording's id, asked until there is an answer; null: not recorded, or this run is over before it is known. */
  async #ask(folder: RecordingFolder): Promise<string | null> {
    const { doors, broadcastId, log } = this.#options;
    while (!this.#stop.signal.aborted) {
      try {
        const answer = await doors.openRecording(broadcastId);
        this.#failures = 0;
        this.#mustAsk = false;
        if (answer?.isOver === true) this.#endIfQuiet(folder);
        return answer?.recordingId ?? null;
      } catch (err) {
        log.warn({ err }, "nobody can say whether the show is recorded; asking again");
        this.#failures += 1;
        await this.#pause();
      }
    }
    return null;
  }

  /** The show is over, as far as the rest of the server knows; its last segments may be still to come. */
  #endIfQuiet(folder: RecordingFolder): void {
    const quiet = performance.now() - this.#addedAtMs > QUIET_MS;
    if (quiet && !folder.ended && !this.#wantsEnd) this.end();
  }

  async #discard(folder: RecordingFolder): Promise<"declined" | "stopped"> {
    if (this.#stop.signal.aborted) return "stopped";
    this.#discarded = true;
    await this.#local;
    await folder.remove();
    return "declined";
  }

  async #putSome(recordingId: string, folder: RecordingFolder): Promise<"put" | "nothing" | "failed"> {
    const files = [...folder.waiting.values()].slice(0, AT_ONCE);
    if (files.length === 0) return "nothing";
    const results = await Promise.allSettled(files.map((file) => this.#put(recordingId, folder, file)));
    const failed = results.find((one) => one.status === "rejected");
    if (failed === undefined) {
      if (this.#failures > 0) this.#options.log.info("recorded media can be stored again");
      this.#failures = 0;
      if (folder.waiting.size < SLOW_FILES) this.#problem = this.#full;
      return "put";
    }
    if (this.#failures === 0)
      this.#options.log.error({ err: failed.reason }, "recorded media cannot be stored; it waits on this node's disk");
    this.#failures += 1;
    const { files: count, bytes } = this.backlog;
    this.#problem = `The storage does not take recorded media: ${count} files (${Math.ceil(bytes / 1_048_576)} MiB) wait on the server's disk.`;
    return "failed";
  }

  async #put(recordingId: string, folder: RecordingFolder, file: WaitingFile): Promise<void> {
    let bytes: Uint8Array;
    try {
      bytes = await folder.bytesOf(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      this.#options.log.error({ file: file.file }, "a recorded segment is gone from the disk");
      return this.#exclusive(() => folder.giveUp(file));
    }
    await this.#options.blobs.put(`recordings/${recordingId}/${file.key}`, bytes, MEDIA_TYPE);
    await this.#exclusive(() => folder.release(file));
  }

  /** A write to the folder between those of `add`. */
  async #exclusive(step: () => Promise<void>): Promise<void> {
    const done = this.#local.then(step);
    this.#local = done.catch(() => {});
    await done;
  }

  async #report(recordingId: string, folder: RecordingFolder): Promise<"go_on" | "discard"> {
    const { doors, log } = this.#options;
    const { durationMs, sizeBytes, lostMs } = folder;
    try {
      const order = await doors.recordingProgress({
        recordingId,
        durationMs,
        sizeBytes,
        missingMs: lostMs,
        note: this.#problem,
        ended: folder.ended,
      });
      if (order.type === "discard") return "discard";
      if (order.type === "stop") this.#full = order.reason;
      if (order.type === "finish") this.#endIfQuiet(folder);
    } catch (err) {
      log.warn({ err }, "the state of a recording could not be told");
    }
    return "go_on";
  }

  /** The index, after all it names; then the row; then the folder goes. */
  async #finish(recordingId: string, folder: RecordingFolder): Promise<boolean> {
    const { blobs, doors, log } = this.#options;
    const index = indexOf(folder.tracks());
    try {
      const text = Buffer.from(serializeRecordingIndex(index));
      await blobs.put(`recordings/${recordingId}/index.json`, text, "application/json");
      // Of a show of half a day each of these takes a tenth of a second: others come between.
      await nextTurn();
      const facts = factsOf(index);
      const { sizeBytes, lostMs: missingMs } = folder;
      await doors.recordingStored({ recordingId, ...facts, sizeBytes, missingMs, note: this.#full });
    } catch (err) {
      log.error({ err }, "a recording could not be finished; trying again");
      this.#failures += 1;
      return false;
    }
    log.info(
      { recordingId, durationMs: Math.round(folder.durationMs), bytes: folder.sizeBytes },
      "a recording is complete",
    );
    await folder.remove();
    this.#failures = 0;
    return true;
  }

  async #noRoom(folder: RecordingFolder): Promise<string | null> {
    if (folder.waiting.size < SLOW_FILES) return null;
    const { dir } = this.#options;
    const free = await (this.#options.freeBytes ?? freeBytes)(dir);
    if (free >= RESERVE_BYTES) return null;
    return "The server's disk is full of media that the storage does not take: the recording has a gap.";
  }

  async #pause(): Promise<void> {
    const delayMs = Math.min(MAX_RETRY_MS, this.#options.retryMs * 2 ** Math.min(this.#failures - 1, 10));
    await sleep(delayMs * (0.75 + Math.random() / 2), undefined, { signal: this.#stop.signal }).catch(() => {});
  }

  /** Resolves with the next change, or after so long. */
  async #nextChange(timeoutMs: number): Promise<void> {
    const { signal } = this.#stop;
    const waited = new AbortController();
    const changed = new Promise<void>((resolve) => (this.#wake = resolve));
    // What came before somebody listened counts too.
    if ((this.#folder?.waiting.size ?? 0) > 0 || this.#mustAsk) return;
    const timeout = sleep(timeoutMs, undefined, { signal: AbortSignal.any([signal, waited.signal]) }).catch(() => {});
    await Promise.race([changed, timeout]);
    waited.abort();
  }
}

async function freeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}
