/** Stripe's webhooks: whether it is Stripe that speaks, and what it says. https://docs.stripe.com/webhooks#verify-manually */
import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { AppError } from "../lib/app-error.ts";
import type { PaymentEvent } from "../ports/payments.ts";

/** How far the signature's time may be from ours, before and after; what Stripe's own libraries allow. */
export const TOLERANCE_SEC = 300;
/** While a secret is being changed there are two. */
const MAX_SIGNATURES = 8;

const Minor = z.number().int().nonnegative();
const Reference = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]).nullish();
const Metadata = z.object({ tip_id: z.string().max(100).optional() }).nullish();
const Session = z.object({
  id: z.string(),
  client_reference_id: z.string().nullish(),
  metadata: Metadata,
  payment_intent: Reference,
  payment_status: z.string().nullish(),
  amount_total: Minor.nullish(),
  currency: z.string().nullish(),
});
const Charge = z.object({
  payment_intent: Reference,
  amount_refunded: Minor,
  currency: z.string(),
  metadata: Metadata,
});
const Dispute = z.object({ id: z.string(), payment_intent: Reference, amount: Minor, currency: z.string() });
const Envelope = z.object({
  id: z.string().min(1).max(255),
  type: z.string().max(255),
  data: z.object({ object: z.unknown() }),
});

/**
 * @param raw the body to the byte; `signature` the header `Stripe-Signature`
 * @throws {AppError} unauthenticated: not signed with `secret`, or not lately; invalid_input: signed, but not understood
 */
export function readStripeEvent(
  raw: Uint8Array,
  signature: string | undefined,
  { secret, nowMs }: Readonly<{ secret: string; nowMs: number }>,
): PaymentEvent {
  requireSignature(raw, signature, secret, nowMs);
  const envelope = Envelope.safeParse(parseJson(raw));
  if (!envelope.success) throw notUnderstood(envelope.error);
  const { id, type, data } = envelope.data;
  return { eventId: id, ...contentOf(type, data.object) };
}

/** The header of a body, as Stripe makes it. For tests. */
export function signStripe(raw: Uint8Array | string, secret: string, atSec: number): string {
  return `t=${atSec},v1=${digest(raw, secret, String(atSec)).toString("hex")}`;
}

function requireSignature(raw: Uint8Array, header: string | undefined, secret: string, nowMs: number): void {
  const parts = (header ?? "").split(",").map((part) => part.trim().split("=", 2) as [string, string | undefined]);
  const time = parts.find(([name]) => name === "t")?.[1] ?? "";
  const given = parts.filter(([name]) => name === "v1").slice(0, MAX_SIGNATURES);
  const wanted = digest(raw, secret, time);
  let good = false;
  // All of them are compared, each in constant time.
  for (const [, hex = ""] of given) {
    const bytes = Buffer.from(hex, "hex");
    if (bytes.length === wanted.length && timingSafeEqual(bytes, wanted)) good = true;
  }
  if (!good) throw new AppError("unauthenticated", "The signature of this webhook is not right.");
  const isLate = !/^\d{1,12}$/.test(time) || Math.abs(nowMs / 1000 - Number(time)) > TOLERANCE_SEC;
  if (isLate) throw new AppError("unauthenticated", `The signature is older than ${TOLERANCE_SEC} seconds, or ahead.`);
}

function digest(raw: Uint8Array | string, secret: string, time: string): Buffer {
  return createHmac("sha256", secret).update(`${time}.`).update(raw).digest();
}

type Content = PaymentEvent extends infer E ? (E extends unknown ? Omit<E, "eventId"> : never) : never;

function contentOf(type: string, object: unknown): Content {
  switch (type) {
    case "checkout.session.completed":
    case "checkout.session.async_payment_succeeded":
      return paid(type, understood(Session, object));
    case "checkout.session.expired":
    case "checkout.session.async_payment_failed": {
      const session = understood(Session, object);
      const reason = type.endsWith("expired") ? "expired" : "failed";
      return { kind: "unpaid", sessionId: session.id, tipId: tipOf(session), reason };
    }
    case "charge.refunded": {
      const charge = understood(Charge, object);
      if (!charge.payment_intent) return { kind: "other", type };
      const { amount_refunded: refundedMinor, currency, payment_intent: paymentId } = charge;
      const tipId = charge.metadata?.tip_id ?? null;
      return { kind: "refunded", paymentId, tipId, refundedMinor, currency: currency.toUpperCase() };
    }
    case "charge.dispute.funds_withdrawn":
    case "charge.dispute.funds_reinstated": {
      const { id: disputeId, payment_intent: paymentId, amount, currency } = understood(Dispute, object);
      if (!paymentId) return { kind: "other", type };
      const step = type.endsWith("withdrawn") ? "taken" : "returned";
      return { kind: "dispute", step, paymentId, disputeId, amountMinor: amount, currency: currency.toUpperCase() };
    }
    default:
      return { kind: "other", type };
  }
}

/** A checkout may be completed before the money is there: bank debits take days. */
function paid(type: string, session: z.output<typeof Session>): Content {
  const { id, payment_status, amount_total, currency, payment_intent } = session;
  if (payment_status !== "paid" || amount_total == null || currency == null) return { kind: "other", type };
  return {
    ...{ kind: "paid", sessionId: id, tipId: tipOf(session), paymentId: payment_intent ?? null },
    ...{ amountMinor: amount_total, currency: currency.toUpperCase() },
  };
}

function tipOf({ client_reference_id, metadata }: z.output<typeof Session>): string | null {
  return client_reference_id ?? metadata?.tip_id ?? null;
}

function understood<T>(schema: z.ZodType<T>, object: unknown): T {
  const parsed = schema.safeParse(object);
  if (!parsed.success) throw notUnderstood(parsed.error);
  return parsed.data;
}

function parseJson(raw: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(raw).toString("utf8"));
  } catch (cause) {
    throw notUnderstood(cause);
  }
}

function notUnderstood(cause: unknown): AppError {
  return new AppError("invalid_input", "This webhook is signed, but not understood.", { cause });
}
