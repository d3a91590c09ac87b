/** The adapter against the fake over HTTP; what webhooks say is tested with the tips. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createLogger } from "../lib/log.ts";
import { openPayments } from "./open-payments.ts";
import { type FakeStripe, openFakeStripe } from "./payments-stripe-fake.ts";
import { createStripePayments } from "./payments-stripe.ts";

const keys = { secretKey: "sk_test_a", webhookSecret: "whsec_a" };
const log = createLogger("silent", false);
let stripe: FakeStripe;
beforeAll(async () => {
  stripe = await openFakeStripe(keys);
});
afterAll(() => stripe.close());
beforeEach(() => {
  stripe.requests.length = 0;
  stripe.troubles.length = 0;
});

const payments = (options: { secretKey?: string; timeoutMs?: number } = {}) =>
  createStripePayments({ ...keys, log, apiUrl: stripe.url, ...options });
let orders = 0;
const order = () => ({
  ...{ tipId: `tip${(orders += 1)}`, amountMinor: 500, currency: "EUR", title: "Tip for Ümläut & <b>" },
  expiresAt: new Date(Date.now() + 45 * 60_000),
  ...{ successUrl: "http://localhost/ok", cancelUrl: "http://localhost/no" },
});

test("the same order is the same checkout", async () => {
  const one = order();
  const first = await payments().createCheckout(one);
  expect(first.url).toBe(`https://checkout.stripe.com/c/pay/${first.sessionId}`);
  expect(await payments().createCheckout(one)).toEqual(first);
  expect(stripe.sessions.get(first.sessionId)?.fields["line_items[0][price_data][product_data][name]"]).toBe(one.title);
});

test("a server that does not answer in time is asked again, and given up in the end", async () => {
  stripe.troubles.push("silence");
  await expect(payments({ timeoutMs: 250 }).createCheckout(order())).resolves.toHaveProperty("sessionId");
  expect(stripe.requests).toHaveLength(2);
  stripe.troubles.push(500, 502, 429);
  await expect(payments().createCheckout(order())).rejects.toMatchObject({ code: "unavailable" });
  expect(stripe.requests).toHaveLength(5);
});

test("a refusal is not tried again", async () => {
  await expect(payments({ secretKey: "sk_test_wrong" }).createCheckout(order())).rejects.toMatchObject({
    code: "unavailable",
  });
  await expect(payments().createCheckout({ ...order(), expiresAt: new Date(0) })).rejects.toThrow(
    "nothing was charged",
  );
  expect(stripe.requests).toHaveLength(2);
});

test("what was given back already is a conflict", async () => {
  const one = order();
  const { sessionId } = await payments().createCheckout(one);
  const paymentId = stripe.sessions.get(sessionId)!.paymentIntent;
  const refund = (tipId: string) => payments().refund({ ...one, tipId, paymentId });
  expect(await refund(one.tipId)).toEqual([]);
  // The same key: the same answer.
  expect(await refund(one.tipId)).toEqual([]);
  await expect(refund("another")).rejects.toMatchObject({ code: "conflict" });
});

test.each([
  ["live keys", "sk_live_a", "whsec_a", "stripe", false],
  ["a restricted live key", "rk_live_a", "whsec_a", "stripe", false],
  ["keys of the test mode", "sk_test_a", "whsec_a", "demo", false],
  ["a restricted key of the test mode", "rk_test_a", "whsec_a", "demo", false],
  ["one key", "sk_live_a", undefined, "demo", true],
  ["no key", undefined, undefined, "demo", true],
])("%s: only live ones are counted as money", (_, secretKey, webhookSecret, provider, isPlayedHere) => {
  const opened = openPayments({ secretKey, webhookSecret, log, publicUrl: () => "http://localhost" });
  expect([opened.provider, opened.stage !== null]).toEqual([provider, isPlayedHere]);
});
