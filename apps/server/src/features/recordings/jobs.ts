/** Long work on recordings: MP4 files, retention, removal of blobs. */
import type { Context } from "../../context.ts";
import { every } from "../../lib/every.ts";
import type { JobRun } from "../../ports/jobs.ts";
import { SYSTEM } from "../audit/service.ts";
import { announceChange } from "../broadcasts/service.ts";
import { EXPIRE, FINISH, MP4, type RecordingJob, TRASH } from "./job-names.ts";
import { writeRecordingMp4 } from "./mp4-file.ts";
import { makeRecordingPictures } from "./pictures.ts";
import {
  failLostRecordings,
  findRecording,
  forgetTrash,
  giveUpMp4,
  listExpired,
  listMp4Wanted,
  listTrash,
  putTrashOff,
  updateRecordingRow,
} from "./queries.ts";
import { removeRecording } from "./service.ts";

const HOUR_SEC = 3600;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** What was still being stored when its recording was deleted is found by a second look. */
const SECOND_LOOK_MS = 10 * MINUTE_MS;
const LOST_MS = 24 * HOUR_MS;
const LOST =
  "The recording could not be finished: the server that has its last media has not been heard of for a day. It goes on should that server return; otherwise delete it.";
const TRASH_MAX_DELAY_MS = 6 * HOUR_MS;
const PER_RUN = 50;
const MP4_PROBLEM = "The file could not be made; the server's log says why. You can try again.";

/** Does the jobs of recordings in this process. */
export async function registerRecordingJobs(ctx: Context): Promise<void> {
  await ctx.jobs.work<RecordingJob>(FINISH, { concurrency: 1, limitSec: HOUR_SEC }, (job, run) =>
    finish(ctx, job, run),
  );
  await ctx.jobs.work<RecordingJob>(MP4, { concurrency: 1, limitSec: 6 * HOUR_SEC }, (job, run) =>
    makeMp4(ctx, job, run),
  );
  await ctx.jobs.work(EXPIRE, { concurrency: 1, limitSec: HOUR_SEC }, async () => {
    await expireRecordings(ctx);
    await failLost(ctx);
  });
  await ctx.jobs.work(TRASH, { concurrency: 1, limitSec: HOUR_SEC }, (_, run) => emptyTrash(ctx, run.signal));
}

/** Asks for what time brings about, until `signal` aborts. */
export async function runRecordingSweeps(ctx: Context, signal: AbortSignal): Promise<void> {
  const failed = (error: unknown): void => ctx.log.warn({ err: error }, "a job of recordings could not be asked for");
  await Promise.all([
    every(HOUR_MS, signal, () => ctx.jobs.send(EXPIRE, {}, { key: EXPIRE }), failed),
    every(
      MINUTE_MS,
      signal,
      async () => {
        const waiting = await listTrash(ctx.store.db, 1);
        if (waiting.length > 0) await ctx.jobs.send(TRASH, {}, { key: TRASH });
      },
      failed,
    ),
    every(MINUTE_MS, signal, () => giveUpLostMp4s(ctx), failed),
  ]);
}

/** Removes the recordings that are older than their channels keep them. */
export async function expireRecordings(ctx: Context): Promise<void> {
  for (;;) {
    const expired = await listExpired(ctx.store.db, PER_RUN);
    for (const { id, days } of expired) {
      ctx.log.info({ recordingId: id, days }, "a recording is removed: it is older than the channel keeps them");
      const note = `The recording was removed after ${days} days, as the channel's settings say.`;
      await removeRecording(ctx, id, SYSTEM, note);
    }
    if (expired.length < PER_RUN) return;
  }
}

