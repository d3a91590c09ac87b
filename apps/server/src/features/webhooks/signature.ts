/** Secrets and signatures of Standard Webhooks 1.0.0: HMAC-SHA-256 over `id.timestamp.body`, the secret as base 64 behind `whsec_`. */
import { createHmac, randomBytes } from "node:crypto";

const PREFIX = "whsec_";
/** The specification wants 24 to 64. */
const SECRET_BYTES = 32;

/** @param secrets each signs: the current one, and while a receiver changes over the former one */
export type SignedMessage = Readonly<{ id: string; atSec: number; body: string; secrets: readonly string[] }>;

export function createWebhookSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString("base64");
}

/** The three headers. */
export function signatureHeaders({ id, atSec, body, secrets }: SignedMessage): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), "base64");
    return `v1,${createHmac("sha256", key).update(`${id}.${atSec}.${body}`).digest("base64")}`;
  });
  return { "webhook-id": id, "webhook-timestamp": String(atSec), "webhook-signature": signatures.join(" ") };
}
