/** The payment provider of this installation, made of its settings. */
import { openPayments } from "../adapters/open-payments.ts";
import type { Context } from "../context.ts";
import type { Payments } from "../ports/payments.ts";

/** Opens nothing. */
export function paymentsOf({ config, log, publicUrl }: Context): Payments {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecret } = config;
  return openPayments({ secretKey, webhookSecret, publicUrl, log });
}
