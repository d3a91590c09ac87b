/** SQL of deliveries. One statement each, plain rows out. */
import type { DeliveryState } from "@rostrum/contract/webhooks";
import { type Insertable, type Selectable, sql, type Updateable } from "kysely";
import type { z } from "zod";
import type { WebhookDeliveryTable } from "../../store/schema.ts";
import type { Db } from "./queries.ts";

export type DeliveryRow = Selectable<WebhookDeliveryTable>;

/** False when the webhook has a delivery of the event already: another process was first. Replays are always new. */
export async function insertDelivery(db: Db, row: Insertable<WebhookDeliveryTable>): Promise<boolean> {
  const inserted = await db
    .insertInto("webhook_delivery")
    .values(row)
    .onConflict((conflict) => conflict.columns(["webhook_id", "event_id"]).where("replay_of", "is", null).doNothing())
    .returning("id")
    .executeTakeFirst();
  return inserted !== undefined;
}

export async function countPending(db: Db, webhookId: string): Promise<number> {
  const row = await db
    .selectFrom("webhook_delivery")
    .select(sql<string>`count(*)`.as("all"))
    .where("webhook_id", "=", webhookId)
    .where("state", "=", "pending")
    .executeTakeFirst();
  return Number(row?.all ?? 0);
}

export async function findDelivery(db: Db, webhookId: string, id: string): Promise<DeliveryRow | undefined> {
  return db
    .selectFrom("webhook_delivery")
    .selectAll()
    .where("webhook_id", "=", webhookId)
    .where("id", "=", id)
    .executeTakeFirst();
}

/** Newest first. */
export async function listDeliveries(
  db: Db,
  webhookId: string,
  page: { before: string | undefined; state: z.infer<typeof DeliveryState> | undefined; limit: number },
): Promise<DeliveryRow[]> {
  let query = db.selectFrom("webhook_delivery").selectAll().where("webhook_id", "=", webhookId);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  if (page.state !== undefined) query = query.where("state", "=", page.state);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

/** What is to be sent now, in the order in which it came. */
export async function nextDue(db: Db, webhookId: string, at: Date): Promise<DeliveryRow | undefined> {
  return db
    .selectFrom("webhook_delivery")
    .selectAll()
    .where("webhook_id", "=", webhookId)
    .where("state", "=", "pending")
    .where("next_at", "<=", at)
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
}

/** Webhooks that have something to be sent now. */
export async function listDueWebhooks(db: Db, at: Date, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom("webhook_delivery")
    .select("webhook_id")
    .distinct()
    .where("state", "=", "pending")
    .where("next_at", "<=", at)
    .limit(limit)
    .execute();
  return rows.map((row) => row.webhook_id);
}

/** Counts an attempt for the one caller who makes it; should it die, it is tried again at `nextAt`. */
export async function claimDelivery(db: Db, row: DeliveryRow, nextAt: Date): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("webhook_delivery")
    .set({ attempts: row.attempts + 1, next_at: nextAt })
    .where("id", "=", row.id)
    .where("state", "=", "pending")
    .where("attempts", "=", row.attempts)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function updateDelivery(db: Db, id: string, values: Updateable<WebhookDeliveryTable>): Promise<void> {
  await db.updateTable("webhook_delivery").set(values).where("id", "=", id).execute();
}

/** Whatever still waits will not be sent. */
export async function failPending(db: Db, webhookId: string, problem: string): Promise<void> {
  await db
    .updateTable("webhook_delivery")
    .set({ state: "failed", next_at: null, problem })
    .where("webhook_id", "=", webhookId)
    .where("state", "=", "pending")
    .execute();
}

/** Removes up to `limit` that were settled before `at`, and says how many there were. */
export async function deleteOldDeliveries(db: Db, at: Date, limit: number): Promise<number> {
  const old = db
    .selectFrom("webhook_delivery")
    .select("id")
    .where("created_at", "<", at)
    .where("state", "!=", "pending")
    .limit(limit);
  const { numDeletedRows } = await db.deleteFrom("webhook_delivery").where("id", "in", old).executeTakeFirst();
  return Number(numDeletedRows);
}
