/** The secrets of a webhook as they are stored: sealed, the former one until receivers have changed over. */
import type { Secrets } from "../../lib/secrets.ts";
import type { WebhookRow } from "./queries.ts";

const contextOf = (webhookId: string): string => `webhook:${webhookId}`;

export function sealSecret(secrets: Secrets, webhookId: string, secret: string): string {
  return secrets.seal(secret, contextOf(webhookId));
}

/** What signs at `at`: the current one first. @throws {Error} when it was sealed by another installation */
export function secretsOf(
  secrets: Secrets,
  row: Pick<WebhookRow, "id" | "sealed" | "old_sealed" | "old_until">,
  at: Date,
): string[] {
  const open = (sealed: string): string => secrets.unseal(sealed, contextOf(row.id));
  const { old_sealed: old, old_until: until } = row;
  return [open(row.sealed), ...(old !== null && until !== null && until > at ? [open(old)] : [])];
}
