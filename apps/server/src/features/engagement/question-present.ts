/** What of a question goes out. */
import type { OwnQuestion, Question, QuestionState } from "@rostrum/contract/engagement";
import type { QuestionRow } from "./question-queries.ts";

/** Those that everybody sees. */
export const PUBLIC_STATES: readonly QuestionState[] = ["open", "answering", "answered"];

/** Everybody's view. */
export function publicQuestion(row: QuestionRow): Question {
  const { author_handle: handle } = row;
  const hasAnswer = row.answer_text !== null || row.answer_media_ms !== null;
  return {
    id: row.id,
    broadcastId: row.broadcast_id,
    text: row.text,
    author: handle === null ? null : { handle, displayName: row.author_name ?? handle },
    state: row.state,
    upvotes: row.upvotes,
    pinned: row.pinned,
    askedAt: row.asked_at.toISOString(),
    mediaTimeMs: wholeMs(row.media_time_ms),
    answer: hasAnswer ? { text: row.answer_text, mediaTimeMs: wholeMs(row.answer_media_ms) } : null,
  };
}

/** The crew's view. */
export function ownQuestion(row: QuestionRow): OwnQuestion {
  return { ...publicQuestion(row), accountId: row.account_id, heldFor: row.held_for };
}

function wholeMs(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms);
}
