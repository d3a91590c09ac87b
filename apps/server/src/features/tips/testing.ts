/** Tips over HTTP with the fake of Stripe, for tests. */
import type { AddressInfo } from "node:net";
import { type FakeSession, type FakeStripe, openFakeStripe } from "../../adapters/payments-stripe-fake.ts";
import { createStripePayments } from "../../adapters/payments-stripe.ts";
import { createLogger } from "../../lib/log.ts";
import { type Caller, openShow, type Person, published, type Show } from "../broadcasts/testing.ts";
import type { Store } from "../../store/open.ts";
import { moderationRoutes } from "../moderation/routes.ts";
import { tipRoutes } from "./routes.ts";

export const SECRETS = { secretKey: "sk_live_rostrum", webhookSecret: "whsec_rostrum" };

export type TipShow = Show &
  Readonly<{
    stripe: FakeStripe;
    /** Where webhooks go, over the network. */
    webhookUrl: string;
    /** A show on the air on a channel that takes tips. */
    onAir(
      handle: string,
    ): Promise<{ id: string; channelId: string; people: Awaited<ReturnType<Show["channel"]>>["people"] }>;
  }>;

/** The caller closes it. `store`: its own, embedded one when left out. */
export async function openTipShow(store?: Store, secrets: typeof SECRETS = SECRETS): Promise<TipShow> {
  const stripe = await openFakeStripe(secrets);
  const log = createLogger("silent", false);
  const payments = createStripePayments({ ...secrets, log, apiUrl: stripe.url });
  const show = await openShow({
    ...(store === undefined ? {} : { store }),
    plugins: (ctx) => [(app) => tipRoutes(app, ctx, payments), (app) => moderationRoutes(app, ctx)],
  });
  await show.app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = show.app.server.address() as AddressInfo;
  return {
    ...show,
    stripe,
    webhookUrl: `http://127.0.0.1:${port}/api/v1/payments/stripe/webhook`,
    onAir: (handle) => putOnAir(show, handle),
    async close() {
      await show.close();
      await stripe.close();
    },
  };
}

/** Minutes that a show has been on the air. */
export const LIVE_SINCE_MS = 60_000;

export async function putOnAir(show: Show, handle: string) {
  const { id: channelId, people } = await show.channel(handle);
  await people.owner.call("PATCH", `/channels/${channelId}/tip-settings`, { enabled: true, currency: "EUR" });
  const { body } = await people.owner.call("POST", "/broadcasts", { channelId, title: "A show", visibility: "public" });
  const id = String(body["id"]);
  const live = { state: "live", live_at: new Date(Date.now() - LIVE_SINCE_MS) } as const;
  await show.ctx.store.db.updateTable("broadcast").set(live).where("id", "=", id).execute();
  return { id, channelId, people };
}

export type Begun = Readonly<{ tipId: string; session: FakeSession }>;

/** A tip that waits to be paid at the fake. */
export async function begin(show: TipShow, call: Caller, id: string, body: Record<string, unknown>): Promise<Begun> {
  const answer = await call("POST", `/broadcasts/${id}/tips`, { currency: "EUR", ...body });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  const session = [...show.stripe.sessions.values()].at(-1);
  if (session === undefined) throw new Error("the fake was not asked");
  return { tipId: String(answer.body["tipId"]), session };
}

/** A tip that is paid and told. */
export async function give(show: TipShow, by: Person, id: string, body: Record<string, unknown>): Promise<Begun> {
  const begun = await begin(show, by.call, id, body);
  await show.stripe.send(show.webhookUrl, show.stripe.paid(begun.session));
  return begun;
}

/** What viewers of a show were told, by type. */
export async function toldTo(show: Show, topic: string, type: string): Promise<Record<string, unknown>[]> {
  const events = await published<Record<string, unknown>>(show, `rt/${topic}`);
  return events.filter((event) => event["type"] === type);
}

/** Sums of the whole ledger for one tip: account → amount. */
export async function ledgerOf(show: Show, tipId: string): Promise<Record<string, number>> {
  const rows = await show.ctx.store.db
    .selectFrom("ledger_entry")
    .innerJoin("ledger_transaction", "ledger_transaction.id", "ledger_entry.transaction_id")
    .select(["kind", "account", "amount_minor"])
    .where("tip_id", "=", tipId)
    .orderBy("ledger_transaction.id")
    .execute();
  const sums: Record<string, number> = {};
  for (const { account, amount_minor } of rows) sums[account] = (sums[account] ?? 0) + Number(amount_minor);
  return sums;
}
