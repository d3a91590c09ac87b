/** From a fact to deliveries: one for each webhook that wants to know, however many processes have heard of it. */
import type { Context } from "../../context.ts";
import { newId } from "../../lib/ids.ts";
import { countPending, insertDelivery } from "./delivery-queries.ts";
import { bodyOf, eventIdOf, type Fact } from "./fact.ts";
import { listListening } from "./queries.ts";

/** Its jobs send what is due of one webhook. */
export const DELIVER = "webhooks.deliver";
export type DeliverJob = Readonly<{ webhookId: string }>;

/** Beyond, what comes many times a second is left out until the receiver has caught up. */
const MAX_PENDING = 2_000;
/** The database's clock and ours may differ by so much. */
const SLACK_MS = 5_000;

/** Told again, nothing happens. */
export async function announce(ctx: Context, fact: Fact): Promise<void> {
  const { db } = ctx.store;
  const at = new Date(fact.at.getTime() + SLACK_MS);
  for (const { id } of await listListening(db, fact.channelId, fact.type, at)) {
    if (fact.type === "chat.message" && (await countPending(db, id)) >= MAX_PENDING) {
      ctx.log.warn(
        { webhookId: id, channelId: fact.channelId },
        "a webhook is too slow for the chat: a message is left out",
      );
      continue;
    }
    await enqueue(ctx, { webhookId: id, key: fact.key, type: fact.type, body: bodyOf(fact.type, fact.at, fact.data) });
  }
}

/** @returns the delivery's id; null when there is one of the event already */
export async function enqueue(
  ctx: Context,
  wanted: Readonly<
    { webhookId: string; type: string; body: string } & ({ key: string } | { eventId: string; replayOf: string })
  >,
): Promise<string | null> {
  const { webhookId, type, body } = wanted;
  const id = newId();
  const isNew = await insertDelivery(ctx.store.db, {
    ...{ id, webhook_id: webhookId, type, body },
    event_id: "key" in wanted ? eventIdOf(wanted.key) : wanted.eventId,
    replay_of: "key" in wanted ? null : wanted.replayOf,
    next_at: new Date(),
    ...{ status: null, duration_ms: null, problem: null, answer: null, attempted_at: null },
  });
  if (!isNew) return null;
  await wake(ctx, webhookId);
  return id;
}

/** While a job of the webhook waits or runs, it is enough. */
export async function wake(ctx: Context, webhookId: string): Promise<void> {
  await ctx.jobs.send<DeliverJob>(DELIVER, { webhookId }, { key: webhookId, retries: 1 });
}
