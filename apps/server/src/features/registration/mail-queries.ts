/** SQL of mails to those who have registered: what is due, and who does it. */
import { type Selectable, sql } from "kysely";
import type { RegistrationMailKind, RegistrationMailTable } from "../../store/registration-tables.ts";
import type { Db } from "./queries.ts";

export type MailRow = Selectable<RegistrationMailTable>;

type NewMail = Readonly<{
  registrationId: string;
  broadcastId: string;
  kind: RegistrationMailKind;
  revision: string;
  dueAt: Date;
}>;

/** Once for each kind and revision. */
export async function insertMail(db: Db, mail: NewMail): Promise<void> {
  const { registrationId, broadcastId, kind, revision, dueAt } = mail;
  await db
    .insertInto("registration_mail")
    .values({
      ...{ registration_id: registrationId, broadcast_id: broadcastId, kind, revision },
      ...{ about: null, due_at: dueAt },
    })
    .onConflict((conflict) => conflict.columns(["registration_id", "kind", "revision"]).doNothing())
    .execute();
}

/** When a reminder goes out: so long before the start, and no later than so long before it. `freshMs`: who has just registered knows. */
type ReminderSpan = Readonly<{ beforeMs: number; untilMs: number; freshMs: number }>;

/** For every start of a show once; another start is another reminder. */
export async function planReminders(
  db: Db,
  kind: "hour" | "minutes",
  { beforeMs, untilMs, freshMs }: ReminderSpan,
  now: Date,
): Promise<void> {
  const at = now.getTime();
  await sql`
    insert into registration_mail (registration_id, broadcast_id, kind, revision, due_at)
    select r.id, b.id, ${kind}, floor(extract(epoch from b.start_at))::bigint::text, ${now}::timestamptz
    from broadcast b join registration r on r.broadcast_id = b.id
    where b.registration <> 'off' and b.state in ('scheduled','preview','live','interrupted')
      and b.start_at > ${new Date(at + untilMs)}::timestamptz and b.start_at <= ${new Date(at + beforeMs)}::timestamptz
      and r.created_at < b.start_at - ${beforeMs + freshMs}::double precision * interval '1 millisecond'
    on conflict do nothing`.execute(db);
}

/** Shows that begin at another time than the registered know, or at none: who does not know is told, once it has settled. */
export async function planChanges(db: Db, dueAt: Date): Promise<void> {
  await sql`
    with moved as (
      update registration r
      set told_start_at = b.start_at, calendar_sequence = r.calendar_sequence + 1
      from broadcast b
      where b.id = r.broadcast_id and r.told_start_at is distinct from b.start_at
        and b.registration <> 'off' and b.live_at is null and b.state in ('draft','scheduled','preview')
      returning r.id, r.broadcast_id, r.calendar_sequence
    )
    insert into registration_mail (registration_id, broadcast_id, kind, revision, due_at)
    select id, broadcast_id, 'changed', calendar_sequence::text, ${dueAt}::timestamptz from moved
    on conflict do nothing`.execute(db);
}

/** Those that were ended before they had begun. */
export async function planCancelled(db: Db, now: Date): Promise<void> {
  await sql`
    insert into registration_mail (registration_id, broadcast_id, kind, revision, due_at)
    select r.id, b.id, 'cancelled', 'ended', ${now}::timestamptz
    from broadcast b join registration r on r.broadcast_id = b.id
    where b.registration <> 'off' and b.state = 'ended' and b.live_at is null
      and b.ended_at > ${new Date(now.getTime() - DAY_MS)}::timestamptz
    on conflict do nothing`.execute(db);
}

const DAY_MS = 24 * 60 * 60_000;

/** The earliest due first. */
export async function listDue(db: Db, now: Date, limit: number): Promise<MailRow[]> {
  return db
    .selectFrom("registration_mail")
    .selectAll()
    .where("state", "=", "waiting")
    .where("due_at", "<=", now)
    .orderBy("due_at")
    .orderBy("registration_id")
    .limit(limit)
    .execute();
}

/** True for the one caller who sends it now. Counted as sent first: who dies in between has mailed nobody twice. */
export async function claimMail(db: Db, mail: MailRow): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("registration_mail")
    .set({ state: "sent", attempts: mail.attempts + 1 })
    .where("registration_id", "=", mail.registration_id)
    .where("kind", "=", mail.kind)
    .where("revision", "=", mail.revision)
    .where("state", "=", "waiting")
    .where("attempts", "=", mail.attempts)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** What became of one that was claimed. Whoever a mail about a show that is gone was for, is forgotten with it. */
export async function settleMail(
  db: Db,
  mail: MailRow,
  outcome: Readonly<{ state: "sent" | "failed" } | { state: "waiting"; dueAt: Date }>,
): Promise<void> {
  await db
    .updateTable("registration_mail")
    .set(
      outcome.state === "waiting" ? { state: "waiting", due_at: outcome.dueAt } : { state: outcome.state, about: null },
    )
    .where("registration_id", "=", mail.registration_id)
    .where("kind", "=", mail.kind)
    .where("revision", "=", mail.revision)
    .execute();
}

/** Removes up to `limit` that were sent or given up before `at`, of shows that are gone. */
export async function deleteOldMails(db: Db, at: Date, limit: number): Promise<void> {
  await sql`
    delete from registration_mail where (registration_id, kind, revision) in (
      select m.registration_id, m.kind, m.revision from registration_mail m
      where m.state <> 'waiting' and m.created_at < ${at}::timestamptz
        and not exists (select from broadcast b where b.id = m.broadcast_id)
      limit ${limit})`.execute(db);
}
