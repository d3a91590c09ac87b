/** What of webhooks goes out: never a secret. */
import type { Webhook, WebhookDelivery, WebhookDeliveryDetails } from "@rostrum/contract/webhooks";
import type { DeliveryRow } from "./delivery-queries.ts";
import type { WebhookRow } from "./queries.ts";

export function presentWebhook(row: WebhookRow): Webhook {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    events: row.events,
    enabled: row.enabled,
    disabledReason: row.disabled_reason,
    failingSince: row.failing_since?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
  };
}

export function presentDelivery(row: DeliveryRow): WebhookDelivery {
  return {
    id: row.id,
    eventId: row.event_id,
    type: row.type,
    state: row.state,
    attempts: row.attempts,
    nextAttemptAt: row.next_at?.toISOString() ?? null,
    status: row.status,
    durationMs: row.duration_ms,
    problem: row.problem,
    attemptedAt: row.attempted_at?.toISOString() ?? null,
    replayOf: row.replay_of,
    createdAt: row.created_at.toISOString(),
  };
}

export function presentDetails(row: DeliveryRow): WebhookDeliveryDetails {
  return { ...presentDelivery(row), body: row.body, answer: row.answer };
}
