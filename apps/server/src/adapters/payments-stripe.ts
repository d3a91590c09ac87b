/** Payments by Stripe Checkout: its HTTP API with `fetch`, its webhooks with their signature. https://docs.stripe.com/api */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { AppError } from "../lib/app-error.ts";
import type { Logger } from "../lib/log.ts";
import type { CheckoutOrder, Payments } from "../ports/payments.ts";
import { readStripeEvent } from "./payments-stripe-webhook.ts";

/** What requests and answers look like; an account's own default would change under us. */
export const STRIPE_VERSION = "2025-09-30.clover";

export type StripeOptions = Readonly<{
  secretKey: string;
  webhookSecret: string;
  log: Logger;
  /** Without a trailing slash. Default: Stripe's. */
  apiUrl?: string;
  /** Wall time in ms. */
  now?: () => number;
  /** Of one attempt. */
  timeoutMs?: number;
}>;

const ATTEMPTS = 3;
const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 2000;
const TIMEOUT_MS = 8000;

const Session = z.object({ id: z.string().max(255), url: z.url({ protocol: /^https?$/ }) });
const Fee = z.object({ fee: z.number().int(), currency: z.string() });
const Intent = z.object({
  latest_charge: z.object({ balance_transaction: Fee.nullish() }).nullish(),
});
const Refusal = z.object({
  error: z.object({ type: z.string().optional(), code: z.string().optional(), message: z.string().optional() }),
});

/** Keys of Stripe's test mode, in which cards are made up and no money moves. */
const TEST_KEY = /^[a-z]+_test_/;

/** Talks to Stripe when asked; holds nothing open. */
export function createStripePayments(options: StripeOptions): Payments {
  const now = options.now ?? Date.now;
  return {
    // What was only tried out must never be added up with money, nor be taken for it.
    provider: TEST_KEY.test(options.secretKey) ? "demo" : "stripe",
    stage: null,
    async createCheckout(order) {
      const call = {
        path: "/v1/checkout/sessions",
        fields: checkoutFields(order),
        idempotencyKey: `tip-${order.tipId}`,
      };
      const { id, url } = parse(Session, await request(options, call));
      return { sessionId: id, url };
    },
    readWebhook: (raw, header) =>
      readStripeEvent(raw, header("stripe-signature"), { secret: options.webhookSecret, nowMs: now() }),
    async refund({ tipId, paymentId }) {
      const fields = { payment_intent: paymentId, reason: "requested_by_customer", "metadata[tip_id]": tipId };
      await request(options, { path: "/v1/refunds", fields, idempotencyKey: `refund-${tipId}` });
      // `charge.refunded` tells when it has happened.
      return [];
    },
    async feeOf(paymentId) {
      const query = "expand[]=latest_charge.balance_transaction";
      const path = `/v1/payment_intents/${encodeURIComponent(paymentId)}?${query}`;
      const found = parse(Intent, await request(options, { path })).latest_charge?.balance_transaction;
      return found ? { feeMinor: found.fee, currency: found.currency.toUpperCase() } : null;
    },
  };
}

function checkoutFields(order: CheckoutOrder): Record<string, string> {
  const { tipId } = order;
  const price = "line_items[0][price_data]";
  return {
    mode: "payment",
    submit_type: "pay",
    client_reference_id: tipId,
    "metadata[tip_id]": tipId,
    // Goes on to the charge: a refund that is told before its payment can be told apart from others'.
    "payment_intent_data[metadata][tip_id]": tipId,
    "line_items[0][quantity]": "1",
    [`${price}[currency]`]: order.currency.toLowerCase(),
    [`${price}[unit_amount]`]: String(order.amountMinor),
    [`${price}[product_data][name]`]: order.title,
    // What is paid is compared with what was asked for: no other currency in between.
    "adaptive_pricing[enabled]": "false",
    expires_at: String(Math.floor(order.expiresAt.getTime() / 1000)),
    success_url: order.successUrl,
    cancel_url: order.cancelUrl,
  };
}

type Call = Readonly<{ path: string; fields?: Readonly<Record<string, string>>; idempotencyKey?: string }>;

/** Tries again where nothing is known of the first try; the idempotency key makes both one. @throws {AppError} */
async function request(options: StripeOptions, call: Call): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await attemptOnce(options, call);
    if (answer.kind === "done") return answer.body;
    if (answer.kind === "refused") throw refusalOf(options, call, answer);
    if (attempt >= ATTEMPTS) {
      options.log.error({ path: call.path, cause: answer.cause }, "the payment provider does not answer");
      throw unavailable(answer.cause);
    }
    const waitMs = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
    await sleep(waitMs * (0.5 + Math.random() / 2));
  }
}

type Attempt =
  | { readonly kind: "done"; readonly body: unknown }
  | { readonly kind: "refused"; readonly status: number; readonly body: unknown }
  | { readonly kind: "again"; readonly cause: unknown };

async function attemptOnce(options: StripeOptions, { path, fields, idempotencyKey }: Call): Promise<Attempt> {
  try {
    const response = await fetch(`${options.apiUrl ?? "https://api.stripe.com"}${path}`, {
      method: fields === undefined ? "GET" : "POST",
      headers: {
        authorization: `Bearer ${options.secretKey}`,
        "stripe-version": STRIPE_VERSION,
        ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
      },
      ...(fields === undefined ? {} : { body: new URLSearchParams(fields) }),
      redirect: "error",
      signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
    });
    const { status } = response;
    const body: unknown = await response.json().catch(() => null);
    // 409: the first try with this key is still being worked on.
    if (status === 429 || status === 409 || status >= 500) return { kind: "again", cause: `status ${status}` };
    if (status >= 400) return { kind: "refused", status, body };
    return body === null ? { kind: "again", cause: "an answer that is no JSON" } : { kind: "done", body };
  } catch (cause) {
    return { kind: "again", cause };
  }
}

function refusalOf(
  { log }: StripeOptions,
  { path }: Call,
  { status, body }: { status: number; body: unknown },
): AppError {
  const error = Refusal.safeParse(body).data?.error;
  if (error?.code === "charge_already_refunded")
    return new AppError("conflict", "This payment was given back already.");
  // A wrong key or a setting of the account: the operator must mend it. Stripe's messages mask keys.
  log.error({ path, status, type: error?.type, code: error?.code, reason: error?.message }, "Stripe refused a request");
  return unavailable(`Stripe answered ${status}`);
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw unavailable(parsed.error);
  return parsed.data;
}

function unavailable(cause: unknown): AppError {
  return new AppError("unavailable", "The payment provider cannot be reached; nothing was charged. Try again later.", {
    cause,
  });
}
