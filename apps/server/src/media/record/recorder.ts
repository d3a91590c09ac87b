/** Records the shows of this node. Knows no SQL: what is to be recorded, and what became of it, goes through doors. */
import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import type { Track } from "@rostrum/media/sample";
import { Gauge } from "prom-client";
import type { Logger } from "../../lib/log.ts";
import type { Metrics } from "../../lib/metrics.ts";
import type { Blobs } from "../../ports/blobs.ts";
import type { RecordingDoors } from "../plane.ts";
import { ShowRecording } from "./show-recording.ts";

/** A segment that is whole on the DVR's disk, with its line in the journal. */
export type StoredSegment = Readonly<{
  rendition: string;
  segment: Readonly<{
    name: string;
    startTicks: number;
    durationTicks: number;
    discontinuity: number;
    wallMs: number;
    sizeBytes: number;
    samples: number;
  }>;
  init: Readonly<{ name: string; track: Track }>;
  files: Readonly<{ segment: string; init: string }>;
}>;

/** What the origin tells. None of these waits for anything. */
export interface RecorderInput {
  /** Something of the show's recording is on this node. */
  has(broadcastId: string): boolean;
  /** The show begins: what follows is recorded. */
  begun(broadcastId: string): void;
  /** A segment of a show that has begun; telling one again does nothing. */
  segmentStored(broadcastId: string, stored: StoredSegment): void;
  /** A segment of a show that has begun could not be written: the recording misses it. */
  segmentLost(broadcastId: string, lost: StoredSegment): void;
  /** The show is over and all its segments were told. */
  ended(broadcastId: string): void;
  /** The window is removed: with the broadcast, or because it is old. */
  removed(broadcastId: string): void;
}

export type RecorderOptions = Readonly<{
  /** Recordings that are not complete lie in here, one folder a broadcast. Made when it is missing. */
  dir: string;
  blobs: Blobs;
  doors: RecordingDoors;
  log: Logger;
  metrics: Metrics;
  /** The first delay after a failure; a second unless told. */
  retryMs?: number;
  /** What may still be written below a folder; asked of the file system unless told. */
  freeBytes?: (dir: string) => Promise<number>;
}>;

const MAX_DONE = 1000;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

export class Recorder implements RecorderInput {
  readonly #options: RecorderOptions;
  readonly #shows = new Map<string, ShowRecording>();
  /** Shows that are not recorded, or completely: what comes of them is left alone. */
  readonly #done = new Set<string>();
  readonly #started = Promise.withResolvers<void>();
  #closing = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    const { metrics } = options;
    const total = (unit: "files" | "bytes") =>
      [...this.#shows.values()].reduce((sum, one) => sum + one.backlog[unit], 0);
    void new Gauge({
      name: "rostrum_recording_waiting_files",
      help: "Recorded files that are on this node's disk and not in the storage yet.",
      registers: [metrics],
      collect() {
        this.set(total("files"));
      },
    });
    void new Gauge({
      name: "rostrum_recording_waiting_bytes",
      help: "Recorded bytes that are on this node's disk and not in the storage yet.",
      registers: [metrics],
      collect() {
        this.set(total("bytes"));
      },
    });
  }

  /** Finds what earlier runs left in the folder. Segments are taken from now on; nothing is asked or put before `start`. */
  async recover(): Promise<void> {
    const { dir } = this.#options;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    for (const found of await readdir(dir, { withFileTypes: true })) {
      if (found.isDirectory() && ID.test(found.name)) this.#show(found.name);
    }
  }

  /** Every segment that earlier runs had stored was told. */
  start(): void {
    this.#started.resolve();
  }

  has(broadcastId: string): boolean {
    return this.#shows.has(broadcastId);
  }

  begun(broadcastId: string): void {
    this.#show(broadcastId)?.begin();
  }

  segmentStored(broadcastId: string, stored: StoredSegment): void {
    this.#show(broadcastId)?.add(stored);
  }

  segmentLost(broadcastId: string, lost: StoredSegment): void {
    this.#show(broadcastId)?.miss(lost);
  }

  ended(broadcastId: string): void {
    this.#shows.get(broadcastId)?.end();
  }

  removed(broadcastId: string): void {
    this.#shows.get(broadcastId)?.recheck();
  }

  /** Takes what was told, then stops; nothing is ended. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#started.resolve();
    await Promise.all([...this.#shows.values()].map((show) => show.close()));
  }

  #remember(broadcastId: string): void {
    this.#done.add(broadcastId);
    for (const oldest of this.#done) {
      if (this.#done.size <= MAX_DONE) break;
      this.#done.delete(oldest);
    }
  }

  #show(broadcastId: string): ShowRecording | undefined {
    const known = this.#shows.get(broadcastId);
    if (known !== undefined || this.#closing || this.#done.has(broadcastId)) return known;
    const { dir, blobs, doors, log, retryMs = 1000, freeBytes } = this.#options;
    const show = new ShowRecording({
      broadcastId,
      dir: path.join(dir, broadcastId),
      blobs,
      doors,
      log: log.child({ broadcastId }),
      started: this.#started.promise,
      retryMs,
      freeBytes,
    });
    this.#shows.set(broadcastId, show);
    void show.closed.then((how) => {
      this.#shows.delete(broadcastId);
      if (how !== "stopped") this.#remember(broadcastId);
    });
    return show;
  }
}
