/** Telling everybody, the crew and who asked what a question is now. */
import type { QuestionState } from "@rostrum/contract/engagement";
import type { Context } from "../../context.ts";
import { tellAudience, tellPerson, tellStaff } from "./events.ts";
import { findQuestion, type QuestionRow } from "./question-queries.ts";
import { ownQuestion, PUBLIC_STATES, publicQuestion } from "./question-present.ts";

/** So often somebody else may change it while it is being told. */
const MOST_TELLINGS = 5;

/**
 * Tells the audience what the question is, and again when it has changed meanwhile: whoever tells last, here or in another process, tells
 * what is.
 * @param wasPublic whether everybody saw it before
 */
export async function tellQuestion(ctx: Context, row: QuestionRow, wasPublic: boolean): Promise<void> {
  let told = row;
  let isOut = wasPublic;
  for (let n = 0; n < MOST_TELLINGS; n += 1) {
    const isPublic = PUBLIC_STATES.includes(told.state);
    if (isPublic) {
      await tellAudience(ctx, told.broadcast_id, { type: "question.changed", question: publicQuestion(told) });
    } else if (isOut) {
      await tellAudience(ctx, told.broadcast_id, { type: "question.removed", questionId: told.id });
    }
    isOut ||= isPublic;
    const now = await findQuestion(ctx.store.db, told.id);
    if (now === undefined || isAsTold(now, told)) return;
    told = now;
  }
}

/** As `tellQuestion`, after the crew has decided what becomes of it. */
export async function tellSettled(ctx: Context, row: QuestionRow, before: QuestionState): Promise<void> {
  const { id: questionId, state, broadcast_id: broadcastId, account_id: accountId } = row;
  await tellQuestion(ctx, row, PUBLIC_STATES.includes(before));
  await tellStaff(ctx, broadcastId, { type: "question.settled", questionId, state });
  if (accountId === null) return;
  await tellPerson(ctx, accountId, { type: "question.settled", broadcastId, questionId, state });
}

/** That it was asked: the audience, or the crew, for which it waits. */
export async function tellAsked(ctx: Context, row: QuestionRow): Promise<void> {
  if (row.state === "pending") {
    await tellStaff(ctx, row.broadcast_id, { type: "question.pending", question: ownQuestion(row) });
  } else if (PUBLIC_STATES.includes(row.state)) {
    await tellAudience(ctx, row.broadcast_id, { type: "question.asked", question: publicQuestion(row) });
  }
}

/** Votes are told on their own. */
function isAsTold(now: QuestionRow, told: QuestionRow): boolean {
  const facts = (row: QuestionRow): string => JSON.stringify(publicQuestion({ ...row, upvotes: 0 }));
  return facts(now) === facts(told);
}
