/** Mails to those who have registered: confirmation, reminders, another start, the end of the plan. Each once. */
import type { Context } from "../../context.ts";
import { every } from "../../lib/every.ts";
import type { JobRun } from "../../ports/jobs.ts";
import { MailError } from "../../ports/mail.ts";
import { findShown } from "../broadcasts/service.ts";
import {
  claimMail,
  deleteOldMails,
  listDue,
  type MailRow,
  planCancelled,
  planChanges,
  planReminders,
  settleMail,
} from "./mail-queries.ts";
import { linkOf } from "./link.ts";
import { findRegistration } from "./queries.ts";
import { type MailFacts, registrationMail } from "./texts.ts";

const QUEUE = "registration.mails";
const MINUTE_MS = 60_000;
const SWEEP_MS = 10_000;
const BATCH = 100;
const AT_ONCE = 5;
const LIMIT_SEC = 900;
/** Whoever plans a show tries a few times before its start stands. */
const SETTLED_MS = MINUTE_MS;
/** Pauses after the first failures; then it is given up. */
const RETRY_MIN: readonly number[] = [1, 5, 20, 60];
/** A reminder that comes so long after its time helps nobody. */
const STALE_MS = 30 * MINUTE_MS;
const KEPT_MS = 30 * 24 * 60 * MINUTE_MS;

/** An hour before, at the latest ten minutes before; five minutes before, at the latest two after. */
const REMINDERS = {
  hour: { beforeMs: 60 * MINUTE_MS, untilMs: 10 * MINUTE_MS, freshMs: 15 * MINUTE_MS },
  minutes: { beforeMs: 5 * MINUTE_MS, untilMs: -2 * MINUTE_MS, freshMs: 5 * MINUTE_MS },
} as const;

/** Does the jobs that come, in this process. */
export async function registerRegistrationJobs(ctx: Context): Promise<void> {
  const options = { concurrency: 1, limitSec: LIMIT_SEC };
  await ctx.jobs.work(QUEUE, options, (_data, run) => sendDue(ctx, run));
}

/** Looks for what is to be told until `signal` aborts. */
export async function runRegistrationMails(ctx: Context, signal: AbortSignal): Promise<void> {
  const failed = (err: unknown): void =>
    ctx.log.warn({ err }, "mails to the registered could not be planned; it is tried again");
  await every(SWEEP_MS, signal, () => planMails(ctx), failed);
}

/** What is due is sent soon, by whatever process does such jobs. */
export async function wakeMails(ctx: Context): Promise<void> {
  await ctx.jobs.send(QUEUE, {}, { key: QUEUE, retries: 1 });
}

/** Writes down what is to be told. Doing it twice changes nothing. */
export async function planMails(ctx: Context, now: Date = new Date()): Promise<void> {
  const { db } = ctx.store;
  await planChanges(db, new Date(now.getTime() + SETTLED_MS));
  await planCancelled(db, now);
  await planReminders(db, "hour", REMINDERS.hour, now);
  await planReminders(db, "minutes", REMINDERS.minutes, now);
  await deleteOldMails(db, new Date(now.getTime() - KEPT_MS), BATCH);
  if ((await listDue(db, now, 1)).length > 0) await wakeMails(ctx);
}

/** Until nothing is due. May run twice: each mail is claimed. What cannot be sent now is due again later. */
export async function sendDue(
  ctx: Context,
  run: Pick<JobRun, "signal">,
  now: () => Date = () => new Date(),
): Promise<void> {
  for (;;) {
    run.signal.throwIfAborted();
    const due = await listDue(ctx.store.db, now(), BATCH);
    if (due.length === 0) return;
    for (let at = 0; at < due.length; at += AT_ONCE) {
      await Promise.all(due.slice(at, at + AT_ONCE).map((mail) => send(ctx, mail, now())));
    }
  }
}

async function send(ctx: Context, mail: MailRow, now: Date): Promise<void> {
  const { db } = ctx.store;
  if (!(await claimMail(db, mail))) return;
  try {
    const facts = await factsOf(ctx, mail, now);
    if (facts === null) return await settleMail(db, mail, { state: "failed" });
    await ctx.mail.send(registrationMail(mail.kind, facts, now));
  } catch (err) {
    const retryMin = err instanceof MailError && err.permanent ? undefined : RETRY_MIN[mail.attempts];
    const { registration_id: registrationId, broadcast_id: broadcastId, kind } = mail;
    ctx.log.warn({ err, registrationId, broadcastId, kind, retryMin }, "a mail to a registered person did not go out");
    const dueAt = new Date(now.getTime() + (retryMin ?? 0) * MINUTE_MS);
    return settleMail(db, mail, retryMin === undefined ? { state: "failed" } : { state: "waiting", dueAt });
  }
  // Out of the reach of `catch`: what went out and cannot be noted is not sent again.
  await settleMail(db, mail, { state: "sent" });
}

/** Null: nobody needs it any more. */
async function factsOf(ctx: Context, mail: MailRow, now: Date): Promise<MailFacts | null> {
  const common = { broadcastId: mail.broadcast_id, instanceName: ctx.config.INSTANCE_NAME, organizer: ctx.mail.from };
  if (mail.about !== null) {
    const { title, channelTitle, startAt, sequence, name, email, timeZone } = mail.about;
    const at = startAt === null ? null : new Date(startAt);
    const times = { startAt: at, hasBegun: false, formerStartAt: at, sequence };
    return { ...common, ...times, title, channelTitle, link: null, to: { name, email, timeZone } };
  }
  const { db } = ctx.store;
  const person = await findRegistration(db, mail.broadcast_id, mail.registration_id);
  const show = await findShown(db, mail.broadcast_id);
  if (person === undefined || show === undefined || isPast(mail, show, now)) return null;
  if (mail.kind === "changed" && mail.revision !== String(person.calendar_sequence)) return null;
  const isOver = mail.kind === "cancelled";
  return {
    ...common,
    ...{ title: show.title, channelTitle: show.channel_title, startAt: show.start_at },
    hasBegun: show.live_at !== null,
    // A postponed show is taken out of the calendar by whatever start it stood there with: programs go by its UID.
    formerStartAt: show.start_at ?? now,
    sequence: person.calendar_sequence + (isOver ? 1 : 0),
    link: isOver ? null : linkOf(ctx, person),
    to: { name: person.name, email: person.email, timeZone: person.time_zone },
  };
}

/** A reminder of another start, or of one that is long past. */
function isPast(mail: MailRow, show: Readonly<{ start_at: Date | null; state: string }>, now: Date): boolean {
  if (mail.kind !== "hour" && mail.kind !== "minutes") return false;
  if (show.state === "ended" || show.state === "archived" || show.start_at === null) return true;
  const startMs = show.start_at.getTime();
  return mail.revision !== String(Math.floor(startMs / 1000)) || now.getTime() - startMs > STALE_MS;
}
