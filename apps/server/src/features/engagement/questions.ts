/** Rules of questions: who sees which, and what the crew makes of them. */
import type { OwnQuestion, Question, QuestionState, UpdateQuestionBody } from "@rostrum/contract/engagement";
import type { ListQuestionsQuery } from "@rostrum/contract/engagement";
import type { Kysely } from "kysely";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer, Viewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { decodeCursor, pageOfRows } from "../../lib/cursor.ts";
import type { Schema } from "../../store/schema.ts";
import { actorOf, audit } from "../audit/service.ts";
import { sightOf } from "../broadcasts/service.ts";
import { mediaTimeOf } from "../chat/service.ts";
import { requireManager, seesAsStaff } from "./access.ts";
import { ownQuestion, PUBLIC_STATES, publicQuestion } from "./question-present.ts";
import {
  endAnswering,
  findQuestion,
  listQuestions,
  lockQuestion,
  type QuestionRow,
  updateQuestion,
} from "./question-queries.ts";
import { tellQuestion, tellSettled } from "./question-telling.ts";
import { settingsOfShow } from "./settings.ts";
import { plainLines } from "./text.ts";
import { lockTurn } from "./turn.ts";

/** Whoever changes several questions of a show at once takes this turn: no two wait for each other. */
export const TURN = "answering";

const ALL_STATES: readonly QuestionState[] = ["pending", ...PUBLIC_STATES, "dismissed"];

/** What the crew may make of a question. */
const NEXT: Readonly<Record<QuestionState, readonly QuestionState[]>> = {
  pending: ["open", "answering", "answered", "dismissed"],
  open: ["answering", "answered", "dismissed"],
  answering: ["open", "answered", "dismissed"],
  answered: ["open", "answered", "dismissed"],
  dismissed: ["open"],
};

type Query = z.output<typeof ListQuestionsQuery>;
type Page<T> = { items: T[]; nextCursor: string | null };

/** @throws {AppError} not_found, forbidden for the show, or for a state that is the crew's; invalid_input for a foreign cursor */
export async function questionsFor(
  ctx: Context,
  viewer: Viewer,
  broadcastId: string,
  { state, sort, cursor, limit }: Query,
): Promise<Page<OwnQuestion> | Page<Question>> {
  const sight = await sightOf(ctx, viewer, broadcastId);
  const isStaff = seesAsStaff(sight);
  if (!isStaff && state !== undefined && !PUBLIC_STATES.includes(state)) {
    throw new AppError("forbidden", `Only the crew sees questions that are ${state}.`);
  }
  if (!isStaff && !(await settingsOfShow(ctx, sight.row)).questions) return { items: [], nextCursor: null };
  const [upvotes, id] = cursor === undefined ? [] : decodeCursor(cursor, "ns");
  const rows = await listQuestions(ctx.store.db, broadcastId, {
    states: state === undefined ? (isStaff ? ALL_STATES : PUBLIC_STATES) : [state],
    byVotes: sort === "votes",
    after: id === undefined ? undefined : { id: String(id), upvotes: votesIn(upvotes) },
    limit: limit + 1,
  });
  const key = (row: QuestionRow) => [row.upvotes, row.id];
  return isStaff ? pageOfRows(rows, limit, key, ownQuestion) : pageOfRows(rows, limit, key, publicQuestion);
}

/** @throws {AppError} not_found, forbidden; conflict when it cannot become that */
export async function settleQuestion(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
  id: string,
  { state, text }: z.output<typeof UpdateQuestionBody>,
): Promise<OwnQuestion> {
  const show = await requireManager(ctx, viewer, broadcastId);
  const answer = text === undefined ? undefined : plainLines(text, "The answer", 2000);
  const nowMs = await mediaTimeOf(ctx, show, new Date());
  const settled = await ctx.store.db.transaction().execute(async (tx) => {
    if (state === "answering") await lockTurn(tx, broadcastId, TURN);
    const before = await lockQuestion(tx, broadcastId, id);
    if (before === undefined) throw unknownQuestion();
    if (!NEXT[before.state].includes(state)) {
      throw new AppError("conflict", `A question that is ${before.state} cannot become ${state}.`);
    }
    // A live answer begins when it is said to begin; one that was never said to is over now.
    const isLive =
      state === "answering" || (state === "answered" && answer === undefined && before.answer_text === null);
    const at = isLive && before.answer_media_ms === null ? nowMs : before.answer_media_ms;
    await updateQuestion(tx, id, {
      state,
      answer_media_ms: state === "open" ? null : at,
      ...(answer === undefined ? {} : { answer_text: answer === "" ? null : answer }),
      held_for: state === "dismissed" ? before.held_for : null,
      pinned: before.pinned && state !== "dismissed",
    });
    const ended = state === "answering" ? await endAnswering(tx, broadcastId, id) : [];
    const fact = { channelId: show.channel_id, target: broadcastId, details: { question: id, state } };
    await audit(ctx, actorOf(viewer), { action: "question.update", ...fact }, tx);
    return { before, ended };
  });
  for (const other of settled.ended) await tellQuestion(ctx, await requireQuestion(ctx.store.db, other), true);
  const row = await requireQuestion(ctx.store.db, id);
  await tellSettled(ctx, row, settled.before.state);
  return ownQuestion(row);
}

/** @throws {AppError} not_found */
export async function requireQuestion(db: Kysely<Schema>, id: string): Promise<QuestionRow> {
  const row = await findQuestion(db, id);
  if (row === undefined) throw unknownQuestion();
  return row;
}

export function unknownQuestion(): AppError {
  return new AppError("not_found", "No such question.");
}

/** A cursor may hold any number; the column has 31 bits. */
function votesIn(part: string | number | undefined): number {
  return Math.max(-1, Math.min(Number(part), 2 ** 31 - 1));
}
