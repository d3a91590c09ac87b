/** Which payment provider this installation has: Stripe when its keys are set, else the demo. */
import type { Logger } from "../lib/log.ts";
import type { Payments } from "../ports/payments.ts";
import { createDemoPayments } from "./payments-demo.ts";
import { createStripePayments } from "./payments-stripe.ts";

export type PaymentsOptions = Readonly<{
  secretKey: string | undefined;
  webhookSecret: string | undefined;
  publicUrl: () => string;
  log: Logger;
}>;

/** Opens nothing: a provider is asked when somebody tips. */
export function openPayments({ secretKey, webhookSecret, publicUrl, log }: PaymentsOptions): Payments {
  if (secretKey === undefined || webhookSecret === undefined) return createDemoPayments(publicUrl);
  return createStripePayments({ secretKey, webhookSecret, log });
}
