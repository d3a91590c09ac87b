/** Preparing uploads for playing: one at a time, progress on the row. */
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import type { Context } from "../../context.ts";
import type { Container } from "../../lib/container.ts";
import { every } from "../../lib/every.ts";
import { newId } from "../../lib/ids.ts";
import type { JobRun } from "../../ports/jobs.ts";
import { freeBytes, SHOW_RESERVE_BYTES } from "../../store/disk.ts";
import { blobKeys } from "./blobs.ts";
import { findFile, type FileRow, giveUpFile, listUnprepared, updateFile } from "./queries.ts";
import { uploadFolder } from "./upload.ts";

export const PREPARE_QUEUE = "files.prepare";
export type PrepareData = Readonly<{ fileId: string }>;

type Work = Readonly<{
  upload: Readonly<{ path: string; container: Container }>;
  output: string;
  /** 0 to 1. */
  onProgress: (progress: number) => void;
  signal: AbortSignal;
}>;
type Prepared =
  | {
      readonly ok: true;
      readonly mezzanine: Readonly<{ durationMs: number; widthPx: number; heightPx: number }>;
      readonly picture: Uint8Array | null;
    }
  | { readonly ok: false; readonly reason: string };

/** Makes `output` out of `upload`; what cannot be used is a sentence, not an error. */
export type PrepareVideo = (work: Work) => Promise<Prepared>;

/** Four hours of video on a slow machine. */
const LIMIT_SEC = 6 * 3600;
const SWEEP_MS = 60_000;
const TELL_EVERY = 0.02;
const NO_ROOM =
  "The server's disk is nearly full: this video could not be prepared. Delete it and upload it again later.";
const GIVEN_UP = "The server could not prepare this video; its log says why. Delete it and upload it again.";

/** Removes what an earlier process left half done on this disk, then does the jobs that come. */
export async function registerFileJobs(ctx: Context, prepare: PrepareVideo): Promise<void> {
  await clearOldUploads(uploadFolder(ctx));
  await ctx.jobs.work<PrepareData>(PREPARE_QUEUE, { concurrency: 1, limitSec: LIMIT_SEC }, async ({ fileId }, run) => {
    const row = await findFile(ctx.store.db, fileId);
    // Deleted in the meantime, or done by a run that broke off after it.
    if (row === undefined || row.state === "ready" || row.state === "failed") return;
    try {
      await prepareFile(ctx, prepare, row, run);
    } catch (error) {
      // What was stopped is put back and done by the next process.
      if (run.last && !run.signal.aborted) await giveUp(ctx, fileId);
      throw error;
    }
  });
}

/** Gives up what nobody prepares any more, until `signal` aborts. */
export async function sweepFiles(ctx: Context, signal: AbortSignal): Promise<void> {
  const failed = (err: unknown): void => ctx.log.warn({ err }, "the sweep of files failed; it is tried again");
  await every(SWEEP_MS, signal, () => giveUpLost(ctx), failed);
}

/** A job whose process died in its last attempt, or that took too long in it, has nobody who says so. */
export async function giveUpLost(ctx: Context, nowMs: number = Date.now()): Promise<void> {
  // A row is there a moment before its job.
  const unprepared = await listUnprepared(ctx.store.db, new Date(nowMs - SWEEP_MS));
  if (unprepared.length === 0) return;
  const open = await ctx.jobs.openKeys(PREPARE_QUEUE);
  for (const fileId of unprepared.filter((id) => !open.has(id))) await giveUp(ctx, fileId);
}

async function clearOldUploads(folder: string): Promise<void> {
  const startedMs = Date.now() - process.uptime() * 1000;
  if (!existsSync(folder)) return;
  for (const name of await readdir(folder)) {
    const entry = path.join(folder, name);
    // What is newer belongs to this process.
    if ((await stat(entry)).mtimeMs < startedMs) await rm(entry, { recursive: true, force: true });
  }
}

async function prepareFile(ctx: Context, prepare: PrepareVideo, row: FileRow, { signal }: JobRun): Promise<void> {
  const folder = path.join(uploadFolder(ctx), newId());
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    const upload = { path: path.join(folder, "original"), container: row.container as Container };
    const output = path.join(folder, "video.flv");
    if (!(await fetchOriginal(ctx, row.id, upload.path))) return;
    await updateFile(ctx.store.db, row.id, { state: "processing", progress: 0 });
    const full = new AbortController();
    const tell = progressTeller(ctx, row.id);
    const onProgress = (progress: number): void => {
      tell(progress);
      // What FFmpeg makes of a small file may be large.
      if (freeBytes(folder) < SHOW_RESERVE_BYTES) full.abort();
    };
    const made = await prepare({ upload, output, onProgress, signal: AbortSignal.any([signal, full.signal]) });
    // Stopped, not failed: it is tried again.
    if (signal.aborted) throw signal.reason;
    if (full.signal.aborted) await updateFile(ctx.store.db, row.id, { state: "failed", problem: NO_ROOM });
    else if (made.ok) await publish(ctx, row.id, output, made);
    else await updateFile(ctx.store.db, row.id, { state: "failed", problem: made.reason });
    await ctx.blobs.remove(blobKeys(row.id).original);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Nobody tries again: whoever looks is told so. */
async function giveUp(ctx: Context, fileId: string): Promise<void> {
  if (!(await giveUpFile(ctx.store.db, fileId, GIVEN_UP))) return;
  ctx.log.warn({ fileId }, "an uploaded video was given up: it could not be prepared");
  await ctx.blobs.remove(blobKeys(fileId).original);
}

async function fetchOriginal(ctx: Context, fileId: string, to: string): Promise<boolean> {
  const blob = await ctx.blobs.get(blobKeys(fileId).original);
  if (blob === null) {
    const problem = "The uploaded file is gone from the server; upload it again.";
    await updateFile(ctx.store.db, fileId, { state: "failed", problem });
    return false;
  }
  await pipeline(blob.body, createWriteStream(to, { mode: 0o600 }));
  return true;
}

/** Steps that nobody would see are not written. */
function progressTeller(ctx: Context, fileId: string): (progress: number) => void {
  let told = 0;
  return (progress) => {
    if (progress < told + TELL_EVERY) return;
    told = progress;
    updateFile(ctx.store.db, fileId, { progress }).catch((err: unknown) => {
      ctx.log.warn({ err, fileId }, "the progress of a file is not stored");
    });
  };
}

/** Blobs first: a row that says `ready` can be played. */
async function publish(
  ctx: Context,
  fileId: string,
  file: string,
  { mezzanine, picture }: Extract<Prepared, { ok: true }>,
): Promise<void> {
  const keys = blobKeys(fileId);
  await ctx.blobs.put(keys.video, createReadStream(file), "video/x-flv");
  if (picture !== null) await ctx.blobs.put(keys.picture, picture, "image/jpeg");
  const { size } = await stat(file);
  const kept = await updateFile(ctx.store.db, fileId, {
    ...{ state: "ready", progress: 1, problem: null, has_picture: picture !== null, size_bytes: size },
    ...{ duration_ms: mezzanine.durationMs, width_px: mezzanine.widthPx, height_px: mezzanine.heightPx },
  });
  // Deleted while it was prepared: nobody names these any more.
  if (!kept) await Promise.all([keys.video, keys.picture].map((key) => ctx.blobs.remove(key)));
}
