/** For tests of the recorder: a node of its own folder with origin, recorder and blobs on disk, and the rows on the far side of the doors. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseRecordingIndex, type RecordingIndex } from "@rostrum/media/recording";
import { createDiskBlobs } from "../../adapters/blobs-disk.ts";
import { createManualClock } from "../../lib/clock.ts";
import { createLogger } from "../../lib/log.ts";
import { createMetrics } from "../../lib/metrics.ts";
import type { Blobs } from "../../ports/blobs.ts";
import type { ProgramEvent } from "../hub/program-event.ts";
import { ProgramHub } from "../hub/program-hub.ts";
import { createOrigin, type Origin } from "../origin.ts";
import type { RecordingDoors, RecordingOrder, RecordingReport, StoredRecording } from "../plane.ts";
import { Recorder, type RecorderOptions } from "./recorder.ts";

export const SHOW = "show";
export const RECORDING = "rec0";

/** What the database would know. */
export class Rows implements RecordingDoors {
  stored: StoredRecording | undefined;
  isOver = false;
  isRecorded = true;
  order: RecordingOrder = { type: "go_on" };
  asked = 0;
  reports: RecordingReport[] = [];

  async openRecording() {
    this.asked += 1;
    if (!this.isRecorded || this.stored !== undefined) return null;
    return { recordingId: RECORDING, isOver: this.isOver };
  }
  async recordingProgress(report: RecordingReport) {
    this.reports.push(report);
    return this.order;
  }
  async recordingStored(stored: StoredRecording) {
    this.stored = stored;
  }
  async broadcastOfRecording(id: string) {
    return this.stored?.recordingId === id ? SHOW : null;
  }
}

export interface Node extends AsyncDisposable {
  readonly dir: string;
  readonly rows: Rows;
  readonly blobs: Blobs;
  readonly origin: Origin;
  readonly recorder: Recorder;
  readonly logged: string[];
  /** Publishes into a new program; the show begins before the first sample. */
  feed(events: readonly ProgramEvent[]): Promise<void>;
  /** What the folders hold now, as after kill -9. The caller starts a node on it. */
  snapshot(): string;
}

type Options = Partial<RecorderOptions> &
  Readonly<{ dir?: string; rows?: Rows; wrap?: (blobs: Blobs) => Blobs; freeDvrBytes?: () => Promise<number> }>;

/** Goes on with what is in `dir`, which it removes in the end. */
export async function startNode({
  dir = newFolder(),
  rows = new Rows(),
  wrap,
  freeDvrBytes,
  ...options
}: Options = {}): Promise<Node> {
  const logged: string[] = [];
  const log = createLogger("warn", false, { write: (line) => void logged.push(line) });
  const disk = createDiskBlobs(path.join(dir, "blobs"));
  const blobs = wrap?.(disk) ?? disk;
  const recorder = new Recorder({
    dir: path.join(dir, "recording"),
    blobs,
    doors: rows,
    log,
    metrics: createMetrics(),
    retryMs: 5,
    ...options,
  });
  const origin = createOrigin({
    dir: path.join(dir, "live"),
    partTargetMs: 333,
    segmentTargetMs: 2000,
    log,
    metrics: createMetrics(),
    policy: () => Promise.resolve(null),
    verifyToken: () => Promise.resolve(false),
    clock: createManualClock(Date.parse("2026-01-02T03:04:05.000Z")),
    recorder,
    ...(freeDvrBytes && { freeBytes: freeDvrBytes }),
  });
  await recorder.recover();
  await origin.recover();
  recorder.start();
  return {
    dir,
    rows,
    blobs,
    origin,
    recorder,
    logged,
    async feed(events) {
      const hub = new ProgramHub();
      origin.attach(SHOW, hub, { dvrWindowSec: 3600 });
      origin.beginShow(SHOW, "source");
      for (let from = 0; from < events.length; from += 50) {
        for (const event of events.slice(from, from + 50)) hub.publish(event);
        await settle();
      }
      hub.close();
    },
    snapshot() {
      return copyOf(dir);
    },
    async [Symbol.asyncDispose]() {
      await origin.close();
      await recorder.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** What `dir` held at one moment. No new write begins while this runs; one that had begun may end, and then it copies anew. */
function copyOf(dir: string): string {
  for (;;) {
    const copy = newFolder();
    try {
      const before = stateOf(dir);
      cpSync(dir, copy, { recursive: true });
      if (stateOf(dir) === before) return copy;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    rmSync(copy, { recursive: true, force: true });
  }
}

function stateOf(dir: string): string {
  const files = readdirSync(dir, { recursive: true, encoding: "utf8" }).toSorted();
  return files.map((file) => `${file} ${changeOf(path.join(dir, file))}`).join("\n");
}

function changeOf(file: string): string {
  const { size, mtimeNs } = statSync(file, { bigint: true });
  return `${size} ${mtimeNs}`;
}

export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Resolves when `holds`. */
export async function when(holds: () => boolean): Promise<void> {
  while (!holds()) await settle();
}

/** Names of the segments that the DVR's journal has, as `<rendition>/<name>`. */
export function journaled(dir: string): string[] {
  const text = readOrEmpty(path.join(dir, "live", SHOW, "journal.jsonl"));
  const lines = text.split("\n").slice(0, -1);
  const entries = lines.map((line) => JSON.parse(line) as { type: string; rendition: string; name: string });
  return entries.filter(({ type }) => type === "segment").map(({ rendition, name }) => `${rendition}/${name}`);
}

/** The index among the blobs. */
export async function indexIn(blobs: Blobs): Promise<RecordingIndex> {
  const blob = await blobs.get(`recordings/${RECORDING}/index.json`);
  if (blob === null) throw new Error("there is no index");
  return parseRecordingIndex(Buffer.concat((await blob.body.toArray()) as Buffer[]).toString());
}

/** The index's segments as `<rendition>/<name>`; throws when one is not among the blobs, whole. */
export async function recorded(blobs: Blobs): Promise<string[]> {
  const found = new Map<string, number>();
  for await (const { key, bytes } of blobs.list(`recordings/${RECORDING}/`)) found.set(key, bytes);
  const { renditions } = await indexIn(blobs);
  return renditions.flatMap(({ name: rendition, segments }) =>
    segments.map(({ name, sizeBytes, init }) => {
      const key = `${rendition}/${name}`;
      const stored = found.get(`recordings/${RECORDING}/${key}.m4s`);
      if (stored !== sizeBytes) throw new Error(`${key} has ${stored} of ${sizeBytes} bytes`);
      if (!found.has(`recordings/${RECORDING}/${rendition}/${init.name}.mp4`)) throw new Error(`no init of ${key}`);
      return key;
    }),
  );
}

/** What is left of recordings on the node. */
export function leftOver(dir: string): string[] {
  const root = path.join(dir, "recording");
  return readdirSync(root).flatMap((show) => [show, ...filesIn(path.join(root, show))]);
}

function newFolder(): string {
  const dir = mkdtempSync(path.join(os.tmpdir(), "rostrum-recorder-"));
  mkdirSync(dir, { recursive: true });
  return dir;
}

/** The text of `file`; empty when there is none. */
export function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return "";
    throw error;
  }
}

/** Names in `dir`, in order; none when there is no such folder. */
export function filesIn(dir: string): string[] {
  try {
    return readdirSync(dir).toSorted();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";
