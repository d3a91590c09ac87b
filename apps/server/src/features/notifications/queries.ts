/** SQL of notices and push subscriptions. One statement each, plain rows out. */
import { type Insertable, type Kysely, type Selectable, sql } from "kysely";
import type { LiveNoticeTable, PushSubscriptionTable, Schema } from "../../store/schema.ts";

export type Db = Kysely<Schema>;
export type SubscriptionRow = Selectable<PushSubscriptionTable>;
type Via = LiveNoticeTable["via"];

/** A follower who is to be told. */
export type Waiting = Readonly<{ account_id: string; via: Via; attempts: number; email: string; display_name: string }>;

/** A browser that several accounts use belongs to who was there last. */
export async function upsertSubscription(db: Db, row: Insertable<PushSubscriptionTable>): Promise<SubscriptionRow> {
  return db
    .insertInto("push_subscription")
    .values(row)
    .onConflict((conflict) =>
      conflict.column("endpoint").doUpdateSet((eb) => ({
        account_id: eb.ref("excluded.account_id"),
        p256dh: eb.ref("excluded.p256dh"),
        auth: eb.ref("excluded.auth"),
        user_agent: eb.ref("excluded.user_agent"),
      })),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Newest first. */
export async function listSubscriptions(db: Db, accountId: string): Promise<SubscriptionRow[]> {
  return db
    .selectFrom("push_subscription")
    .selectAll()
    .where("account_id", "=", accountId)
    .orderBy("id", "desc")
    .execute();
}

/** Of this account only. */
export async function deleteSubscriptions(db: Db, accountId: string, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const { numDeletedRows } = await db
    .deleteFrom("push_subscription")
    .where("account_id", "=", accountId)
    .where("id", "in", ids)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** Public shows on the air that began within the span and of which nobody has been told. */
export async function listUntold(db: Db, from: Date, to: Date): Promise<string[]> {
  const rows = await db
    .selectFrom("broadcast")
    .select("id")
    .where("state", "=", "live")
    .where("visibility", "=", "public")
    .where("live_at", ">", from)
    .where("live_at", "<=", to)
    .where(sql<boolean>`not exists (select from live_notice_plan where broadcast_id = broadcast.id)`)
    .execute();
  return rows.map((row) => row.id);
}

/** Those that began before `at` and have followers who wait to be told. */
export async function listUnfinished(db: Db, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom("live_notice")
    .select("broadcast_id")
    .distinct()
    .where("state", "=", "waiting")
    .limit(limit)
    .execute();
  return rows.map((row) => row.broadcast_id);
}

/** True for the one caller who plans it. */
export async function insertPlan(db: Db, broadcastId: string): Promise<boolean> {
  const inserted = await db
    .insertInto("live_notice_plan")
    .values({ broadcast_id: broadcastId })
    .onConflict((conflict) => conflict.column("broadcast_id").doNothing())
    .returning("broadcast_id")
    .executeTakeFirst();
  return inserted !== undefined;
}

/** Everybody who follows the channel and wishes to hear of it this way. */
export async function insertNotices(db: Db, broadcastId: string, channelId: string): Promise<void> {
  await sql`
    insert into live_notice (broadcast_id, account_id, via)
    select ${broadcastId}, f.account_id, 'mail' from follow f join account a on a.id = f.account_id
      where f.channel_id = ${channelId} and f.mail and a.disabled_at is null
    union all
    select ${broadcastId}, f.account_id, 'push' from follow f join account a on a.id = f.account_id
      where f.channel_id = ${channelId} and f.push and a.disabled_at is null
        and exists (select from push_subscription p where p.account_id = f.account_id)
    on conflict do nothing`.execute(db);
}

/** Who waits, and still wishes to hear: whoever has left meanwhile is not among them. */
export async function listWaiting(db: Db, broadcastId: string, channelId: string, limit: number): Promise<Waiting[]> {
  return db
    .selectFrom("live_notice")
    .innerJoin("account", "account.id", "live_notice.account_id")
    .innerJoin("follow", (join) =>
      join.onRef("follow.account_id", "=", "live_notice.account_id").on("follow.channel_id", "=", channelId),
    )
    .select([
      "live_notice.account_id",
      "live_notice.via",
      "live_notice.attempts",
      "account.email",
      "account.display_name",
    ])
    .where("live_notice.broadcast_id", "=", broadcastId)
    .where("live_notice.state", "=", "waiting")
    .where(sql<boolean>`case live_notice.via when 'mail' then follow.mail else follow.push end`)
    .orderBy("live_notice.attempts")
    .orderBy("live_notice.account_id")
    .orderBy("live_notice.via")
    .limit(limit)
    .execute();
}

/** True for the one caller who tells them now. Counted as told first: who dies in between has told nobody twice. */
export async function claimNotice(
  db: Db,
  broadcastId: string,
  { account_id, via, attempts }: Waiting,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("live_notice")
    .set({ state: "sent", attempts: attempts + 1 })
    .where("broadcast_id", "=", broadcastId)
    .where("account_id", "=", account_id)
    .where("via", "=", via)
    .where("state", "=", "waiting")
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function setNotice(
  db: Db,
  broadcastId: string,
  { account_id, via }: Waiting,
  state: "waiting" | "failed",
): Promise<void> {
  await db
    .updateTable("live_notice")
    .set({ state })
    .where("broadcast_id", "=", broadcastId)
    .where("account_id", "=", account_id)
    .where("via", "=", via)
    .execute();
}

/** Removes up to `limit` of shows whose followers were told before `at`, and says how many there were. That they were told is kept. */
export async function deleteOldNotices(db: Db, at: Date, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from live_notice where ctid = any(array(
      select live_notice.ctid from live_notice join live_notice_plan using (broadcast_id)
      where live_notice_plan.planned_at < ${at} limit ${limit}))`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

/** Nobody else is told. */
export async function dropWaiting(db: Db, broadcastId: string): Promise<void> {
  await db
    .updateTable("live_notice")
    .set({ state: "failed" })
    .where("broadcast_id", "=", broadcastId)
    .where("state", "=", "waiting")
    .execute();
}
