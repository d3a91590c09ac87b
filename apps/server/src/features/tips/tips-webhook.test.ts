/** What Stripe tells, over real HTTP from a fake of it: forged, late, twice, in another order, about something else. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { signStripe } from "../../adapters/payments-stripe-webhook.ts";
import { createStripePayments } from "../../adapters/payments-stripe.ts";
import { countFee, FEE_QUEUE } from "./fee-job.ts";
import { begin, give, ledgerOf, LIVE_SINCE_MS, openTipShow, SECRETS, type TipShow, toldTo } from "./testing.ts";

let show: TipShow;
beforeAll(async () => {
  show = await openTipShow();
});
afterAll(() => show.close());

const send = (...args: Parameters<TipShow["stripe"]["send"]> extends [string, ...infer R] ? R : never) =>
  show.stripe.send(show.webhookUrl, ...args);
const stateOf = async (tipId: string) =>
  (await show.ctx.store.db.selectFrom("tip").select("state").where("id", "=", tipId).executeTakeFirstOrThrow()).state;

test("a tip counts and is shown once it is paid", async () => {
  const { id, people } = await show.onAir("paid");
  const { tipId, session } = await begin(show, people.viewer.call, id, { amountMinor: 1250, message: "Well done" });
  expect(session.fields).toMatchObject({
    "line_items[0][price_data][unit_amount]": "1250",
    "line_items[0][price_data][currency]": "eur",
    client_reference_id: tipId,
    "payment_intent_data[metadata][tip_id]": tipId,
    "adaptive_pricing[enabled]": "false",
    success_url: `http://localhost:3000/watch/${id}?tip=${tipId}`,
  });
  const { headers } = show.stripe.requests.at(-1)!;
  expect([headers["stripe-version"], headers["idempotency-key"]]).toEqual(["2025-09-30.clover", `tip-${tipId}`]);
  expect((await show.anonymous("GET", `/broadcasts/${id}/tips`)).body["tips"]).toEqual([]);
  expect(await send(show.stripe.paid(session))).toBe(200);
  expect(await ledgerOf(show, tipId)).toEqual({ clearing: -1250, channel: 1250 });
  const told = await toldTo(show, `broadcast:${id}`, "tip.received");
  expect(told).toMatchObject([
    { tip: { id: tipId, amountMinor: 1250, currency: "EUR", name: "paid_viewer", message: "Well done", notice: null } },
  ]);
  const { mediaTimeMs } = told[0]!["tip"] as { mediaTimeMs: number };
  expect(mediaTimeMs).toBeGreaterThanOrEqual(LIVE_SINCE_MS);
  const { body } = await show.anonymous("GET", `/broadcasts/${id}/tips`);
  expect(body["tips"]).toEqual([told[0]!["tip"]]);
});

const nowSec = Math.floor(Date.now() / 1000);
test.each([
  ["another secret", { secret: "whsec_somebody" }, 401],
  ["a signature of six minutes ago", { atSec: nowSec - 360 }, 401],
  ["a signature of six minutes ahead", { atSec: nowSec + 360 }, 401],
  ["a signature of four minutes ago", { atSec: nowSec - 240 }, 200],
])("%s: %o gives %i", async (what, signing, status) => {
  const { id, people } = await show.onAir(`sign${what.length}`);
  const { tipId, session } = await begin(show, people.viewer.call, id, { amountMinor: 500 });
  expect(await send(show.stripe.paid(session), signing)).toBe(status);
  expect(await stateOf(tipId)).toBe(status === 200 ? "paid" : "pending");
});

test("what is not signed, signed for another body, or no event, is refused, from whatever site it comes", async () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(show.webhookUrl, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });
  expect((await post("{}")).status).toBe(401);
  expect((await post("{}", { "stripe-signature": "t=1,v1=00,v1=,v0=ff" })).status).toBe(401);
  expect((await post("{}", { "stripe-signature": `t=${"9".repeat(5000)}` })).status).toBe(401);
  const sign = (body: string) => signStripe(body, "whsec_rostrum", Math.floor(Date.now() / 1000));
  expect((await post('{"a":2}', { "stripe-signature": sign('{"a":1}') })).status).toBe(401);
  for (const body of [
    "",
    "no json",
    "[]",
    '{"id":"evt_1","type":"charge.refunded","data":{"object":{"amount_refunded":-1}}}',
  ]) {
    expect([body, (await post(body, { "stripe-signature": sign(body) })).status]).toEqual([body, 400]);
  }
  const other = '{"id":"evt_2","type":"customer.created","data":{"object":null}}';
  const foreign = { "stripe-signature": sign(other), origin: "https://evil.example", cookie: "a=b" };
  expect((await post(other, foreign)).status).toBe(200);
  // A new secret beside the old one: one of both is enough.
  const both = `${sign(other).replace(/v1=.*/, "v1=" + "0".repeat(64))},${sign(other).split(",")[1]}`;
  expect((await post(other, { "stripe-signature": both })).status).toBe(200);
  const large = JSON.stringify({ id: "evt_3", type: "x", data: { object: "x".repeat(600_000) } });
  expect((await post(large, { "stripe-signature": sign(large) })).status).toBe(413);
});

test("the same event ten times at once, and other events of the same checkout, count once", async () => {
  const { id, people } = await show.onAir("twice");
  const { tipId, session } = await begin(show, people.viewer.call, id, { amountMinor: 700 });
  const event = show.stripe.paid(session);
  expect(await Promise.all(Array.from({ length: 10 }, () => send(event)))).toEqual(Array(10).fill(200));
  expect(await send(show.stripe.paid(session))).toBe(200);
  const later = { ...show.stripe.paid(session), type: "checkout.session.async_payment_succeeded" };
  expect(await send(later)).toBe(200);
  expect(await ledgerOf(show, tipId)).toEqual({ clearing: -700, channel: 700 });
  // Told under one id, however often: pages and webhooks take it once.
  const told = await toldTo(show, `broadcast:${id}`, "tip.received");
  expect(new Set(told.map(({ tip }) => (tip as { id: string }).id))).toEqual(new Set([tipId]));
});

test("a process that dies after it has counted and before it has told is made up for when the provider tells again", async () => {
  const { id, people } = await show.onAir("died");
  const { tipId, session } = await begin(show, people.viewer.call, id, { amountMinor: 700 });
  const event = show.stripe.paid(session);
  const sent = vi.spyOn(show.ctx.jobs, "send").mockRejectedValueOnce(new Error("the process dies"));
  try {
    expect(await send(event)).toBe(500);
    expect(await ledgerOf(show, tipId)).toEqual({ clearing: -700, channel: 700 });
    expect(await toldTo(show, `broadcast:${id}`, "tip.received")).toEqual([]);
    expect(await send(event)).toBe(200);
    expect(sent).toHaveBeenLastCalledWith(FEE_QUEUE, { tipId }, expect.objectContaining({ key: tipId }));
  } finally {
    sent.mockRestore();
  }
  expect(await ledgerOf(show, tipId)).toEqual({ clearing: -700, channel: 700 });
  expect(await toldTo(show, `broadcast:${id}`, "tip.received")).toMatchObject([{ tip: { id: tipId } }]);
});

test("a refund of another payment takes nothing from the tip that it names", async () => {
  const { id, people } = await show.onAir("namesake");
  const { tipId, session } = await give(show, people.viewer, id, { amountMinor: 700 });
  const { data } = show.stripe.refunded({ ...session }, 700);
  const foreign = { ...(data.object as object), payment_intent: "pi_namesake" };
  expect(await send(show.stripe.event("charge.refunded", foreign))).toBe(200);
  expect([await stateOf(tipId), await ledgerOf(show, tipId)]).toEqual(["paid", { clearing: -700, channel: 700 }]);
});

test("viewers are told what a partial refund leaves, and nothing of a show that has become one for children", async () => {
  const { id, channelId, people } = await show.onAir("partial");
  await people.owner.call("POST", `/channels/${channelId}/tip-goals`, { title: "A roof", targetMinor: 10_000 });
  const { session } = await give(show, people.viewer, id, { amountMinor: 1000 });
  await send(show.stripe.refunded(session, 300));
  const standing = await toldTo(show, `broadcast:${id}`, "tip.standing");
  expect(standing.at(-1)).toMatchObject({ goal: { raisedMinor: 700 }, leaderboard: [{ amountMinor: 700 }] });
  const late = await begin(show, people.viewer.call, id, { amountMinor: 400 });
  await show.ctx.store.db.updateTable("broadcast").set({ kid_mode: true }).where("id", "=", id).execute();
  await send(show.stripe.paid(late.session));
  expect(await ledgerOf(show, late.tipId)).toEqual({ clearing: -400, channel: 400 });
  expect(await toldTo(show, `broadcast:${id}`, "tip.received")).toHaveLength(1);
  expect(await toldTo(show, `broadcast:${id}`, "tip.standing")).toHaveLength(standing.length);
});

test.each([
  ["another amount", { amount_total: 1 }],
  ["another currency", { currency: "jpy" }],
])("%s than was asked for is not counted", async (what, changes) => {
  const { id, channelId, people } = await show.onAir(`other${what.length}`);
  const { tipId, session } = await begin(show, people.viewer.call, id, { amountMinor: 900 });
  expect(await send(show.stripe.paid(session, changes))).toBe(200);
  expect([await stateOf(tipId), await ledgerOf(show, tipId)]).toEqual(["mismatch", {}]);
  expect(await toldTo(show, `broadcast:${id}`, "tip.received")).toEqual([]);
  // It stays so, whatever else is told.
  await send(show.stripe.paid(session));
  await send(show.stripe.refunded(session, 900));
  expect([await stateOf(tipId), await ledgerOf(show, tipId)]).toEqual(["mismatch", {}]);
  const { body } = await people.owner.call("GET", `/channels/${channelId}/audit`);
  expect(body.items.map((one) => one["action"])).toContain("tip.mismatch");
});

test("a payment of another checkout cannot take a tip, and then the tip's own still counts", async () => {
  const { id, people } = await show.onAir("foreign");
  const { tipId, session } = await begin(show, people.viewer.call, id, { amountMinor: 900 });
  await send(show.stripe.paid(session, { id: "cs_test_another", payment_intent: "pi_another" }));
  expect(await stateOf(tipId)).toBe("pending");
  await send(show.stripe.paid(session));
  expect(await ledgerOf(show, tipId)).toEqual({ clearing: -900, channel: 900 });
  for (const reference of [null, "order 17", "0".repeat(20), "x\u0000y"]) {
    expect(await send(show.stripe.paid(session, { client_reference_id: reference, metadata: {} }))).toBe(200);
  }
});

test("not paid yet, expired and failed are not counted; money that comes all the same is", async () => {
  const { id, people } = await show.onAir("unpaid");
  const { tipId, session } = await begin(show, people.viewer.call, id, { amountMinor: 600 });
  await send(show.stripe.paid(session, { payment_status: "unpaid" }));
  expect(await stateOf(tipId)).toBe("pending");
  const object = show.stripe.paid(session).data.object;
  await send(show.stripe.event("checkout.session.async_payment_failed", object));
  expect(await stateOf(tipId)).toBe("failed");
  await send(show.stripe.event("checkout.session.async_payment_succeeded", object));
  expect(await stateOf(tipId)).toBe("paid");
  await send(show.stripe.event("checkout.session.expired", object));
  expect(await stateOf(tipId)).toBe("paid");
});

test("refunds are told as sums: partial, late, doubled and in any order they come to the same", async () => {
  const { id, people } = await show.onAir("refunds");
  const { tipId, session } = await give(show, people.viewer, id, { amountMinor: 1000 });
  const [first, second] = [show.stripe.refunded(session, 300), show.stripe.refunded(session, 1000)];
  await send(first);
  expect([await stateOf(tipId), await ledgerOf(show, tipId)]).toEqual([
    "paid",
    { clearing: -700, channel: 1000, refunds: -300 },
  ]);
  await send(second);
  await send(first);
  await send({ ...first, id: "evt_again" });
  expect([await stateOf(tipId), await ledgerOf(show, tipId)]).toEqual([
    "refunded",
    { clearing: 0, channel: 1000, refunds: -1000 },
  ]);
  const removed = await toldTo(show, `broadcast:${id}`, "tip.removed");
  expect(new Set(removed.map((event) => event["id"]))).toEqual(new Set([tipId]));
  expect((await show.anonymous("GET", `/broadcasts/${id}/tips`)).body).toMatchObject({ tips: [], leaderboard: [] });
});

test("a refund and a dispute that are told before their payment wait for it", async () => {
  const { id, people } = await show.onAir("early");
  const one = await begin(show, people.viewer.call, id, { amountMinor: 1000 });
  const paid = show.stripe.paid(one.session);
  await send(show.stripe.refunded(one.session, 400));
  await send(show.stripe.disputed(one.session, "funds_withdrawn", "dp_early"));
  expect([await stateOf(one.tipId), await ledgerOf(show, one.tipId)]).toEqual(["pending", {}]);
  await send(paid);
  expect(await ledgerOf(show, one.tipId)).toEqual({ clearing: 400, channel: 1000, refunds: -400, disputes: -1000 });
  expect(await stateOf(one.tipId)).toBe("disputed");
  expect(await toldTo(show, `broadcast:${id}`, "tip.received")).toEqual([]);
});

test("a dispute takes the money, winning it brings it back, in whatever order that is told", async () => {
  const { id, people } = await show.onAir("dispute");
  for (const order of [
    ["funds_withdrawn", "funds_reinstated"],
    ["funds_reinstated", "funds_withdrawn"],
  ] as const) {
    const { tipId, session } = await give(show, people.viewer, id, { amountMinor: 800 });
    for (const step of order) await send(show.stripe.disputed(session, step, `dp_${tipId}`));
    expect(await ledgerOf(show, tipId)).toEqual({ clearing: -800, channel: 800, disputes: 0 });
    expect(await stateOf(tipId)).toBe("paid");
    await send(show.stripe.disputed(session, "funds_withdrawn", `dp_${tipId}`));
    expect(await stateOf(tipId)).toBe("paid");
  }
});

test("the provider's errors are tried again under the same key; when it stays away, nothing is charged and the same tip can be tried again", async () => {
  const { id, people } = await show.onAir("trouble");
  const body = { amountMinor: 500, sendId: "trouble-1" };
  show.stripe.requests.length = 0;
  show.stripe.troubles.push(429, "lost");
  const first = await begin(show, people.viewer.call, id, body);
  const keys = show.stripe.requests.map(({ headers }) => headers["idempotency-key"]);
  expect(keys).toEqual(Array(3).fill(`tip-${first.tipId}`));
  expect(await begin(show, people.viewer.call, id, body)).toMatchObject({ tipId: first.tipId });
  show.stripe.troubles.push(500, 503, "lost");
  const tryAgain = () =>
    people.viewer.call("POST", `/broadcasts/${id}/tips`, { ...body, currency: "EUR", sendId: "trouble-2" });
  expect((await tryAgain()).code).toBe("unavailable");
  const count = show.stripe.sessions.size;
  const second = await tryAgain();
  expect([second.status, show.stripe.sessions.size]).toEqual([201, count]);
});

test("the fee is counted once, when the provider knows it", async () => {
  const { ctx } = show;
  const payments = createStripePayments({ ...SECRETS, log: ctx.log, apiUrl: show.stripe.url });
  const parts = { ctx, payments, now: Date.now };
  const { id, channelId, people } = await show.onAir("fee");
  const { tipId } = await give(show, people.viewer, id, { amountMinor: 1000 });
  show.stripe.fee = null;
  expect(await countFee(parts, tipId)).toBe(false);
  show.stripe.fee = { minor: 40, currency: "usd" };
  expect(await countFee(parts, tipId)).toBe(true);
  expect(await ledgerOf(show, tipId)).toEqual({ clearing: -1000, channel: 1000 });
  show.stripe.fee = { minor: 40, currency: "eur" };
  expect([await countFee(parts, tipId), await countFee(parts, tipId)]).toEqual([true, true]);
  expect(await ledgerOf(show, tipId)).toEqual({ clearing: -960, channel: 1000, fees: -40 });
  const { body } = await people.producer.call("GET", `/channels/${channelId}/tips/totals`);
  expect(body.items).toEqual([
    {
      ...{ currency: "EUR", provider: "stripe", notice: null, tips: 1 },
      ...{ grossMinor: 1000, feesMinor: 40, refundsMinor: 0, disputesMinor: 0, netMinor: 960 },
    },
  ]);
});

test("the crew gives a tip back through the provider", async () => {
  const { id, people } = await show.onAir("giveback");
  const { tipId, session } = await give(show, people.viewer, id, { amountMinor: 1000 });
  expect((await people.owner.call("POST", `/tips/${tipId}/refund`)).status).toBe(202);
  expect(show.stripe.requests.at(-1)).toMatchObject({
    path: "/v1/refunds",
    fields: { payment_intent: session.paymentIntent },
  });
  expect(await stateOf(tipId)).toBe("paid");
  await send(show.stripe.refunded(session, 1000));
  expect(await stateOf(tipId)).toBe("refunded");
  expect((await people.owner.call("POST", `/tips/${tipId}/refund`)).code).toBe("conflict");
});
