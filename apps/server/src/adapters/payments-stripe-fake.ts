/** For tests: a server that answers like the parts of Stripe's API that are used here, and signs and sends webhooks like it. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { signStripe } from "./payments-stripe-webhook.ts";

export type FakeSession = {
  id: string;
  url: string;
  fields: Readonly<Record<string, string>>;
  paymentIntent: string;
  refundedMinor: number;
};

/** What the next request meets: a status instead of an answer, no answer at all, or an answer that is done but gets lost. */
export type Trouble = number | "silence" | "lost";

export type FakeEvent = Readonly<{ id: string; type: string; data: Readonly<{ object: unknown }> }>;

export type FakeStripe = {
  readonly url: string;
  requests: { method: string; path: string; headers: IncomingMessage["headers"]; fields: Record<string, string> }[];
  sessions: Map<string, FakeSession>;
  /** One for each of the next requests. */
  troubles: Trouble[];
  /** Kept of each payment; null: not known yet. */
  fee: { minor: number; currency: string } | null;
  /** The payer pays. Gives the event; nothing is sent. */
  paid(session: FakeSession, changes?: Readonly<Record<string, unknown>>): FakeEvent;
  refunded(session: FakeSession, totalMinor: number): FakeEvent;
  disputed(session: FakeSession, step: "funds_withdrawn" | "funds_reinstated", disputeId: string): FakeEvent;
  event(type: string, object: unknown): FakeEvent;
  /** Sends an event as Stripe does. Gives the status of the answer. */
  send(to: string, event: FakeEvent, signing?: Readonly<{ secret?: string; atSec?: number }>): Promise<number>;
  close(): Promise<void>;
};

export type FakeOptions = Readonly<{ secretKey: string; webhookSecret: string; now?: () => number }>;

/** Listens on a free port of this machine. The caller closes it. */
export async function openFakeStripe(options: FakeOptions): Promise<FakeStripe> {
  const now = options.now ?? Date.now;
  const state: State = {
    options,
    now,
    requests: [],
    sessions: new Map(),
    byKey: new Map(),
    troubles: [],
    fee: null,
    events: 0,
  };
  const server = createServer((req, res) => void answer(state, req, res));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const event = (type: string, object: unknown): FakeEvent => {
    state.events += 1;
    return { id: `evt_fake${state.events}`, type, data: { object } };
  };
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    event,
    paid: (session: FakeSession, changes: Readonly<Record<string, unknown>> = {}) =>
      event("checkout.session.completed", { ...sessionObject(session), payment_status: "paid", ...changes }),
    refunded(session: FakeSession, totalMinor: number) {
      session.refundedMinor = totalMinor;
      return event("charge.refunded", chargeObject(session));
    },
    disputed: (session: FakeSession, step: string, disputeId: string) =>
      event(`charge.dispute.${step}`, {
        ...{ id: disputeId, object: "dispute", payment_intent: session.paymentIntent },
        ...{ amount: amountOf(session), currency: currencyOf(session) },
      }),
    async send(to: string, told: FakeEvent, signing: Readonly<{ secret?: string; atSec?: number }> = {}) {
      const raw = JSON.stringify({ object: "event", api_version: "2025-09-30.clover", ...told }, null, 2);
      const atSec = signing.atSec ?? Math.floor(now() / 1000);
      const signature = signStripe(raw, signing.secret ?? options.webhookSecret, atSec);
      const headers = { "content-type": "application/json; charset=utf-8", "stripe-signature": signature };
      const response = await fetch(to, { method: "POST", headers, body: raw });
      await response.arrayBuffer();
      return response.status;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

type Answer = Readonly<{ status: number; body: unknown }>;
type State = {
  options: FakeOptions;
  now: () => number;
  requests: FakeStripe["requests"];
  sessions: Map<string, FakeSession>;
  byKey: Map<string, { request: string; answer: Answer }>;
  troubles: Trouble[];
  fee: FakeStripe["fee"];
  events: number;
};

async function answer(state: State, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const fields = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString("utf8")));
  const { method = "", url: path = "", headers } = req;
  state.requests.push({ method, path, headers, fields });
  const trouble = state.troubles.shift();
  // Never answered: the client gives up, or the server is closed.
  if (trouble === "silence") return;
  if (typeof trouble === "number") return send(res, { status: trouble, body: refusal("api_error", "as asked for") });
  const found = remembered(state, {
    method,
    path,
    fields,
    key: headers["idempotency-key"],
    auth: headers.authorization,
  });
  if (trouble === "lost") return void res.destroy();
  send(res, found);
}

