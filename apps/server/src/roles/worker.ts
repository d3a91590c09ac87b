/** The worker role: what happens by the clock, and long work from the job queue. */
import type { Context } from "../context.ts";
import { runSweeps } from "../features/broadcasts/sweeps.ts";
import { registerClipJobs, sweepClips } from "../features/clips/jobs.ts";
import { sweepPolls } from "../features/engagement/service.ts";
import { registerFileJobs, sweepFiles } from "../features/files/jobs.ts";
import { sweepModeration } from "../features/moderation/networks.ts";
import { registerNotificationJobs, runNotifications } from "../features/notifications/jobs.ts";
import { registerRegistrationJobs, runRegistrationMails } from "../features/registration/mails.ts";
import { registerRecordingJobs, runRecordingSweeps } from "../features/recordings/jobs.ts";
import { registerTipJobs } from "../features/tips/fee-job.ts";
import { registerWebhookJobs, runWebhooks } from "../features/webhooks/jobs.ts";
import { every } from "../lib/every.ts";
import { createPrepareVideo } from "../media/ingest/file/prepare-video.ts";
import { paymentsOf } from "./payments.ts";

/** One entry per feature with jobs: tells the queue who does them. */
const REGISTRATIONS: ReadonlyArray<(ctx: Context) => Promise<void>> = [
  registerRecordingJobs,
  registerClipJobs,
  (ctx) => registerTipJobs({ ctx, payments: paymentsOf(ctx), now: Date.now }),
  registerNotificationJobs,
  registerWebhookJobs,
  registerRegistrationJobs,
  (ctx) => registerFileJobs(ctx, createPrepareVideo(ctx.config.FFMPEG_PATH)),
];

const REGISTER_MS = 5_000;

/** Runs until `signal` aborts or `close` is called; `close` waits for a sweep that is running. Jobs end with `ctx.jobs`. */
export async function startWorker(ctx: Context, signal: AbortSignal): Promise<{ close(): Promise<void> }> {
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  // Nobody waits for the queue at start: what was left from before is done a moment later.
  const running = Promise.all([
    runSweeps(ctx, until),
    runRecordingSweeps(ctx, until),
    sweepClips(ctx, until),
    sweepFiles(ctx, until),
    sweepPolls(ctx, until),
    runNotifications(ctx, until),
    runWebhooks(ctx, until),
    runRegistrationMails(ctx, until),
    sweepModeration(ctx, until),
    ...REGISTRATIONS.map((register) => registerJobs(ctx, register, until)),
  ]);
  return {
    async close() {
      stop.abort();
      await running;
    },
  };
}

/** Tries until it has worked: the database may be away for a moment. */
async function registerJobs(
  ctx: Context,
  register: (ctx: Context) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController();
  await every(
    REGISTER_MS,
    AbortSignal.any([signal, done.signal]),
    async () => {
      await register(ctx);
      done.abort();
    },
    (error) => ctx.log.error({ err: error }, "the job queue cannot be used; it is tried again"),
  );
}
