/** SQL of webhooks. One statement each, plain rows out. Deliveries have a file of their own. */
import type { WebhookEventType } from "@rostrum/contract/webhooks";
import { type Insertable, type Kysely, type Selectable, sql, type Updateable } from "kysely";
import type { Schema, WebhookTable } from "../../store/schema.ts";

export type Db = Kysely<Schema>;
export type WebhookRow = Selectable<WebhookTable>;

export async function insertWebhook(db: Db, row: Insertable<WebhookTable>): Promise<void> {
  await db.insertInto("webhook").values(row).execute();
}

/** Of this channel only. */
export async function findWebhookOn(db: Db, channelId: string, id: string): Promise<WebhookRow | undefined> {
  return db
    .selectFrom("webhook")
    .selectAll()
    .where("id", "=", id)
    .where("channel_id", "=", channelId)
    .executeTakeFirst();
}

export async function findWebhook(db: Db, id: string): Promise<WebhookRow | undefined> {
  return db.selectFrom("webhook").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Oldest first. */
export async function listWebhooks(db: Db, channelId: string): Promise<WebhookRow[]> {
  return db.selectFrom("webhook").selectAll().where("channel_id", "=", channelId).orderBy("id").execute();
}

/** Those that were there at `at` and want to know. */
export async function listListening(
  db: Db,
  channelId: string,
  type: WebhookEventType,
  at: Date,
): Promise<{ id: string }[]> {
  return db
    .selectFrom("webhook")
    .select("id")
    .where("channel_id", "=", channelId)
    .where("enabled", "=", true)
    .where("created_at", "<=", at)
    .where(sql<boolean>`events @> ${JSON.stringify([type])}::jsonb`)
    .execute();
}

export async function updateWebhookRow(db: Db, id: string, values: Updateable<WebhookTable>): Promise<void> {
  await db.updateTable("webhook").set(values).where("id", "=", id).execute();
}

export async function deleteWebhookRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom("webhook").where("id", "=", id).execute();
}

/** An attempt went well. */
export async function noteSuccess(db: Db, id: string): Promise<void> {
  await db
    .updateTable("webhook")
    .set({ failing_since: null, failures: 0 })
    .where("id", "=", id)
    .where("failing_since", "is not", null)
    .execute();
}

/** An attempt failed. */
export async function noteFailure(
  db: Db,
  id: string,
  at: Date,
): Promise<{ failing_since: Date | null; failures: number } | undefined> {
  return db
    .updateTable("webhook")
    .set({
      failing_since: sql<Date>`coalesce(failing_since, ${at}::timestamptz)`,
      failures: sql<number>`failures + 1`,
    })
    .where("id", "=", id)
    .returning(["failing_since", "failures"])
    .executeTakeFirst();
}

/** True for the one caller who switched it off. */
export async function disableWebhook(db: Db, id: string, reason: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("webhook")
    .set({ enabled: false, disabled_reason: reason })
    .where("id", "=", id)
    .where("enabled", "=", true)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Where the owner of a channel reads mails. */
export async function findOwner(
  db: Db,
  channelId: string,
): Promise<{ email: string; channel_title: string } | undefined> {
  return db
    .selectFrom("channel_member")
    .innerJoin("account", "account.id", "channel_member.account_id")
    .innerJoin("channel", "channel.id", "channel_member.channel_id")
    .select(["account.email", "channel.title as channel_title"])
    .where("channel_member.channel_id", "=", channelId)
    .where("channel_member.role", "=", "owner")
    .where("account.disabled_at", "is", null)
    .executeTakeFirst();
}

/** Shows on the air, or over for less than a day, of channels whose webhooks want to hear `type`; the newest first. */
export async function listTalkingShows(
  db: Db,
  type: WebhookEventType,
  endedAfter: Date,
  limit: number,
): Promise<{ id: string; channel_id: string }[]> {
  return db
    .selectFrom("broadcast")
    .select(["id", "channel_id"])
    .where((eb) => eb.or([eb("state", "in", ["preview", "live", "interrupted"]), eb("ended_at", ">", endedAfter)]))
    .where(
      sql<boolean>`exists (select from webhook where webhook.channel_id = broadcast.channel_id and webhook.enabled
        and webhook.events @> ${JSON.stringify([type])}::jsonb)`,
    )
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}

/** Shows of which something was to be told since `at`. */
export async function listRecentShows(db: Db, at: Date, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom("broadcast")
    .leftJoin("recording", "recording.broadcast_id", "broadcast.id")
    .select("broadcast.id")
    .where((eb) =>
      eb.or([
        eb("broadcast.live_at", ">", at),
        eb("broadcast.ended_at", ">", at),
        eb("recording.reported_at", ">", at),
      ]),
    )
    .where(
      sql<boolean>`exists (select from webhook where webhook.channel_id = broadcast.channel_id and webhook.enabled)`,
    )
    .orderBy("broadcast.id", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/** Follows begun since `at`, of channels with webhooks. */
export async function listRecentFollows(
  db: Db,
  at: Date,
  limit: number,
): Promise<{ channel_id: string; account_id: string; created_at: Date }[]> {
  return db
    .selectFrom("follow")
    .select(["channel_id", "account_id", "created_at"])
    .where("created_at", ">", at)
    .where(sql<boolean>`exists (select from webhook where webhook.channel_id = follow.channel_id and webhook.enabled)`)
    .orderBy("created_at", "desc")
    .limit(limit)
    .execute();
}

/** Tips paid since `at` to shows that are still there, of channels whose webhooks want to hear of tips; the newest first. */
export async function listRecentTips(
  db: Db,
  at: Date,
  limit: number,
): Promise<{ id: string; broadcast_id: string; channel_id: string }[]> {
  return db
    .selectFrom("tip")
    .innerJoin("broadcast", "broadcast.id", "tip.broadcast_id")
    .select(["tip.id", "broadcast.id as broadcast_id", "tip.channel_id"])
    .where("tip.paid_at", ">", at)
    .where("tip.state", "=", "paid")
    .where(
      sql<boolean>`exists (select from webhook where webhook.channel_id = tip.channel_id and webhook.enabled
        and webhook.events @> ${JSON.stringify(["tip.received"])}::jsonb)`,
    )
    .orderBy("tip.paid_at", "desc")
    .limit(limit)
    .execute();
}

/** What is told of a recording. */
export async function findRecordingOf(
  db: Db,
  broadcastId: string,
): Promise<
  | {
      id: string;
      title: string | null;
      state: string;
      duration_ms: number;
      size_bytes: string;
      ended_at: Date | null;
      reported_at: Date;
    }
  | undefined
> {
  return db
    .selectFrom("recording")
    .select(["id", "title", "state", "duration_ms", "size_bytes", "ended_at", "reported_at"])
    .where("broadcast_id", "=", broadcastId)
    .executeTakeFirst();
}

/** What is told of a follower. */
export async function findFollower(
  db: Db,
  channelId: string,
  accountId: string,
): Promise<
  { handle: string; display_name: string; since: Date; channel_handle: string; channel_title: string } | undefined
> {
  return db
    .selectFrom("follow")
    .innerJoin("account", "account.id", "follow.account_id")
    .innerJoin("channel", "channel.id", "follow.channel_id")
    .select([
      "account.handle",
      "account.display_name",
      "follow.created_at as since",
      "channel.handle as channel_handle",
      "channel.title as channel_title",
    ])
    .where("follow.channel_id", "=", channelId)
    .where("follow.account_id", "=", accountId)
    .executeTakeFirst();
}
