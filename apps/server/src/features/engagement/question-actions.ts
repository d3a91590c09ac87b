/** Actions `question.ask`, `question.upvote` and `question.unvote`. */
import { AskQuestion, ENGAGEMENT_LIMITS, type Question, QuestionVote } from "@rostrum/contract/engagement";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import { type Action, action, type Caller } from "../../http/realtime-rules.ts";
import { AppError } from "../../lib/app-error.ts";
import { Batches } from "../../lib/batches.ts";
import type { Clock } from "../../lib/clock.ts";
import { newId } from "../../lib/ids.ts";
import { mediaTimeOf } from "../chat/service.ts";
import { screen } from "../moderation/service.ts";
import { type Participant, requireNotOver, requireParticipant } from "./access.ts";
import { tellAudience } from "./events.ts";
import type { Limits } from "./limits.ts";
import {
  countQuestions,
  findQuestion,
  findSentQuestion,
  insertQuestion,
  listOwnQuestions,
  listUpvotes,
  lockQuestion,
  setUpvote,
} from "./question-queries.ts";
import { PUBLIC_STATES, publicQuestion } from "./question-present.ts";
import { tellAsked, tellQuestion } from "./question-telling.ts";
import { unknownQuestion } from "./questions.ts";
import { plain } from "./text.ts";
import { lockTurn } from "./turn.ts";

const VOTES_EVERY_MS = 500;
const MAX_SHOWS = 10_000;
/** Of one account in one show, whatever became of them. */
const MAX_OF_ACCOUNT = 30;
/** What moderation looks at. */
const MAX_RECENT = 30;

type Parts = Readonly<{ ctx: Context; clock: Clock; limits: Limits; signal: AbortSignal }>;

export function questionActions({ ctx, clock, limits, signal }: Parts): Record<string, Action> {
  const votes = new Batches<Set<string>>({
    clock,
    signal,
    everyMs: VOTES_EVERY_MS,
    maxKeys: MAX_SHOWS,
    empty: () => new Set(),
    tell: async (broadcastId, ids) => {
      const upvotes = await listUpvotes(ctx.store.db, [...ids]);
      await tellAudience(ctx, broadcastId, { type: "question.votes", upvotes });
    },
    onError: (error) => ctx.log.error({ err: error }, "votes for questions were not told"),
  });
  const upvote = (wanted: boolean): Action =>
    action(QuestionVote, async (caller, { questionId }) => {
      limits.act(caller);
      const { broadcastId, upvotes } = await vote(ctx, caller, questionId, wanted);
      votes.add(broadcastId, (ids) => void ids.add(questionId));
      return { questionId, upvoted: wanted, upvotes };
    });
  return {
    "question.ask": action(AskQuestion, async (caller, body, sendId) => {
      limits.act(caller);
      return { question: await ask(ctx, caller, body, sendId) };
    }),
    "question.upvote": upvote(true),
    "question.unvote": upvote(false),
  };
}

/** Only those that everybody sees, and that have no answer yet. */
async function vote(
  ctx: Context,
  caller: Caller,
  id: string,
  wanted: boolean,
): Promise<{ broadcastId: string; upvotes: number }> {
  const { db } = ctx.store;
  const known = await findQuestion(db, id);
  if (known === undefined || !PUBLIC_STATES.includes(known.state)) throw unknownQuestion();
  const broadcastId = known.broadcast_id;
  const { viewer } = await requireParticipant(ctx, caller, broadcastId, "questions");
  const upvotes = await db.transaction().execute(async (tx) => {
    const row = await lockQuestion(tx, broadcastId, id);
    if (row === undefined || !PUBLIC_STATES.includes(row.state)) throw unknownQuestion();
    if (row.state === "answered") throw new AppError("conflict", "This question was answered already.");
    return setUpvote(tx, id, viewer.accountId, wanted);
  });
  return { broadcastId, upvotes };
}

type Body = z.output<typeof AskQuestion>;

async function ask(ctx: Context, caller: Caller, body: Body, sendId: string): Promise<Question> {
  const { db } = ctx.store;
  const who = await requireParticipant(ctx, caller, body.broadcastId, "questions");
  const { accountId } = who.viewer;
  const sent = await findSentQuestion(db, accountId, sendId);
  if (sent !== undefined) {
    // Who stored it may have died before it was told. Whoever hears it twice knows it by its id.
    await (sent.state === "pending" ? tellAsked(ctx, sent) : tellQuestion(ctx, sent, false));
    return publicQuestion(sent);
  }
  requireNotOver(who.row);
  const now = new Date();
  const verdict = await judge(ctx, caller, who, plain(body.text, "The question", ENGAGEMENT_LIMITS.questionChars), now);
  const waits = verdict.heldFor !== null || (who.settings.questionsApproved && !who.isStaff);
  const id = newId();
  const mediaTimeMs = await mediaTimeOf(ctx, who.row, now, body.mediaTimeMs);
  const isNew = await db.transaction().execute(async (tx) => {
    await lockTurn(tx, who.row.id, accountId);
    // The same one may have come twice at a time.
    if ((await findSentQuestion(tx, accountId, sendId)) !== undefined) return false;
    requireRoom(who, await countQuestions(tx, who.row.id, accountId));
    await insertQuestion(tx, {
      id,
      broadcast_id: who.row.id,
      account_id: accountId,
      send_id: sendId,
      text: verdict.text,
      state: waits ? "pending" : "open",
      held_for: verdict.heldFor,
      media_time_ms: mediaTimeMs,
      answer_text: null,
      answer_media_ms: null,
      asked_at: now,
    });
    return true;
  });
  const row = await findSentQuestion(db, accountId, sendId);
  if (row === undefined) throw unknownQuestion();
  if (isNew) await tellAsked(ctx, row);
  return publicQuestion(row);
}

/** What moderation says of it. @throws {AppError} it is refused */
async function judge(
  ctx: Context,
  { address }: Caller,
  { row, role, viewer }: Participant,
  text: string,
  now: Date,
): Promise<{ text: string; heldFor: string | null }> {
  const { accountId } = viewer;
  const verdict = await screen(ctx, {
    ...{ row, role, accountId, address, text, now },
    recent: async (since) => {
      const own = await listOwnQuestions(ctx.store.db, row.id, accountId, { since, limit: MAX_RECENT });
      return own.map((one) => ({ text: one.text, at: one.asked_at }));
    },
  });
  if (verdict.verdict === "refuse") {
    const { code, message, details } = verdict;
    throw new AppError(code, message, details === undefined ? {} : { details: { ...details } });
  }
  return { text: verdict.text, heldFor: verdict.verdict === "hold" ? verdict.reason : null };
}

/** @throws {AppError} conflict */
function requireRoom(who: Participant, counted: Readonly<{ waiting: number; ownWaiting: number; own: number }>): void {
  if (counted.waiting >= ENGAGEMENT_LIMITS.questionsPerBroadcast) {
    throw new AppError("conflict", "So many questions wait for an answer that no more are taken.");
  }
  if (who.isStaff) return;
  const max = who.settings.questionsPerPerson;
  if (counted.ownWaiting >= max) {
    const waiting = max === 1 ? "A question of yours waits" : `${max} questions of yours wait`;
    throw new AppError("conflict", `${waiting} for an answer; ask again when one was answered.`);
  }
  if (counted.own >= MAX_OF_ACCOUNT) {
    throw new AppError("conflict", `You have asked ${MAX_OF_ACCOUNT} questions in this show; that is the most.`);
  }
}
