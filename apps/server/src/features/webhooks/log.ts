/** The log of deliveries: looked at, sent again, tried with a test event. */
import type { ListDeliveriesQuery, WebhookDelivery, WebhookDeliveryDetails } from "@rostrum/contract/webhooks";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { decodeCursor, pageOfRows } from "../../lib/cursor.ts";
import { newId } from "../../lib/ids.ts";
import { enqueue } from "./announce.ts";
import { type DeliveryRow, findDelivery, listDeliveries } from "./delivery-queries.ts";
import { bodyOf } from "./fact.ts";
import { presentDelivery, presentDetails } from "./present.ts";
import type { WebhookRow } from "./queries.ts";
import { note, requireWebhook, type WebhookAt } from "./service.ts";

/** Newest first. @throws {AppError} forbidden, not_found; invalid_input for a cursor of another list */
export async function deliveriesOf(
  ctx: Context,
  viewer: AccountViewer,
  at: WebhookAt,
  { cursor, limit, state }: z.output<typeof ListDeliveriesQuery>,
): Promise<{ items: WebhookDelivery[]; nextCursor: string | null }> {
  const { id } = await requireWebhook(ctx, viewer, at);
  const before = cursor === undefined ? undefined : String(decodeCursor(cursor, "s")[0]);
  const rows = await listDeliveries(ctx.store.db, id, { before, state, limit: limit + 1 });
  return pageOfRows(rows, limit, (row) => [row.id], presentDelivery);
}

/** @throws {AppError} forbidden, not_found */
export async function deliveryOf(
  ctx: Context,
  viewer: AccountViewer,
  at: WebhookAt,
  deliveryId: string,
): Promise<WebhookDeliveryDetails> {
  const webhook = await requireWebhook(ctx, viewer, at);
  return presentDetails(await requireDelivery(ctx, webhook, deliveryId));
}

/** The same event once more, under the same id. @throws {AppError} forbidden, not_found; conflict when it is switched off */
export async function replay(
  ctx: Context,
  viewer: AccountViewer,
  at: WebhookAt,
  deliveryId: string,
): Promise<WebhookDelivery> {
  const webhook = await requireWebhook(ctx, viewer, at);
  const { event_id: eventId, type, body } = await requireDelivery(ctx, webhook, deliveryId);
  requireOn(webhook);
  const id = await enqueue(ctx, { webhookId: webhook.id, type, body, eventId, replayOf: deliveryId });
  await note(ctx, viewer, at, "replay", { deliveryId });
  return presentDelivery(await requireDelivery(ctx, webhook, id ?? deliveryId));
}

/** An event `webhook.test` with a text in it that a careless receiver would stumble over. @throws as `replay` */
export async function sendTest(ctx: Context, viewer: AccountViewer, at: WebhookAt): Promise<WebhookDelivery> {
  const webhook = await requireWebhook(ctx, viewer, at);
  requireOn(webhook);
  const data = { webhookId: webhook.id, channelId: at.channelId, text: 'A test with "quotes", <tags> & ünïcödé' };
  const body = bodyOf("webhook.test", new Date(), data);
  const id = await enqueue(ctx, { webhookId: webhook.id, type: "webhook.test", body, key: `test.${newId()}` });
  await note(ctx, viewer, at, "test", {});
  return presentDelivery(await requireDelivery(ctx, webhook, id ?? ""));
}

async function requireDelivery(ctx: Context, webhook: WebhookRow, id: string): Promise<DeliveryRow> {
  const row = await findDelivery(ctx.store.db, webhook.id, id);
  if (row === undefined) throw new AppError("not_found", "No such delivery.");
  return row;
}

function requireOn({ enabled }: WebhookRow): void {
  if (!enabled) throw new AppError("conflict", "The webhook is switched off; switch it on first.");
}
