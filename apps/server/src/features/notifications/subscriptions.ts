/** Browsers of an account that take push messages. */
import type { PushSubscription, SubscribePushBody } from "@rostrum/contract/notifications";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { deleteSubscriptions, listSubscriptions, type SubscriptionRow, upsertSubscription } from "./queries.ts";

/** Beyond, the oldest goes: browsers forget to sign off. */
const MAX_OF_ACCOUNT = 20;
const USER_AGENT = 300;

export async function subscriptionsOf(ctx: Context, viewer: AccountViewer): Promise<PushSubscription[]> {
  return (await listSubscriptions(ctx.store.db, viewer.accountId)).map(present);
}

/** Again, it is the same one. @throws {AppError} invalid_input for an address or keys that cannot be used */
export async function subscribe(
  ctx: Context,
  viewer: AccountViewer,
  { endpoint, keys }: z.output<typeof SubscribePushBody>,
  userAgent: string,
): Promise<PushSubscription> {
  const { db } = ctx.store;
  if (!ctx.push.accepts({ endpoint, ...keys })) {
    throw new AppError("invalid_input", "This is not a push subscription that messages can be sent to.");
  }
  const row = await upsertSubscription(db, {
    ...{ id: newId(), account_id: viewer.accountId, endpoint, ...keys },
    user_agent: userAgent.slice(0, USER_AGENT).toWellFormed().replaceAll("\0", ""),
  });
  const oldest = (await listSubscriptions(db, viewer.accountId)).slice(MAX_OF_ACCOUNT);
  await deleteSubscriptions(
    db,
    viewer.accountId,
    oldest.map(({ id }) => id),
  );
  return present(row);
}

/** @throws {AppError} not_found */
export async function unsubscribe(ctx: Context, viewer: AccountViewer, id: string): Promise<void> {
  const removed = await deleteSubscriptions(ctx.store.db, viewer.accountId, [id]);
  if (removed === 0) throw new AppError("not_found", "No such push subscription.");
}

function present({ id, endpoint, user_agent, created_at }: SubscriptionRow): PushSubscription {
  return { id, service: new URL(endpoint).host, userAgent: user_agent, createdAt: created_at.toISOString() };
}
