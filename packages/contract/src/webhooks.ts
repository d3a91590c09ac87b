/** What a channel tells other programs by HTTP. Signed as Standard Webhooks 1.0.0 says. */
import { z } from "zod";
import { Id, Instant, Line, PageQuery, Text, pageOf } from "./common.ts";

/** `webhook.test` cannot be chosen: it is sent on request. `chat.message` may be many: it must be asked for. */
export const WebhookEventType = z.enum([
  "broadcast.live",
  "broadcast.interrupted",
  "broadcast.ended",
  "broadcast.archived",
  "recording.ready",
  "chat.message",
  "tip.received",
  "follow",
]);
export type WebhookEventType = z.infer<typeof WebhookEventType>;

/** What a new webhook is sent when it does not say. */
export const DEFAULT_WEBHOOK_EVENTS: readonly WebhookEventType[] = WebhookEventType.options.filter(
  (type) => type !== "chat.message",
);

/** `failingSince` is the first of the attempts in a row that failed. `disabledReason`: why the server has stopped sending. */
export const Webhook = z.object({
  id: Id,
  url: z.string(),
  description: z.string(),
  events: z.array(WebhookEventType),
  enabled: z.boolean(),
  disabledReason: z.string().nullable(),
  failingSince: Instant.nullable(),
  createdAt: Instant,
});
export type Webhook = z.infer<typeof Webhook>;
export const WebhookList = z.object({ items: z.array(Webhook) });

/** `secret` begins with `whsec_` and is shown here only. */
export const CreatedWebhook = Webhook.extend({ secret: z.string() });
/** The former secret signs beside the new one until `formerUntil`. */
export const RotatedSecret = z.object({ secret: z.string(), formerUntil: Instant });

const Url = Text.trim().min(1).max(2000);
const Description = Line.max(200);
const Events = z
  .array(WebhookEventType)
  .min(1)
  .max(20)
  .transform((types) => [...new Set(types)]);

export const CreateWebhookBody = z.object({
  url: Url,
  description: Description.default(""),
  events: Events.default([...DEFAULT_WEBHOOK_EVENTS]),
});
export const UpdateWebhookBody = z
  .object({ url: Url, description: Description, events: Events, enabled: z.boolean() })
  .partial();

/** `pending`: waits for its first or next attempt. */
export const DeliveryState = z.enum(["pending", "delivered", "failed"]);

/** One event for one webhook. `eventId` is the header `webhook-id`: the same for every attempt and every replay. */
export const WebhookDelivery = z.object({
  id: Id,
  eventId: z.string(),
  type: z.string(),
  state: DeliveryState,
  attempts: z.number().int(),
  nextAttemptAt: Instant.nullable(),
  /** Of the last attempt: the answer's status, or `problem` when there was none. */
  status: z.number().int().nullable(),
  durationMs: z.number().int().nullable(),
  problem: z.string().nullable(),
  attemptedAt: Instant.nullable(),
  replayOf: Id.nullable(),
  createdAt: Instant,
});
export type WebhookDelivery = z.infer<typeof WebhookDelivery>;

/** With what was sent, and the first KiB of what the last attempt was answered. */
export const WebhookDeliveryDetails = WebhookDelivery.extend({ body: z.string(), answer: z.string().nullable() });
export type WebhookDeliveryDetails = z.infer<typeof WebhookDeliveryDetails>;

export const ListDeliveriesQuery = PageQuery.extend({ state: DeliveryState.optional() });
export const DeliveryPage = pageOf(WebhookDelivery);
