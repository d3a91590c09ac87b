/** What payment providers call: Stripe's webhook, and the page on which a demo tip is "paid". */
import { Id } from "@rostrum/contract/common";
import { formatMinor } from "@rostrum/contract/money";
import { DEMO_NOTICE } from "@rostrum/contract/tips";
import { z } from "zod";
import { requireAccount } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { SESSION_ONLY } from "../../http/openapi.ts";
import { AppError } from "../../lib/app-error.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { applyPaymentEvent } from "./applying.ts";
import { demoPage } from "./demo-page.ts";
import type { TipParts } from "./parts.ts";
import { findTip, type TipRow } from "./queries.ts";

const tags = ["tips"];
const html = { description: "A page", content: { "text/html": { schema: z.unknown() } } };
const MAX_WEBHOOK_BYTES = 512 * 1024;

export async function paymentRoutes(app: App, parts: TipParts): Promise<void> {
  // A scope of its own: only here bodies stay bytes.
  await app.register(async (scope) => webhookRoute(scope as unknown as App, parts));
  await app.register(async (scope) => demoRoutes(scope as unknown as App, parts));
}

function webhookRoute(app: App, parts: TipParts): void {
  keepBytes(app, MAX_WEBHOOK_BYTES);
  app.post(
    "/api/v1/payments/stripe/webhook",
    {
      bodyLimit: MAX_WEBHOOK_BYTES,
      // What the signature says counts, not where a request seems to come from.
      config: { signed: true, rateLimit: { max: app.kit.limits.watchPerMin } },
      schema: {
        summary: "For Stripe: what became of a payment",
        description:
          "Send `checkout.session.completed`, `.async_payment_succeeded`, `.async_payment_failed`, `.expired`, " +
          "`charge.refunded`, `charge.dispute.funds_withdrawn` and `.funds_reinstated` here. An event that comes again counts once.",
        tags,
        response: {
          200: z.object({ received: z.literal(true) }),
          ...errorAnswers("invalid_input", "unauthenticated", "not_found", "too_large"),
        },
      },
    },
    async (request) => {
      const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const event = parts.payments.readWebhook(raw, (name) => {
        const value = request.headers[name];
        return typeof value === "string" ? value : undefined;
      });
      await applyPaymentEvent(parts, event);
      return { received: true as const };
    },
  );
}

function demoRoutes(app: App, parts: TipParts): void {
  keepBytes(app, 1024);
  const params = z.object({ id: Id });
  const url = "/api/v1/payments/demo/:id";
  const schema = { tags, params, security: SESSION_ONLY };
  const refusals = errorAnswers("unauthenticated", "not_found", "conflict");
  app.get(
    url,
    {
      schema: {
        summary: `The checkout of a demo tip (${DEMO_NOTICE})`,
        ...schema,
        response: { 200: html, ...refusals },
      },
    },
    async (request, reply) => {
      const tip = await demoTip(parts, await requireAccount(request), request.params.id);
      const amount = `${formatMinor(Number(tip.amount_minor), tip.currency)} ${tip.currency}`;
      return (
        reply
          .header("content-security-policy", DEMO_POLICY)
          // Without a referrer browsers send a form from nowhere: `Origin: null`.
          .header("referrer-policy", "same-origin")
          .type("text/html; charset=utf-8")
          .send(demoPage({ amount, isOpen: tip.state === "pending", backUrl: watchPath(tip) }))
      );
    },
  );
  app.post(
    url,
    { schema: { summary: `Press the button of that page (${DEMO_NOTICE})`, ...schema, response: refusals } },
    async (request, reply) => {
      const tip = await demoTip(parts, await requireAccount(request), request.params.id);
      const { stage } = parts.payments;
      if (stage === null) throw notStaged();
      const paid = { tipId: tip.id, amountMinor: Number(tip.amount_minor), currency: tip.currency };
      // Pressed again and again, nobody is told again and again.
      if (tip.state === "pending") await applyPaymentEvent(parts, stage.paid(paid));
      return reply.redirect(`${watchPath(tip)}?tip=${tip.id}`, 303);
    },
  );
}

/** The page has one button and a style; nothing else runs or loads. */
const DEMO_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** @throws {AppError} not_found: not this account's, or money does move here */
async function demoTip({ ctx, payments }: TipParts, viewer: AccountViewer, id: string): Promise<TipRow> {
  if (payments.stage === null) throw notStaged();
  const tip = await findTip(ctx.store.db, id);
  if (tip?.provider !== "demo" || tip.account_id !== viewer.accountId) throw new AppError("not_found", "No such tip.");
  return tip;
}

function notStaged(): AppError {
  return new AppError("not_found", "Tips are paid for real here; there is no demo.");
}

/** A path: the browser stays at the address it came by. */
const watchPath = ({ broadcast_id: id }: TipRow): string => (id === null ? "/" : `/watch/${id}`);

function keepBytes(app: App, bodyLimit: number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit }, (_request, body, done) => done(null, body));
}
