/** What webhooks need by the clock, and the jobs that send. */
import type { Context } from "../../context.ts";
import { every } from "../../lib/every.ts";
import { DELIVER, type DeliverJob, wake } from "./announce.ts";
import { deliverDue } from "./deliver.ts";
import { deleteOldDeliveries, listDueWebhooks } from "./delivery-queries.ts";
import { watchFacts } from "./watch.ts";

/** Receivers that are slow take a place each. */
const CONCURRENCY = 10;
const LIMIT_SEC = 90;
/** Retries are so late at most. */
const DUE_MS = 2_000;
const MAX_DUE = 200;
const HOUR_MS = 60 * 60_000;
const KEPT_MS = 30 * 24 * HOUR_MS;
const PER_STATEMENT = 5_000;

/** Does the jobs that come, in this process. */
export async function registerWebhookJobs(ctx: Context): Promise<void> {
  const options = { concurrency: CONCURRENCY, limitSec: LIMIT_SEC };
  await ctx.jobs.work<DeliverJob>(DELIVER, options, ({ webhookId }, run) => deliverDue(ctx, webhookId, run));
}

/** Listens to what happens, wakes what is due, removes old deliveries; until `signal` aborts. */
export async function runWebhooks(ctx: Context, signal: AbortSignal): Promise<void> {
  const failed = (err: unknown): void => ctx.log.warn({ err }, "a sweep of webhooks failed; it is tried again");
  await Promise.all([
    watchFacts(ctx, signal),
    every(DUE_MS, signal, () => wakeDue(ctx), failed),
    every(HOUR_MS, signal, () => removeOld(ctx), failed),
  ]);
}

/** What failed and is due again, and what was forgotten by a process that died. */
export async function wakeDue(ctx: Context, now: Date = new Date()): Promise<void> {
  for (const id of await listDueWebhooks(ctx.store.db, now, MAX_DUE)) await wake(ctx, id);
}

async function removeOld(ctx: Context): Promise<void> {
  const before = new Date(Date.now() - KEPT_MS);
  let removed = PER_STATEMENT;
  while (removed === PER_STATEMENT) removed = await deleteOldDeliveries(ctx.store.db, before, PER_STATEMENT);
}
