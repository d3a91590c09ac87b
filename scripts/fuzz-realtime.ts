/** Fuzz targets of what pages and the gateway say to each other, at both ends, and of Stripe's webhooks. */
import { signStripe, readStripeEvent } from "../apps/server/src/adapters/payments-stripe-webhook.ts";
import { AppError } from "../apps/server/src/lib/app-error.ts";
import { readFrame } from "../packages/client/src/realtime-frame.ts";
import { FollowedTopic } from "../packages/client/src/realtime-topic.ts";
import * as chat from "../packages/contract/src/chat.ts";
import * as engagement from "../packages/contract/src/engagement.ts";
import * as moderation from "../packages/contract/src/moderation.ts";
import { readClientMessage } from "../packages/contract/src/realtime.ts";
import { MalformedError } from "../packages/media/src/errors.ts";
import type { FuzzTarget } from "../packages/media/src/fuzz/target.ts";

const ID = "0123456789abcdefghjk";
const TOPIC = `chat:${ID}`;
const WHERE = "fuzz";
const SECRET = "whsec_fuzz";
const NOW_SEC = 1_800_000_000;

const send = (action: string, body: unknown): unknown => ({ type: "send", id: "send-0001", action, body });
const CLIENT_MESSAGES: readonly unknown[] = [
  { type: "subscribe", topic: TOPIC, cursor: "life.12", token: "t".repeat(200) },
  { type: "unsubscribe", topic: TOPIC },
  { type: "ping" },
  send("chat.send", { broadcastId: ID, text: "hello @you 👍🏽", replyTo: ID, mediaTimeMs: 1234, announcement: false }),
  send("chat.react", { messageId: ID, emote: "👍" }),
  send("chat.report", { messageId: ID, reason: "spam", note: "x" }),
  send("moderation.ban", {
    broadcastId: ID,
    accountId: ID,
    until: "2199-01-01T00:00:00Z",
    reason: "x",
    scope: "owner",
  }),
  send("moderation.answer", { appealId: ID, decision: "lift", text: "Fine." }),
  send("poll.vote", { pollId: ID, optionIds: [ID, "00000000000000000000"] }),
  send("question.ask", { broadcastId: ID, text: "Why?", mediaTimeMs: 1 }),
  send("engagement.react", { broadcastId: ID, reaction: "heart", count: 3 }),
];

/** What `send` carries, as the gateway reads it. */
const BODIES: Readonly<Record<string, { safeParse(body: unknown): { success: boolean } }>> = {
  "chat.send": chat.ChatSendBody,
  "chat.react": chat.ChatReactBody,
  "chat.report": chat.ChatReportBody,
  "moderation.ban": moderation.BanBody,
  "moderation.answer": moderation.AnswerBody,
  "poll.vote": engagement.PollVote,
  "question.ask": engagement.AskQuestion,
  "engagement.react": engagement.React,
};

const ERROR = { code: "forbidden", message: "No.", details: { retryAfterSec: 3 } };
const SERVER_FRAMES: readonly unknown[] = [
  [{ type: "reset", topic: TOPIC, cursor: "life.5", snapshot: { messages: [], you: { mayWrite: true } } }],
  [
    { type: "subscribed", topic: TOPIC, cursor: "life.5" },
    { type: "events", topic: TOPIC, cursor: "life.8", events: [{ type: "chat.message" }, { n: 2 }, { n: 3 }] },
    { type: "events", topic: TOPIC, cursor: "life.9", events: [{ type: "chat.deleted", ids: [ID] }] },
  ],
  [{ type: "refused", topic: TOPIC, error: ERROR }, { type: "pong" }],
  [
    { type: "ack", id: "send-0001", result: { id: ID } },
    { type: "nack", id: "send-0002", error: ERROR },
  ],
];

const SESSION = {
  ...{ id: "cs_1", object: "checkout.session", client_reference_id: ID, metadata: { tip_id: ID } },
  ...{ payment_intent: "pi_1", payment_status: "paid", amount_total: 500, currency: "eur" },
};
const event = (type: string, object: unknown): unknown => ({ id: "evt_1", object: "event", type, data: { object } });
const EVENTS: readonly unknown[] = [
  event("checkout.session.completed", SESSION),
  event("checkout.session.expired", { ...SESSION, payment_intent: { id: "pi_1" } }),
  event("charge.refunded", { payment_intent: "pi_1", amount_refunded: 500, currency: "eur", metadata: { tip_id: ID } }),
  event("charge.dispute.funds_withdrawn", { id: "dp_1", payment_intent: "pi_1", amount: 500, currency: "eur" }),
  event("customer.created", {}),
];

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const seedsOf = (values: readonly unknown[]): Uint8Array[] =>
  values.map((value) => ENCODER.encode(JSON.stringify(value)));

