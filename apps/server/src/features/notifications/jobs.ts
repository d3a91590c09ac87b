/** Telling followers that a show has begun: once per show and person, by mail and to their browsers. */
import type { Context } from "../../context.ts";
import { every } from "../../lib/every.ts";
import type { BroadcastChange } from "../../ports/bus-events.ts";
import { followInTurn } from "../../ports/follow.ts";
import type { JobRun } from "../../ports/jobs.ts";
import { MailError } from "../../ports/mail.ts";
import type { PushMessage } from "../../ports/push.ts";
import { findShown } from "../broadcasts/service.ts";
import {
  claimNotice,
  deleteOldNotices,
  deleteSubscriptions,
  dropWaiting,
  insertNotices,
  insertPlan,
  listSubscriptions,
  listUnfinished,
  listUntold,
  listWaiting,
  setNotice,
  type SubscriptionRow,
  type Waiting,
} from "./queries.ts";
import { type LiveShow, liveMail, livePayload } from "./texts.ts";
import { unsubscribeUrl } from "./unsubscribe.ts";

const QUEUE = "notifications.live";
type LiveJob = Readonly<{ broadcastId: string }>;
type Outcome = "sent" | "later" | "never";

/** A show that is over sooner was none. */
const SETTLED_MS = 10_000;
/** Nobody wants to hear so late that it has begun. */
const LATE_MS = 60 * 60_000;
const SWEEP_MS = 30_000;
const HOUR_MS = 60 * 60_000;
const KEPT_MS = 7 * 24 * HOUR_MS;
const PER_STATEMENT = 5_000;
const BATCH = 50;
const AT_ONCE = 5;
const MAX_ATTEMPTS = 3;
const CONCURRENCY = 2;
const LIMIT_SEC = 900;
/** How long a push service keeps it for a browser that is away. */
const TTL_SEC = 3600;

/** Does the jobs that come, in this process. */
export async function registerNotificationJobs(ctx: Context): Promise<void> {
  const options = { concurrency: CONCURRENCY, limitSec: LIMIT_SEC };
  await ctx.jobs.work<LiveJob>(QUEUE, options, ({ broadcastId }, run) => tellFollowers(ctx, broadcastId, run));
}

/** Listens for shows that begin, and looks for what was missed, until `signal` aborts. */
export async function runNotifications(ctx: Context, signal: AbortSignal): Promise<void> {
  const failed = (err: unknown): void => ctx.log.warn({ err }, "followers could not be told; it is tried again");
  await Promise.all([
    followInTurn<BroadcastChange>(ctx, "broadcasts", signal, async (change) => {
      if (change.type !== "state" || change.state !== "live" || change.from === "interrupted") return;
      await order(ctx, change.broadcastId, new Date(Date.now() + SETTLED_MS));
    }),
    every(SWEEP_MS, signal, () => orderMissed(ctx), failed),
    every(HOUR_MS, signal, () => removeOld(ctx), failed),
  ]);
}

/** Who was told of a show long ago is nobody's business any more. */
export async function removeOld(ctx: Context, now: number = Date.now()): Promise<void> {
  const before = new Date(now - KEPT_MS);
  let removed = PER_STATEMENT;
  while (removed === PER_STATEMENT) removed = await deleteOldNotices(ctx.store.db, before, PER_STATEMENT);
}

/** What a process that died, or a queue that was away, has left. */
export async function orderMissed(ctx: Context, now: number = Date.now()): Promise<void> {
  const { db } = ctx.store;
  // A little later than by the bus, whose order then stands already.
  const untold = await listUntold(db, new Date(now - LATE_MS), new Date(now - 2 * SETTLED_MS));
  for (const id of new Set([...untold, ...(await listUnfinished(db, 100))])) await order(ctx, id);
}

async function order(ctx: Context, broadcastId: string, notBefore?: Date): Promise<void> {
  const at = notBefore === undefined ? {} : { notBefore };
  await ctx.jobs.send<LiveJob>(QUEUE, { broadcastId }, { key: broadcastId, retries: 3, ...at });
}

