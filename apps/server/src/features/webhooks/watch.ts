/** Listens where facts are published, and looks into the database for what was missed. Every worker does; each fact makes one delivery. */
import type { Context } from "../../context.ts";
import { every } from "../../lib/every.ts";
import type { BroadcastChange, FollowBegun } from "../../ports/bus-events.ts";
import { followInTurn } from "../../ports/follow.ts";
import { shownTipOf } from "../tips/service.ts";
import { announce } from "./announce.ts";
import type { Fact } from "./fact.ts";
import { followFact, lastingFacts, passingFact } from "./facts-of-shows.ts";
import { listRecentFollows, listRecentShows, listRecentTips } from "./queries.ts";
import { tipFact, watchTalk } from "./watch-talk.ts";

const CATCH_UP_MS = 60_000;
/** What is older was missed for longer than anybody waits for it. */
const CAUGHT_UP_MS = 60 * 60_000;
const MAX_CAUGHT_UP = 500;

/** Until `signal` aborts. */
export async function watchFacts(ctx: Context, signal: AbortSignal): Promise<void> {
  const failed = (err: unknown): void => ctx.log.warn({ err }, "webhooks could not be told of everything; tried again");
  await Promise.all([
    followInTurn<BroadcastChange>(ctx, "broadcasts", signal, (change) => onChange(ctx, change)),
    followInTurn<FollowBegun>(ctx, "follows", signal, async ({ channelId, accountId }) =>
      tell(ctx, [await followFact(ctx, channelId, accountId)]),
    ),
    watchTalk(ctx, signal),
    every(CATCH_UP_MS, signal, () => catchUp(ctx), failed),
  ]);
}

async function onChange(ctx: Context, change: BroadcastChange): Promise<void> {
  if (change.type !== "state") return;
  const { broadcastId, state, from, at } = change;
  if (state === "interrupted") await tell(ctx, [await passingFact(ctx, broadcastId, "interrupted", at)]);
  else if (state === "live" && from === "interrupted") {
    await tell(ctx, [await passingFact(ctx, broadcastId, "resumed", at)]);
  } else if (state === "live" || state === "ended" || state === "archived") {
    await tell(ctx, await lastingFacts(ctx, broadcastId));
  }
}

/** What happened while nobody listened. */
export async function catchUp(ctx: Context, now: Date = new Date()): Promise<void> {
  const { db } = ctx.store;
  const since = new Date(now.getTime() - CAUGHT_UP_MS);
  const isRecent = (fact: Fact | null): boolean => fact !== null && fact.at > since;
  for (const id of await listRecentShows(db, since, MAX_CAUGHT_UP)) {
    await tell(ctx, (await lastingFacts(ctx, id)).filter(isRecent));
  }
  for (const { channel_id, account_id } of await listRecentFollows(db, since, MAX_CAUGHT_UP)) {
    await tell(ctx, [await followFact(ctx, channel_id, account_id)].filter(isRecent));
  }
  // Also those that were paid long after their show, when nobody follows its topics any more.
  for (const { id, broadcast_id, channel_id } of await listRecentTips(db, since, MAX_CAUGHT_UP)) {
    const tip = await shownTipOf(ctx, id);
    if (tip !== null) await tell(ctx, [tipFact({ id: broadcast_id, channel_id }, tip)].filter(isRecent));
  }
}

async function tell(ctx: Context, facts: readonly (Fact | null)[]): Promise<void> {
  for (const fact of facts) if (fact !== null) await announce(ctx, fact);
}
