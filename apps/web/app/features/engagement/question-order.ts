/** Which questions stand where. Pure. */
import type { Question } from "@rostrum/contract/engagement";

export type QuestionSort = "votes" | "newest";

export type SortedQuestions<T extends Question> = Readonly<{
  /** On top of all: one, or none. */
  pinned: readonly T[];
  /** Being answered right now: one, or none. */
  answering: readonly T[];
  open: readonly T[];
  /** Those answered last first, as far as their ids tell. */
  answered: readonly T[];
}>;

/**
 * Those with the most votes first, of as many the older; or the newest first.
 * @param isApart the pinned one stands in no other list
 */
export function sorted<T extends Question>(
  questions: readonly T[],
  by: QuestionSort,
  isApart: boolean,
): SortedQuestions<T> {
  const others = isApart ? questions.filter(({ pinned }) => !pinned) : questions;
  const of = (state: Question["state"]): T[] => others.filter((question) => question.state === state);
  const newest = (a: Question, b: Question): number => (a.id < b.id ? 1 : -1);
  const votes = (a: Question, b: Question): number => b.upvotes - a.upvotes || -newest(a, b);
  return {
    pinned: questions.filter(({ pinned }) => pinned),
    answering: of("answering"),
    open: of("open").toSorted(by === "votes" ? votes : newest),
    answered: of("answered").toSorted(newest),
  };
}
