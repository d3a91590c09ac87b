/** After a tip has changed: viewers, moderators, and the job that asks what it cost. */
import { findShown } from "../broadcasts/service.ts";
import { FEE_QUEUE, type FeeJob } from "./fee-job.ts";
import { type TipParts, tellModerators, tellViewers } from "./parts.ts";
import { heldTip, shownTip } from "./present.ts";
import type { TipRow } from "./queries.ts";
import { standingOf } from "./standing.ts";

/** A tip before and after what was told. */
export type Applied = Readonly<{ before: TipRow; after: TipRow }>;

/** A payment that takes long to be settled is asked about for an hour. */
const FEE_RETRIES = 18;

/** Says what is new between two states of a tip. Hearing it twice changes nothing. */
export async function tellApplied(parts: TipParts, { before, after }: Applied): Promise<void> {
  const { ctx, payments } = parts;
  if (after.paid_at === null) return;
  const isPaidNow = before.paid_at === null;
  if (isPaidNow && payments.stage === null && after.payment_id !== null) {
    await ctx.jobs.send<FeeJob>(FEE_QUEUE, { tipId: after.id }, { key: after.id, retries: FEE_RETRIES });
  }
  const { broadcast_id: broadcastId } = after;
  const show = broadcastId === null ? undefined : await findShown(ctx.store.db, broadcastId);
  // Begun before the show was made one for children.
  if (show === undefined || show.kid_mode) return;
  if (isPaidNow && after.state === "paid") await tellReceived(parts, show.id, after);
  if (before.state === "paid" && after.state !== "paid") {
    await tellViewers(parts, show.id, { type: "tip.removed", id: after.id });
    if (after.message_state === "held") await tellModerators(parts, show.id, { type: "tip.settled", id: after.id });
  }
  await tellStanding(parts, show.id, after.channel_id);
}

async function tellReceived(parts: TipParts, broadcastId: string, tip: TipRow): Promise<void> {
  await tellViewers(parts, broadcastId, { type: "tip.received", tip: shownTip(tip) });
  if (tip.message_state === "held") {
    await tellModerators(parts, broadcastId, { type: "tip.held", held: heldTip(tip) });
  }
}

/** Goal and leaderboard as they stand now. */
export async function tellStanding(parts: TipParts, broadcastId: string, channelId: string): Promise<void> {
  const standing = await standingOf(parts, { id: broadcastId, channel_id: channelId });
  await tellViewers(parts, broadcastId, { type: "tip.standing", ...standing });
}
