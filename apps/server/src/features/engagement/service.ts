/** What the roles put together of engagement. */
import type { Context } from "../../context.ts";
import type { Action } from "../../http/realtime-rules.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { every } from "../../lib/every.ts";
import { clickAction } from "./handouts.ts";
import { handActions } from "./hands.ts";
import { createLimits } from "./limits.ts";
import { closeRunOutPolls } from "./polls.ts";
import { voteAction } from "./poll-votes.ts";
import { questionActions } from "./question-actions.ts";
import { reactAction } from "./reactions.ts";

export { engagementModerationSnapshot, engagementSnapshot } from "./snapshot.ts";

const CLOSE_POLLS_MS = 1000;

/** What can be sent. Counts are collected here and told until `signal` aborts. */
export function engagementActions(
  ctx: Context,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Readonly<Record<string, Action>> {
  const limits = createLimits(clock);
  const parts = { ctx, clock, limits, signal };
  return {
    "poll.vote": voteAction(parts),
    ...questionActions(parts),
    ...handActions(ctx, limits),
    "engagement.react": reactAction(parts),
    "handout.click": clickAction(ctx, limits, clock),
  };
}

/** Tells of polls whose time is over. Resolves when `signal` has aborted and what was running is done. */
export async function sweepPolls(ctx: Context, signal: AbortSignal): Promise<void> {
  await every(
    CLOSE_POLLS_MS,
    signal,
    () => closeRunOutPolls(ctx),
    (error) => ctx.log.warn({ err: error }, "polls whose time is over were not closed; it is tried again"),
  );
}