/** A media node tells of its recordings until they are complete. One that is silent for a day has lost its disk, or is gone. */
export async function failLost(ctx: Context, nowMs: number = Date.now()): Promise<void> {
  for (const row of await failLostRecordings(ctx.store.db, new Date(nowMs - LOST_MS), LOST)) {
    ctx.log.error({ recordingId: row.id }, "a recording has failed: the server that has its media is silent for a day");
    const about = { broadcastId: row.broadcast_id, channelId: row.channel_id, at: new Date().toISOString() };
    await announceChange(ctx, { ...about, type: "updated" });
  }
}

/**
 * Removes what is below the prefixes in the trash whose time has come. Each is looked at twice. One that cannot be removed waits as long
 * as it has waited already, and the others go on.
 */
export async function emptyTrash(ctx: Context, signal: AbortSignal, nowMs: number = Date.now()): Promise<void> {
  const { db } = ctx.store;
  const failed: { prefix: string; err: unknown }[] = [];
  for (const { prefix, created_at } of await listTrash(db, PER_RUN)) {
    signal.throwIfAborted();
    try {
      await ctx.blobs.removeAll(prefix);
    } catch (err) {
      failed.push({ prefix, err });
      await putTrashOff(db, prefix, new Date(nowMs + trashDelayMs(nowMs - created_at.getTime())));
      continue;
    }
    if (created_at.getTime() < nowMs - SECOND_LOOK_MS) await forgetTrash(db, prefix);
    else await putTrashOff(db, prefix, new Date(created_at.getTime() + SECOND_LOOK_MS + 1));
  }
  const [first] = failed;
  if (first === undefined) return;
  ctx.log.warn(
    { ...first, prefixes: failed.length },
    "blobs that nobody needs cannot be removed; it is tried again later",
  );
}

function trashDelayMs(waitedMs: number): number {
  return Math.min(TRASH_MAX_DELAY_MS, Math.max(MINUTE_MS, waitedMs));
}

/** A job whose process died in its last attempt has nobody who says so: the file has failed, and can be asked for again. */
export async function giveUpLostMp4s(ctx: Context): Promise<void> {
  const wanted = await listMp4Wanted(ctx.store.db);
  if (wanted.length === 0) return;
  // After the rows: what has been asked for since has its job.
  const open = await ctx.jobs.openKeys(MP4);
  for (const id of wanted.filter((one) => !open.has(one))) {
    if (!(await giveUpMp4(ctx.store.db, id, MP4_PROBLEM))) continue;
    ctx.log.warn({ recordingId: id }, "an MP4 file was given up: nobody makes it any more");
  }
}

async function makeMp4(ctx: Context, { recordingId }: RecordingJob, run: JobRun): Promise<void> {
  const { db } = ctx.store;
  const row = await findRecording(db, recordingId);
  if (row === undefined || row.state !== "ready" || row.mp4_state === "ready") return;
  await updateRecordingRow(db, recordingId, { mp4_state: "running", mp4_progress: 0, mp4_problem: null });
  try {
    const bytes = await writeRecordingMp4({
      blobs: ctx.blobs,
      recordingId,
      signal: run.signal,
      onProgress: async (progress) => {
        await updateRecordingRow(db, recordingId, { mp4_progress: progress });
      },
    });
    await updateRecordingRow(db, recordingId, { mp4_state: "ready", mp4_progress: 1, mp4_bytes: bytes });
  } catch (error) {
    await updateRecordingRow(
      db,
      recordingId,
      run.last ? { mp4_state: "failed", mp4_problem: MP4_PROBLEM } : { mp4_state: "waiting" },
    );
    throw error;
  }
}

/** The recording is complete: its pictures are made. */
async function finish(ctx: Context, { recordingId }: RecordingJob, { signal }: JobRun): Promise<void> {
  const row = await findRecording(ctx.store.db, recordingId);
  if (row?.state !== "ready" || row.storyboard_key !== null) return;
  await makeRecordingPictures(ctx, recordingId, signal);
  const about = { broadcastId: row.broadcast_id, channelId: row.channel_id, at: new Date().toISOString() };
  await announceChange(ctx, { ...about, type: "updated" });
}
