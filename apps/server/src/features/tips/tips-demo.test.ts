/** Tips without keys: everything works, no money moves, and every answer says so. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDemoPayments } from "../../adapters/payments-demo.ts";
import { openShow, type Show } from "../broadcasts/testing.ts";
import { post } from "./ledger.ts";
import { tipRoutes } from "./routes.ts";
import { give, ledgerOf, openTipShow, putOnAir, SECRETS, toldTo } from "./testing.ts";

const NOTICE = "demo, no money moves";

let show: Show;
beforeAll(async () => {
  show = await openShow({ plugins: (ctx) => [(app) => tipRoutes(app, ctx, createDemoPayments(ctx.publicUrl))] });
});
afterAll(() => show.close());

test("a demo tip is paid by the button of its page, once, and is marked everywhere", async () => {
  const { id, channelId, people } = await putOnAir(show, "demo");
  const { call } = people.viewer;
  const begun = await call("POST", `/broadcasts/${id}/tips`, { amountMinor: 500, currency: "EUR", message: "Hi" });
  const tipId = String(begun.body["tipId"]);
  const path = `/payments/demo/${tipId}`;
  expect(begun.body).toEqual({ tipId, checkoutUrl: `http://localhost:3000/api/v1${path}`, notice: NOTICE });
  const page = await call("GET", path);
  expect([page.status, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
  expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
  expect(page.headers["referrer-policy"]).toBe("same-origin");
  expect(page.raw.toString()).toContain(`Pay 5.00 EUR (${NOTICE})`);
  for (const asker of [people.owner.call, people.guest.call]) {
    expect([(await asker("GET", path)).status, (await asker("POST", path)).status]).toEqual([404, 404]);
  }
  expect((await show.anonymous("POST", path)).status).toBe(401);
  const paid = await call("POST", path);
  expect([paid.status, paid.headers["location"]]).toEqual([303, `/watch/${id}?tip=${tipId}`]);
  for (let n = 0; n < 3; n += 1) await call("POST", path);
  expect(await ledgerOf(show, tipId)).toEqual({ clearing: -500, channel: 500 });
  expect((await call("GET", path)).raw.toString()).toContain("has been dealt with");
  expect(await toldTo(show, `broadcast:${id}`, "tip.received")).toMatchObject([{ tip: { id: tipId, notice: NOTICE } }]);
  const { owner } = people;
  const shown = await show.anonymous("GET", `/broadcasts/${id}/tips`);
  expect(shown.body).toMatchObject({ tips: [{ notice: NOTICE }], tipping: { notice: NOTICE } });
  expect((await call("GET", `/tips/${tipId}`)).body).toMatchObject({ state: "paid", notice: NOTICE });
  for (const list of ["tips", "tips/totals"]) {
    expect((await owner.call("GET", `/channels/${channelId}/${list}`)).body.items).toMatchObject([{ notice: NOTICE }]);
  }
  expect((await owner.call("GET", `/channels/${channelId}/tip-settings`)).body["notice"]).toBe(NOTICE);
  expect((await owner.call("GET", `/channels/${channelId}/tips.csv`)).raw.toString()).toContain(NOTICE);
  expect((await owner.call("POST", `/tips/${tipId}/refund`)).status).toBe(202);
  expect((await call("GET", `/tips/${tipId}`)).body).toMatchObject({ state: "refunded" });
});

test("a demo has no webhook, and where money moves there is no demo", async () => {
  expect((await show.anonymous("POST", "/payments/stripe/webhook", { id: "evt_1" })).status).toBe(404);
  const real = await openTipShow();
  try {
    const { id, people } = await real.onAir("real");
    const begun = await people.viewer.call("POST", `/broadcasts/${id}/tips`, { amountMinor: 500, currency: "EUR" });
    expect(begun.body["notice"]).toBeNull();
    const path = `/payments/demo/${String(begun.body["tipId"])}`;
    expect((await people.viewer.call("GET", path)).status).toBe(404);
    expect((await people.viewer.call("POST", path)).status).toBe(404);
  } finally {
    await real.close();
  }
});

test("what is paid with keys of Stripe's test mode is a demo, and never added up with money", async () => {
  const tried = await openTipShow(undefined, { ...SECRETS, secretKey: "sk_test_rostrum" });
  try {
    const { id, channelId, people } = await tried.onAir("tried");
    const settings = await people.owner.call("GET", `/channels/${channelId}/tip-settings`);
    expect(settings.body).toMatchObject({ provider: "stripe", notice: NOTICE });
    const { tipId } = await give(tried, people.viewer, id, { amountMinor: 500 });
    expect((await people.viewer.call("GET", `/tips/${tipId}`)).body).toMatchObject({ state: "paid", notice: NOTICE });
    const totals = await people.owner.call("GET", `/channels/${channelId}/tips/totals`);
    expect(totals.body.items).toMatchObject([{ provider: "demo", notice: NOTICE, grossMinor: 500 }]);
    expect((await people.viewer.call("POST", `/payments/demo/${tipId}`)).status).toBe(404);
  } finally {
    await tried.close();
  }
});

test("a channel that was given money takes no demo tips when the keys are gone", async () => {
  const { id, channelId, people } = await putOnAir(show, "keyless");
  const ask = () => people.viewer.call("POST", `/broadcasts/${id}/tips`, { amountMinor: 500, currency: "EUR" });
  const begun = await ask();
  expect(begun.status).toBe(201);
  const { db } = show.ctx.store;
  const real = { id: String(begun.body["tipId"]), channel_id: channelId, provider: "stripe", currency: "EUR" } as const;
  await db.transaction().execute((tx) => post(tx, { kind: "tip", reference: "cs_real", tip: real, amountMinor: 500 }));
  expect((await ask()).code).toBe("conflict");
  const { tipping } = (await people.viewer.call("GET", `/broadcasts/${id}/tips`)).body as { tipping?: unknown };
  expect(tipping).toMatchObject({ closed: expect.stringContaining("no payment provider is set up") });
});
