/** The question on top of all others: one at a time in a show. */
import type { OwnQuestion } from "@rostrum/contract/engagement";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { actorOf, audit } from "../audit/service.ts";
import { requireManager } from "./access.ts";
import { ownQuestion, PUBLIC_STATES } from "./question-present.ts";
import { lockQuestion, unpinOthers, updateQuestion } from "./question-queries.ts";
import { tellQuestion } from "./question-telling.ts";
import { requireQuestion, TURN, unknownQuestion } from "./questions.ts";
import { lockTurn } from "./turn.ts";

/**
 * Pins it in the place of the one that was, or takes it down; again does nothing.
 * @throws {AppError} not_found, forbidden; conflict for one that not everybody sees
 */
export async function pinQuestion(
  ctx: Context,
  viewer: AccountViewer,
  where: Readonly<{ broadcastId: string; id: string }>,
  wanted: boolean,
): Promise<OwnQuestion> {
  const { broadcastId, id } = where;
  const { channel_id: channelId } = await requireManager(ctx, viewer, broadcastId);
  const changed = await ctx.store.db.transaction().execute(async (tx) => {
    await lockTurn(tx, broadcastId, TURN);
    const before = await lockQuestion(tx, broadcastId, id);
    if (before === undefined) throw unknownQuestion();
    if (wanted && !PUBLIC_STATES.includes(before.state)) {
      throw new AppError("conflict", "Only a question that everybody sees can be pinned; approve it first.");
    }
    if (before.pinned === wanted) return [];
    const others = wanted ? await unpinOthers(tx, broadcastId, id) : [];
    await updateQuestion(tx, id, { pinned: wanted });
    const fact = { channelId, target: broadcastId, details: { question: id } };
    await audit(ctx, actorOf(viewer), { action: wanted ? "question.pin" : "question.unpin", ...fact }, tx);
    return [...others, id];
  });
  for (const one of changed) await tellQuestion(ctx, await requireQuestion(ctx.store.db, one), true);
  return ownQuestion(await requireQuestion(ctx.store.db, id));
}