/** Each as damaged text, and as sound JSON of a damaged shape. */
export const realtimeTargets: readonly FuzzTarget[] = [
  { name: "realtime-client", seeds: () => seedsOf(CLIENT_MESSAGES), run: (bytes) => fromClient(DECODER.decode(bytes)) },
  { name: "realtime-client-shape", seeds: noise, run: (bytes) => fromClient(shapeOf(CLIENT_MESSAGES, bytes)) },
  { name: "realtime-server", seeds: () => seedsOf(SERVER_FRAMES), run: (bytes) => fromServer(DECODER.decode(bytes)) },
  { name: "realtime-server-shape", seeds: noise, run: (bytes) => fromServer(shapeOf(SERVER_FRAMES, bytes)) },
  { name: "stripe-webhook", seeds: () => seedsOf(EVENTS), run: fromStripe },
  { name: "stripe-webhook-shape", seeds: noise, run: (bytes) => fromStripe(ENCODER.encode(shapeOf(EVENTS, bytes))) },
];

/** Decisions for `shapeOf`; all zero: nothing is changed. */
function noise(): Uint8Array[] {
  return [0, 1, 2, 3].map((from) => Uint8Array.from({ length: 64 }, (_, at) => (from * at * 37) % 256));
}

function fromClient(text: string): void {
  const message = readClientMessage(text);
  requireUnpolluted();
  if (message === undefined) throw refused();
  if (message.type === "send") {
    const body = Object.hasOwn(BODIES, message.action) ? BODIES[message.action] : undefined;
    if (body?.safeParse(message.body).success !== true) throw refused();
  }
}

/** A page that follows the topic and has heard five events of it. */
function fromServer(text: string): void {
  const frame = readFrame(text);
  requireUnpolluted();
  if (frame === undefined) throw refused();
  const topic = new FollowedTopic();
  let heard = 0;
  topic.followers.add({ onReset: () => (heard += 1), onEvent: () => (heard += 1), onRefused: () => (heard += 1) });
  topic.take({ type: "reset", topic: TOPIC, cursor: "life.5", snapshot: null });
  let most = 1;
  for (const message of frame) {
    topic.take(message);
    most += message.type === "events" ? message.events.length : 1;
    if (topic.cursor !== undefined && !/^[^.]+\.\d+$/.test(topic.cursor)) throw new Error(`stands at ${topic.cursor}`);
  }
  if (heard > most) throw new Error(`told ${heard} of ${most}`);
}

/** Signed it is read or refused; unsigned it is never taken. */
function fromStripe(bytes: Uint8Array): void {
  const at = { secret: SECRET, nowMs: NOW_SEC * 1000 };
  const forged = codeOf(() => readStripeEvent(bytes, DECODER.decode(bytes.subarray(0, 200)), at));
  if (forged !== "unauthenticated") throw new Error(`taken without a signature: ${String(forged)}`);
  const code = codeOf(() => {
    const { eventId, ...rest } = readStripeEvent(bytes, signStripe(bytes, SECRET, NOW_SEC), at);
    const amounts = Object.entries(rest).filter(([name]) => name.endsWith("Minor"));
    const isSound = eventId !== "" && amounts.every(([, value]) => Number.isSafeInteger(value) && Number(value) >= 0);
    if (!isSound) throw new Error(`an event that cannot be: ${JSON.stringify(rest)}`);
  });
  requireUnpolluted();
  if (code === "invalid_input") throw refused();
  if (code !== null) throw new Error(`refused as ${code}`);
}

/** The code of a refusal; null when there was none. Anything else is thrown on. */
function codeOf(run: () => void): string | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

function refused(): MalformedError {
  return new MalformedError("not understood", 0, WHERE);
}

function requireUnpolluted(): void {
  if ((Object.prototype as { polluted?: unknown }).polluted !== undefined) throw new Error("a prototype was changed");
}

/** What stands where something else is expected. As JSON, because `__proto__` is a name there like any other. */
const ODD = [
  ...["null", "true", "-1", "0.5", "1e308", "9007199254740993", '""', "[]", "{}", '"\\ud800"', '"\\u0000"'],
  ...['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}', '"__proto__"', '"events"'],
  ...[
    `"${"x".repeat(3000)}"`,
    `[${"0,".repeat(400)}0]`,
    "[".repeat(500) + "]".repeat(500),
    '"life.99999999999999999999"',
  ],
];

const MOST_DECISIONS = 64;

/** One of `values` with some of its parts replaced, left out, doubled or added, as `bytes` decide. */
function shapeOf(values: readonly unknown[], bytes: Uint8Array): string {
  let at = 0;
  // What comes behind the last decision stays as it is.
  const next = (limit: number): number => (at < MOST_DECISIONS ? (bytes[at++] ?? 0) % limit : 0);
  const write = (value: unknown): string => {
    if (next(9) === 8) return ODD[next(ODD.length)] ?? "null";
    if (Array.isArray(value)) {
      const items = value.flatMap((item) =>
        Array.from({ length: [1, 1, 1, 0, 2][next(5)] ?? 1 }, () => item as unknown),
      );
      return `[${items.map((item) => write(item)).join(",")}]`;
    }
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    const fields = Object.entries(value).filter(() => next(12) !== 11);
    const parts = fields.map(([name, field]) => `${JSON.stringify(name)}:${write(field)}`);
    if (next(12) === 11) parts.push(`"__proto__":${write({ polluted: 1 })}`);
    return `{${parts.join(",")}}`;
  };
  return write(values[next(values.length)]);
}
