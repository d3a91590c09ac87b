/** Payments that are only played: no keys, no network, no money. For trying tips out; every answer made of it says so. */
import { AppError } from "../lib/app-error.ts";
import type { PaidTip, PaymentEvent, Payments } from "../ports/payments.ts";

/** The page of a demo checkout, which the tips' routes serve. */
const demoCheckoutPath = (tipId: string): string => `/api/v1/payments/demo/${tipId}`;

/** @param publicUrl the address people use, without a trailing slash */
export function createDemoPayments(publicUrl: () => string): Payments {
  return {
    provider: "demo",
    stage: { paid: demoPaid },
    createCheckout: async ({ tipId }) => ({
      sessionId: demoSession(tipId),
      url: `${publicUrl()}${demoCheckoutPath(tipId)}`,
    }),
    readWebhook() {
      throw new AppError("not_found", "There is no payment provider here that sends webhooks.");
    },
    async refund({ tipId, paymentId, amountMinor, currency }) {
      const eventId = `demo_refund_${tipId}`;
      return [{ eventId, kind: "refunded", paymentId, tipId, refundedMinor: amountMinor, currency }];
    },
    feeOf: async () => null,
  };
}

const demoSession = (tipId: string): string => `demo_session_${tipId}`;

function demoPaid({ tipId, amountMinor, currency }: PaidTip): PaymentEvent {
  const paymentId = `demo_payment_${tipId}`;
  return {
    ...{ eventId: `demo_paid_${tipId}`, kind: "paid", sessionId: demoSession(tipId) },
    ...{ tipId, paymentId, amountMinor, currency },
  };
}
