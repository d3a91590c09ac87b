/** SQL of tips, their settings and what providers told. One statement each, plain rows out. */
import type { TipState } from "@rostrum/contract/tips";
import { type Insertable, type Kysely, type Selectable, sql, type Updateable } from "kysely";
import type { Schema } from "../../store/schema.ts";
import type { PaymentEventTable, TipSettingsTable, TipTable } from "../../store/tip-tables.ts";

type Db = Kysely<Schema>;
export type TipRow = Selectable<TipTable>;
export type SettingsRow = Selectable<TipSettingsTable>;
export type Provider = TipRow["provider"];

export async function findSettings(db: Db, channelId: string): Promise<SettingsRow | undefined> {
  return db.selectFrom("tip_settings").selectAll().where("channel_id", "=", channelId).executeTakeFirst();
}

export async function saveSettings(db: Db, row: Insertable<TipSettingsTable>): Promise<void> {
  const { channel_id: _, ...values } = row;
  await db
    .insertInto("tip_settings")
    .values(row)
    .onConflict((conflict) => conflict.column("channel_id").doUpdateSet(values))
    .execute();
}

/** False: the account has sent it before. */
export async function insertTip(db: Db, row: Insertable<TipTable>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("tip")
    .values(row)
    .onConflict((conflict) => conflict.columns(["account_id", "send_id"]).doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export async function findTip(db: Db, id: string): Promise<TipRow | undefined> {
  return db.selectFrom("tip").selectAll().where("id", "=", id).executeTakeFirst();
}

export async function findSent(db: Db, accountId: string, sendId: string): Promise<TipRow | undefined> {
  const query = db.selectFrom("tip").selectAll().where("account_id", "=", accountId);
  return query.where("send_id", "=", sendId).executeTakeFirst();
}

/** Held until the transaction ends. */
export async function lockTip(db: Db, id: string): Promise<TipRow | undefined> {
  return db.selectFrom("tip").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
}

/** Held until the transaction ends. */
export async function lockTipOfPayment(db: Db, provider: Provider, paymentId: string): Promise<TipRow | undefined> {
  const query = db.selectFrom("tip").selectAll().where("provider", "=", provider);
  return query.where("payment_id", "=", paymentId).forUpdate().executeTakeFirst();
}

export async function updateTip(db: Db, id: string, values: Updateable<TipTable>): Promise<void> {
  await db.updateTable("tip").set(values).where("id", "=", id).execute();
}

/** Tips that an account has begun since then and not paid. */
export async function countUnpaid(db: Db, accountId: string, since: Date): Promise<number> {
  const row = await db
    .selectFrom("tip")
    .select(sql<string>`count(*)`.as("all"))
    .where("account_id", "=", accountId)
    .where("state", "=", "pending")
    .where("created_at", ">=", since)
    .executeTakeFirst();
  return Number(row?.all ?? 0);
}

/** What an account said with its tips to a show, newest first, at most 30. */
export async function listSaid(
  db: Db,
  { accountId, broadcastId, since }: Readonly<{ accountId: string; broadcastId: string; since: Date }>,
): Promise<{ text: string; at: Date }[]> {
  const rows = await db
    .selectFrom("tip")
    .select(["message", "created_at"])
    .where("account_id", "=", accountId)
    .where("broadcast_id", "=", broadcastId)
    .where("message", "is not", null)
    .where("created_at", ">=", since)
    .orderBy("created_at", "desc")
    .limit(30)
    .execute();
  return rows.map(({ message, created_at }) => ({ text: message ?? "", at: created_at }));
}

/** Paid ones of a show, newest first, as this provider counts them. */
export async function listShown(db: Db, broadcastId: string, provider: Provider, limit: number): Promise<TipRow[]> {
  return db
    .selectFrom("tip")
    .selectAll()
    .where("broadcast_id", "=", broadcastId)
    .where("provider", "=", provider)
    .where("state", "=", "paid")
    .orderBy("paid_at", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}

/** Paid tips of a show whose words wait for a moderator, oldest first. */
export async function listHeld(db: Db, broadcastId: string, limit: number): Promise<TipRow[]> {
  return db
    .selectFrom("tip")
    .selectAll()
    .where("broadcast_id", "=", broadcastId)
    .where("state", "=", "paid")
    .where("message_state", "=", "held")
    .orderBy("paid_at")
    .limit(limit)
    .execute();
}

/** A tip for the crew, with what the ledger says of it. */
export type StaffRow = TipRow & {
  handle: string | null;
  broadcast_title: string | null;
  fee_minor: string;
  returned_minor: string;
};

export type StaffFilter = Readonly<{
  channelId: string;
  broadcastId?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  state?: TipState | undefined;
  /** Only those of an id before this one. */
  before?: string | undefined;
  limit: number;
}>;

const ledgerOf = (accounts: string) => sql<string>`coalesce((
  select -sum(entry.amount_minor) from ledger_entry entry
  join ledger_transaction happening on happening.id = entry.transaction_id
  where happening.tip_id = tip.id and entry.account = any(string_to_array(${accounts}, ','))), 0)`;

/** Newest first. */
export async function listForStaff(db: Db, filter: StaffFilter): Promise<StaffRow[]> {
  let query = db
    .selectFrom("tip")
    .leftJoin("account", "account.id", "tip.account_id")
    .leftJoin("broadcast", "broadcast.id", "tip.broadcast_id")
    .selectAll("tip")
    .select([
      "account.handle as handle",
      "broadcast.title as broadcast_title",
      ledgerOf("fees").as("fee_minor"),
      ledgerOf("refunds,disputes").as("returned_minor"),
    ])
    .where("tip.channel_id", "=", filter.channelId);
  if (filter.broadcastId !== undefined) query = query.where("tip.broadcast_id", "=", filter.broadcastId);
  if (filter.from !== undefined) query = query.where("tip.created_at", ">=", new Date(filter.from));
  if (filter.to !== undefined) query = query.where("tip.created_at", "<", new Date(filter.to));
  if (filter.state !== undefined) query = query.where("tip.state", "=", filter.state);
  if (filter.before !== undefined) query = query.where("tip.id", "<", filter.before);
  return query.orderBy("tip.id", "desc").limit(filter.limit).execute();
}

/** False: it was told before. */
export async function insertPaymentEvent(db: Db, row: Insertable<PaymentEventTable>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("payment_event")
    .values(row)
    .onConflict((conflict) => conflict.columns(["provider", "event_id"]).doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** What was told about a payment before it was known, oldest first; from now on it counts as applied. */
export async function takeWaiting(db: Db, provider: Provider, paymentId: string, at: Date): Promise<unknown[]> {
  const rows = await db
    .updateTable("payment_event")
    .set({ applied_at: at })
    .where("provider", "=", provider)
    .where("payment_id", "=", paymentId)
    .where("applied_at", "is", null)
    .returning(["event", "received_at"])
    .execute();
  return rows.toSorted((a, b) => a.received_at.getTime() - b.received_at.getTime()).map((row) => row.event);
}

/** Other programs may use the same account at the provider: what nobody here asked for is forgotten. */
export async function forgetWaiting(db: Db, before: Date): Promise<void> {
  await db.deleteFrom("payment_event").where("applied_at", "is", null).where("received_at", "<", before).execute();
}

/** Whether tips to a channel have ever moved money. */
export async function hasTakenMoney(db: Db, channelId: string): Promise<boolean> {
  const query = db.selectFrom("ledger_transaction").select("id").where("channel_id", "=", channelId);
  return (await query.where("provider", "=", "stripe").limit(1).executeTakeFirst()) !== undefined;
}

/** Shows of a channel that are on the air. */
export async function listOnAir(db: Db, channelId: string) {
  return db
    .selectFrom("broadcast")
    .select(["id", "channel_id", "state", "kid_mode"])
    .where("channel_id", "=", channelId)
    .where("state", "in", ["live", "interrupted"])
    .execute();
}

/** The show of a tip, as media time is counted in it. */
export async function findTimes(db: Db, tipId: string) {
  return db
    .selectFrom("broadcast")
    .innerJoin("tip", "tip.broadcast_id", "broadcast.id")
    .select(["broadcast.id", "broadcast.state", "broadcast.live_at", "broadcast.ended_at"])
    .where("tip.id", "=", tipId)
    .executeTakeFirst();
}

/** What is shown of an account beside its tips. */
export async function findGiver(db: Db, accountId: string) {
  return db.selectFrom("account").select(["handle", "display_name"]).where("id", "=", accountId).executeTakeFirst();
}
