/** Making clips: the held media becomes one MP4 file and a picture. Nothing is encoded again. */
import { readdir, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { MalformedError, UnsupportedError } from "@rostrum/media/errors";
import { type Mp4Plan, planMp4 } from "@rostrum/media/mp4/write-mp4";
import type { Context } from "../../context.ts";
import { every } from "../../lib/every.ts";
import { FfmpegError, findFfmpeg } from "../../lib/ffmpeg.ts";
import type { HeldMedia } from "../../media/plane.ts";
import type { JobRun } from "../../ports/jobs.ts";
import { pictureAt } from "../pictures/service.ts";
import { blobKeys, heldFolder, holdingFolder, prefixOf, readHeld, removeHeld } from "./files.ts";
import { heldChunks } from "./held-chunks.ts";
import { findClip, listMaking, listStuck, updateClip } from "./queries.ts";

export const CLIP_QUEUE = "clips.make";
export type ClipJob = Readonly<{ clipId: string }>;

/** On a busy machine pictures take their time; files do not wait for them. */
const CONCURRENCY = 4;
const LIMIT_SEC = 120;
/** Then it cannot come any more: its job was given up while nobody could write that down. */
const STUCK_MS = 15 * 60_000;
const SWEEP_MS = 5 * 60_000;
const LOST = "The media of this clip was lost before it was made; mark it again.";
const BROKEN = "The media of this moment cannot be put into a file.";
const FAILED = "The clip could not be made; mark it again.";

/** Does the jobs that come, in this process. */
export async function registerClipJobs(ctx: Context): Promise<void> {
  const options = { concurrency: CONCURRENCY, limitSec: LIMIT_SEC };
  await ctx.jobs.work<ClipJob>(CLIP_QUEUE, options, ({ clipId }, run) => makeClip(ctx, clipId, run));
}

/** Gives up what nobody makes any more, until `signal` aborts. */
export async function sweepClips(ctx: Context, signal: AbortSignal): Promise<void> {
  const failed = (err: unknown): void => ctx.log.warn({ err }, "the sweep of clips failed; it is tried again");
  await every(SWEEP_MS, signal, () => giveUpStuck(ctx), failed);
}

/** The file first: a clip can be watched before it has its picture. */
async function makeClip(ctx: Context, clipId: string, run: JobRun): Promise<void> {
  const row = await findClip(ctx.store.db, clipId);
  const folder = heldFolder(ctx, clipId);
  const held = row === undefined || row.state === "failed" ? null : await readHeld(folder);
  if (row?.state === "making") {
    const problem = held === null ? LOST : await tryToWrite(ctx, clipId, { folder, held }, run);
    if (problem !== null) return fail(ctx, clipId, problem);
  }
  if (held !== null && row?.has_thumbnail === false) await addThumbnail(ctx, clipId, { folder, held }, run.signal);
  await removeHeld(ctx, clipId);
}

type Source = Readonly<{ folder: string; held: HeldMedia }>;

/** Null when the clip is ready; else what is wrong for good. @throws when another attempt may help */
async function tryToWrite(ctx: Context, clipId: string, source: Source, run: JobRun): Promise<string | null> {
  try {
    return await write(ctx, clipId, source, run.signal);
  } catch (cause) {
    const isBroken = [MalformedError, UnsupportedError, RangeError].some((kind) => cause instanceof kind);
    // What was stopped is put back and done by the next process.
    if (!isBroken && (!run.last || run.signal.aborted)) throw cause;
    ctx.log.error({ err: cause, clipId }, "a clip could not be made");
    return isBroken ? BROKEN : FAILED;
  }
}

async function write(
  ctx: Context,
  clipId: string,
  { folder, held }: Source,
  signal: AbortSignal,
): Promise<string | null> {
  const { db } = ctx.store;
  const chunks = () => heldChunks(folder, held.files);
  const plan = await planMp4(chunks(), held);
  if (plan === null) return BROKEN;
  await updateClip(db, clipId, { progress: 0.2 });
  await ctx.blobs.put(blobKeys(clipId).mp4, Readable.from(stoppable(plan, chunks(), signal)), "video/mp4");
  const kept = await updateClip(db, clipId, {
    ...{ state: "ready", progress: 1, problem: null },
    ...{ size_bytes: plan.sizeBytes, duration_ms: Math.round(plan.durationSec * 1000) },
    ...{ width_px: plan.video?.widthPx ?? null, height_px: plan.video?.heightPx ?? null },
  });
  // Deleted while it was made: nobody names these any more.
  if (!kept) await ctx.blobs.removeAll(prefixOf(clipId));
  return null;
}

/** The picture in the middle; a clip without one is a clip all the same. */
async function addThumbnail(
  ctx: Context,
  clipId: string,
  { folder, held }: Source,
  signal: AbortSignal,
): Promise<void> {
  const middle = (held.fromSec + held.toSec) / 2;
  try {
    const ffmpeg = await findFfmpeg({ configured: ctx.config.FFMPEG_PATH });
    const jpeg = await pictureAt(ffmpeg, () => heldChunks(folder, held.files), middle, signal);
    if (jpeg === null) return;
    await ctx.blobs.put(blobKeys(clipId).thumbnail, jpeg, "image/jpeg");
    const kept = await updateClip(ctx.store.db, clipId, { has_thumbnail: true });
    if (!kept) await ctx.blobs.removeAll(prefixOf(clipId));
  } catch (cause) {
    signal.throwIfAborted();
    if (!(cause instanceof FfmpegError)) throw cause;
    ctx.log.warn({ clipId, error: cause.message }, "a clip has no thumbnail");
  }
}

async function* stoppable(
  plan: Mp4Plan,
  chunks: Parameters<Mp4Plan["write"]>[0],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const piece of plan.write(chunks)) {
    signal.throwIfAborted();
    yield piece;
  }
}

async function fail(ctx: Context, clipId: string, problem: string): Promise<void> {
  await updateClip(ctx.store.db, clipId, { state: "failed", problem });
  await ctx.blobs.removeAll(prefixOf(clipId));
  await removeHeld(ctx, clipId);
}

async function giveUpStuck(ctx: Context): Promise<void> {
  for (const id of await listStuck(ctx.store.db, new Date(Date.now() - STUCK_MS))) await fail(ctx, id, FAILED);
  const held = await readdir(holdingFolder(ctx)).catch(() => []);
  const making = await listMaking(ctx.store.db, held);
  // A folder is there a moment before its row.
  const oldestMs = Date.now() - STUCK_MS;
  for (const id of held) {
    const folder = making.has(id) ? null : await stat(heldFolder(ctx, id)).catch(() => null);
    if (folder !== null && folder.mtimeMs < oldestMs) await removeHeld(ctx, id);
  }
}
