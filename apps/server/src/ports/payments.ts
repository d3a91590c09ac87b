/** Taking money for tips: a checkout somewhere else, and what is told about it afterwards. Amounts are minor units, currencies ISO 4217 in capitals. */

export type CheckoutOrder = Readonly<{
  /** Comes back with what is told about the payment; asking twice for the same tip gives the same checkout. */
  tipId: string;
  amountMinor: number;
  currency: string;
  /** What the payer reads that it is for. */
  title: string;
  /** Then it can no longer be paid; the same in every try. */
  expiresAt: Date;
  successUrl: string;
  cancelUrl: string;
}>;

export type Checkout = Readonly<{ sessionId: string; url: string }>;

/** `tipId` is null when the provider does not say. Events come late, twice and in any order; `eventId` is the same each time. */
export type PaymentEvent = Readonly<{ eventId: string }> &
  (
    | {
        readonly kind: "paid";
        readonly sessionId: string;
        readonly tipId: string | null;
        readonly paymentId: string | null;
        readonly amountMinor: number;
        readonly currency: string;
      }
    | {
        readonly kind: "unpaid";
        readonly sessionId: string;
        readonly tipId: string | null;
        readonly reason: "expired" | "failed";
      }
    | {
        readonly kind: "refunded";
        readonly paymentId: string;
        readonly tipId: string | null;
        /** Of this payment, all refunds so far. */
        readonly refundedMinor: number;
        readonly currency: string;
      }
    | {
        /** `taken`: the payer's bank took the money back; `returned`: it gave it again. */
        readonly kind: "dispute";
        readonly step: "taken" | "returned";
        readonly paymentId: string;
        readonly disputeId: string;
        readonly amountMinor: number;
        readonly currency: string;
      }
    | { readonly kind: "other"; readonly type: string }
  );

export type PaidTip = Readonly<{ tipId: string; amountMinor: number; currency: string }>;

export type PaymentFee = Readonly<{ feeMinor: number; currency: string }>;

export interface Payments {
  /** In whose books tips stand. `demo`: no money moves, and every answer must say so; also where a real one is only tried out. */
  readonly provider: "stripe" | "demo";
  /** The provider's part that is played here: what is told when the payer pressed the button of its page. Null where it has its own page. */
  readonly stage: Readonly<{ paid(tip: PaidTip): PaymentEvent }> | null;
  /** @throws {AppError} unavailable: nothing was charged */
  createCheckout(order: CheckoutOrder): Promise<Checkout>;
  /**
   * What a webhook says.
   * @param raw the body as it came, to the byte
   * @throws {AppError} not_found: the provider sends none; unauthenticated: not signed by it, or too old; invalid_input
   */
  readWebhook(raw: Uint8Array, header: (name: string) => string | undefined): PaymentEvent;
  /**
   * Gives all of it back. What the provider tells at once; the rest comes by webhook.
   * @throws {AppError} unavailable, conflict
   */
  refund(
    order: Readonly<{ tipId: string; paymentId: string; amountMinor: number; currency: string }>,
  ): Promise<readonly PaymentEvent[]>;
  /** Null: not known (yet). @throws {AppError} unavailable */
  feeOf(paymentId: string): Promise<PaymentFee | null>;
}
