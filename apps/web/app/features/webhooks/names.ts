/** How webhooks and their events are called on the page. Pure. */
import type { Client } from "@rostrum/client/client";
import type { Webhook } from "@rostrum/contract/webhooks";

export type WebhooksApi = Pick<Client, "webhooks">;

/** What it is for, or else the host it sends to: an address may carry a secret. */
export function nameOf({ description, url }: Pick<Webhook, "description" | "url">): string {
  if (description !== "") return description;
  return URL.canParse(url) ? new URL(url).host : url;
}

export type WebhookState = "on" | "off" | "failing" | "paused";

/** `paused`: the server has switched it off; `off`: somebody of the crew has. */
export function stateOf({ enabled, disabledReason, failingSince }: Webhook): WebhookState {
  if (!enabled) return disabledReason === null ? "off" : "paused";
  return failingSince === null ? "on" : "failing";
}