/** Until nobody waits. May run twice: each person is claimed. @throws when some must be tried again */
export async function tellFollowers(ctx: Context, broadcastId: string, run: Pick<JobRun, "signal">): Promise<void> {
  const { db } = ctx.store;
  let later = 0;
  for (;;) {
    run.signal.throwIfAborted();
    const row = await findShown(db, broadcastId);
    if (row === undefined) return;
    const ageMs = Date.now() - (row.live_at?.getTime() ?? Number.POSITIVE_INFINITY);
    const isOver = row.state === "ended" || row.state === "archived";
    if (isOver || row.visibility !== "public" || ageMs > LATE_MS) return dropWaiting(db, broadcastId);
    // It flaps: the sweep looks again.
    if (row.state !== "live" || ageMs < SETTLED_MS) return;
    await plan(ctx, broadcastId, row.channel_id);
    const waiting = await listWaiting(db, broadcastId, row.channel_id, BATCH);
    const fresh = waiting.filter((one) => later === 0 || one.attempts === 0);
    if (fresh.length === 0) break;
    const show = { id: row.id, title: row.title, channelTitle: row.channel_title, channelId: row.channel_id };
    for (let at = 0; at < fresh.length; at += AT_ONCE) {
      const outcomes = await Promise.all(fresh.slice(at, at + AT_ONCE).map((one) => tell(ctx, show, one, run.signal)));
      later += outcomes.filter((outcome) => outcome === "later").length;
    }
  }
  if (later > 0) throw new Error(`${later} followers could not be told; it is tried again`);
}

async function plan(ctx: Context, broadcastId: string, channelId: string): Promise<void> {
  await ctx.store.db.transaction().execute(async (tx) => {
    if (await insertPlan(tx, broadcastId)) await insertNotices(tx, broadcastId, channelId);
  });
}

type Told = LiveShow & Readonly<{ channelId: string }>;

async function tell(ctx: Context, show: Told, one: Waiting, signal: AbortSignal): Promise<Outcome> {
  const { db } = ctx.store;
  if (!(await claimNotice(db, show.id, one))) return "sent";
  const outcome = one.via === "mail" ? await sendMail(ctx, show, one) : await sendPush(ctx, show, one, signal);
  if (outcome === "sent") return outcome;
  const isLast = outcome === "never" || one.attempts + 1 >= MAX_ATTEMPTS;
  await setNotice(db, show.id, one, isLast ? "failed" : "waiting");
  return isLast ? "never" : "later";
}

async function sendMail(ctx: Context, show: Told, { account_id: accountId, email }: Waiting): Promise<Outcome> {
  const unsubscribe = unsubscribeUrl(ctx, { accountId, channelId: show.channelId });
  const to = { email, publicUrl: ctx.publicUrl(), instanceName: ctx.config.INSTANCE_NAME, unsubscribeUrl: unsubscribe };
  try {
    await ctx.mail.send(liveMail(show, to));
    return "sent";
  } catch (err) {
    ctx.log.warn({ err, broadcastId: show.id, accountId }, "a follower could not be told by mail");
    return err instanceof MailError && err.permanent ? "never" : "later";
  }
}

/** To every browser of the account. One is enough to have been told: the others are not told twice for its sake. */
async function sendPush(
  ctx: Context,
  show: Told,
  { account_id: accountId }: Waiting,
  signal: AbortSignal,
): Promise<Outcome> {
  const message = { payload: JSON.stringify(livePayload(show)), ttlSec: TTL_SEC, topic: show.id };
  const browsers = await listSubscriptions(ctx.store.db, accountId);
  // All at once: browsers whose push service never answers must not make everybody else wait for each.
  const found = await Promise.all(browsers.map((browser) => sendTo(ctx, browser, message, signal)));
  if (found.includes("sent")) return "sent";
  return found.includes("later") ? "later" : "never";
}

/** Forgets a browser that has gone. */
async function sendTo(
  ctx: Context,
  { id, account_id: accountId, endpoint, p256dh, auth }: SubscriptionRow,
  message: PushMessage,
  signal: AbortSignal,
): Promise<Outcome> {
  const outcome = await ctx.push.send({ endpoint, p256dh, auth }, message, signal).catch((err: unknown) => {
    ctx.log.warn({ err, accountId }, "a push message could not be sent");
    return "later" as const;
  });
  if (outcome === "gone") await deleteSubscriptions(ctx.store.db, accountId, [id]);
  return outcome === "gone" || outcome === "refused" ? "never" : outcome;
}
