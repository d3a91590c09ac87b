/** Sending what is due of one webhook: one after the other, signed, through the outbound guard; what fails is tried again later. */
import type { Context } from "../../context.ts";
import type { OutboundAnswer } from "../../lib/outbound.ts";
import { OutboundError } from "../../lib/outbound.ts";
import type { JobRun } from "../../ports/jobs.ts";
import { claimDelivery, type DeliveryRow, failPending, nextDue, updateDelivery } from "./delivery-queries.ts";
import { giveUpIfDead, switchOff } from "./giving-up.ts";
import { findWebhook, noteSuccess, type WebhookRow } from "./queries.ts";
import { signatureHeaders } from "./signature.ts";
import { secretsOf } from "./secrets.ts";

const MIN_MS = 60_000;
const HOUR_MS = 60 * MIN_MS;
/** After the first failure, the second and so on: 8 attempts within about 28 hours. */
export const RETRY_AFTER_MS = [
  5_000,
  5 * MIN_MS,
  30 * MIN_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  10 * HOUR_MS,
] as const;

const TIMEOUT_MS = 15_000;
/** An attempt whose process has died is made again after this. */
const CLAIM_MS = 2 * MIN_MS;
/** Then other webhooks have their turn. */
const TURN_MS = 30_000;
const KEPT_ANSWER_BYTES = 1024;
const OFF = "The webhook was switched off before this was sent.";
const BROKEN_OFF = "Every attempt was broken off on this side: the server's log says why.";

type Outcome = Readonly<{ answer: OutboundAnswer | null; problem: string | null; final: boolean; durationMs: number }>;

/** Until nothing is due, the receiver does not answer, or its turn is over. */
export async function deliverDue(ctx: Context, webhookId: string, run: Pick<JobRun, "signal">): Promise<void> {
  const untilMs = performance.now() + TURN_MS;
  while (performance.now() < untilMs && !run.signal.aborted) {
    const webhook = await findWebhook(ctx.store.db, webhookId);
    if (webhook === undefined) return;
    if (!webhook.enabled) return failPending(ctx.store.db, webhookId, OFF);
    const row = await nextDue(ctx.store.db, webhookId, new Date());
    if (row === undefined) return;
    if (row.attempts > RETRY_AFTER_MS.length) {
      // Attempts that came to no end, such as with a secret that cannot be opened here, are bounded like the others.
      await updateDelivery(ctx.store.db, row.id, { state: "failed", next_at: null, problem: BROKEN_OFF });
      continue;
    }
    if (!(await claimDelivery(ctx.store.db, row, new Date(Date.now() + CLAIM_MS)))) return;
    const outcome = await attempt(ctx, webhook, row, run.signal);
    await settle(ctx, webhook, row, outcome);
    // Whoever does not answer one does not answer the next one either: others should not wait for that.
    if (outcome.answer === null) return;
  }
}

async function attempt(ctx: Context, webhook: WebhookRow, row: DeliveryRow, signal: AbortSignal): Promise<Outcome> {
  const { event_id: id, body } = row;
  const atMs = performance.now();
  const durationMs = (): number => Math.round(performance.now() - atMs);
  try {
    const secrets = secretsOf(ctx.secrets, webhook, new Date());
    const answer = await ctx.outbound.request({
      method: "POST",
      url: webhook.url,
      headers: {
        "content-type": "application/json",
        "user-agent": "Rostrum-Webhooks",
        ...signatureHeaders({ id, atSec: Math.floor(Date.now() / 1000), body, secrets }),
      },
      ...{ body, signal, timeoutMs: TIMEOUT_MS, maxAnswerBytes: KEPT_ANSWER_BYTES },
    });
    return { answer, problem: problemOf(answer.status), final: answer.status === 410, durationMs: durationMs() };
  } catch (error) {
    if (signal.aborted) await putBack(ctx, row);
    if (signal.aborted || !(error instanceof OutboundError)) throw error;
    return { answer: null, problem: error.message, final: error.reason === "refused", durationMs: durationMs() };
  }
}

/** The process stops: it was no attempt. */
async function putBack(ctx: Context, row: DeliveryRow): Promise<void> {
  await updateDelivery(ctx.store.db, row.id, { attempts: row.attempts, next_at: new Date() });
}

/** Only an answer of 2xx is a delivery. Redirects are not followed: the receiver should give its right address. */
function problemOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return `The answer was ${status}: redirects are not followed.`;
  return status === 410 ? "The answer was 410: the receiver wants nothing more." : `The answer was ${status}.`;
}

async function settle(ctx: Context, webhook: WebhookRow, row: DeliveryRow, outcome: Outcome): Promise<void> {
  const { answer, problem, final, durationMs } = outcome;
  const { db } = ctx.store;
  const now = new Date();
  const facts = {
    ...{ status: answer?.status ?? null, duration_ms: durationMs, problem, attempted_at: now },
    answer: answer === null ? null : textOf(answer.body),
  };
  if (problem === null) {
    await updateDelivery(db, row.id, { ...facts, state: "delivered", next_at: null });
    return noteSuccess(db, webhook.id);
  }
  const waitMs = final ? undefined : RETRY_AFTER_MS[row.attempts];
  const next = waitMs === undefined ? null : new Date(now.getTime() + waitMs * (1 + Math.random() / 10));
  await updateDelivery(db, row.id, { ...facts, state: next === null ? "failed" : "pending", next_at: next });
  if (answer?.status === 410) return switchOff(ctx, webhook, "Its receiver answered 410: it wants nothing more.");
  return giveUpIfDead(ctx, webhook, now);
}

/** As far as a database can keep it. */
function textOf(bytes: Buffer): string {
  return bytes.toString("utf8").replaceAll("\0", "\ufffd");
}