type Asked = { method: string; path: string; fields: Record<string, string>; key: unknown; auth: string | undefined };

/** As Stripe: the first answer to a key is given again; other parameters under the same key are refused. */
function remembered(state: State, asked: Asked): Answer {
  if (asked.auth !== `Bearer ${state.options.secretKey}`)
    return { status: 401, body: refusal("invalid_request_error", "bad key") };
  const key = typeof asked.key === "string" ? asked.key : null;
  const request = JSON.stringify([asked.path, asked.fields]);
  const before = key === null ? undefined : state.byKey.get(key);
  if (before !== undefined) {
    return before.request === request
      ? before.answer
      : { status: 400, body: refusal("idempotency_error", "other parameters") };
  }
  const given = decide(state, asked);
  if (key !== null) state.byKey.set(key, { request, answer: given });
  return given;
}

function decide(state: State, { method, path, fields }: Asked): Answer {
  if (method === "POST" && path === "/v1/checkout/sessions") return createSession(state, fields);
  if (method === "POST" && path === "/v1/refunds") return refund(state, fields);
  const intent = /^\/v1\/payment_intents\/([^?]+)\?/.exec(path)?.[1];
  if (method === "GET" && intent !== undefined) return readIntent(state, intent);
  return { status: 404, body: refusal("invalid_request_error", `Unrecognized request URL (${method}: ${path}).`) };
}

function createSession(state: State, fields: Record<string, string>): Answer {
  const amount = fields["line_items[0][price_data][unit_amount]"] ?? "";
  const lifeSec = Number(fields["expires_at"]) - state.now() / 1000;
  const isWrong =
    fields["mode"] !== "payment" ||
    !/^\d{1,8}$/.test(amount) ||
    !/^[a-z]{3}$/.test(fields["line_items[0][price_data][currency]"] ?? "") ||
    !(lifeSec >= 1800 && lifeSec <= 86_400);
  if (isWrong) return { status: 400, body: refusal("invalid_request_error", "a parameter is wrong") };
  const id = `cs_test_fake${state.sessions.size + 1}`;
  const url = `https://checkout.stripe.com/c/pay/${id}`;
  const session = { id, url, fields, paymentIntent: `pi_fake${state.sessions.size + 1}`, refundedMinor: 0 };
  state.sessions.set(id, session);
  return { status: 200, body: { ...sessionObject(session), payment_intent: null, url } };
}

function refund(state: State, fields: Record<string, string>): Answer {
  const session = [...state.sessions.values()].find((one) => one.paymentIntent === fields["payment_intent"]);
  if (session === undefined) return { status: 404, body: refusal("invalid_request_error", "No such payment_intent") };
  if (session.refundedMinor >= amountOf(session)) {
    return { status: 400, body: refusal("invalid_request_error", "already refunded", "charge_already_refunded") };
  }
  session.refundedMinor = amountOf(session);
  return { status: 200, body: { id: "re_fake1", object: "refund", status: "succeeded" } };
}

function readIntent({ fee }: State, id: string): Answer {
  const balance_transaction =
    fee === null ? null : { object: "balance_transaction", fee: fee.minor, currency: fee.currency };
  return {
    status: 200,
    body: { id, object: "payment_intent", latest_charge: { object: "charge", balance_transaction } },
  };
}

const amountOf = ({ fields }: FakeSession): number => Number(fields["line_items[0][price_data][unit_amount]"]);
const currencyOf = ({ fields }: FakeSession): string => String(fields["line_items[0][price_data][currency]"]);

function sessionObject(session: FakeSession) {
  return {
    ...{ id: session.id, object: "checkout.session", mode: "payment", payment_status: "unpaid" },
    ...{ amount_total: amountOf(session), currency: currencyOf(session), payment_intent: session.paymentIntent },
    ...{ client_reference_id: session.fields["client_reference_id"] ?? null },
    metadata: { tip_id: session.fields["metadata[tip_id]"] },
  };
}

function chargeObject(session: FakeSession) {
  const metadata = { tip_id: session.fields["payment_intent_data[metadata][tip_id]"] };
  return {
    ...{ id: `ch_${session.paymentIntent}`, object: "charge", payment_intent: session.paymentIntent, metadata },
    ...{ amount: amountOf(session), amount_refunded: session.refundedMinor, currency: currencyOf(session) },
  };
}

function refusal(type: string, message: string, code?: string) {
  return { error: { type, message, ...(code === undefined ? {} : { code }) } };
}

function send(res: ServerResponse, { status, body }: Answer): void {
  res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
