/** What is told at the same time over several connections: only PostgreSQL has them. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Store } from "../../store/open.ts";
import { openTestStore, POSTGRES_SKIPPED } from "../../store/testing.ts";
import { begin, ledgerOf, openTipShow, type TipShow, toldTo } from "./testing.ts";

const name = POSTGRES_SKIPPED === null ? "on postgres" : `on postgres (skipped: ${POSTGRES_SKIPPED})`;
describe.skipIf(POSTGRES_SKIPPED !== null)(name, () => {
  let store: Store;
  let show: TipShow;
  beforeAll(async () => {
    store = await openTestStore("postgres");
    show = await openTipShow(store);
  });
  afterAll(async () => {
    await show.close();
    await store.close();
  });

  test("payments, refunds and disputes told all at once and several times come to the same sums", async () => {
    const { id, people } = await show.onAir("race");
    const tips = [];
    for (let n = 0; n < 8; n += 1) tips.push(await begin(show, people.viewer.call, id, { amountMinor: 1000 }));
    const events = tips.flatMap(({ session, tipId }) => [
      show.stripe.refunded(session, 400),
      show.stripe.disputed(session, "funds_withdrawn", `dp_${tipId}`),
      show.stripe.paid(session),
      show.stripe.disputed(session, "funds_reinstated", `dp_${tipId}`),
    ]);
    const all = [...events, ...events, ...events.toReversed()];
    const answers = await Promise.all(all.map((event) => show.stripe.send(show.webhookUrl, event)));
    expect(new Set(answers)).toEqual(new Set([200]));
    for (const { tipId } of tips) {
      expect(await ledgerOf(show, tipId)).toEqual({ clearing: -600, channel: 1000, refunds: -400, disputes: 0 });
    }
    const { body } = await show.anonymous("GET", `/broadcasts/${id}/tips`);
    expect((body["tips"] as unknown[]).length).toBe(8);
    const received = await toldTo(show, `broadcast:${id}`, "tip.received");
    // What is told again is passed on again, under the same id.
    const ids = new Set(received.map((event) => (event["tip"] as { id: string }).id));
    expect(tips.map(({ tipId }) => tipId)).toEqual(expect.arrayContaining([...ids]));
    expect(received.length).toBeLessThanOrEqual(3 * tips.length);
  });

  test("the same tip begun ten times at once is one", async () => {
    const { id, people } = await show.onAir("begun");
    const body = { amountMinor: 500, currency: "EUR", sendId: "sendid-race" };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => people.viewer.call("POST", `/broadcasts/${id}/tips`, body)),
    );
    expect(new Set(answers.map(({ body: { tipId } }) => tipId as string)).size).toBe(1);
  });
});
