import { expect, test } from "vitest";
import { amendShow } from "./amend.ts";

test.each([
  [
    { type: "question.removed", questionId: "a" },
    { type: "question.asked", question: { id: "a", text: "rude" } },
  ],
  [
    { type: "question.removed", questionId: "a" },
    { type: "question.changed", question: { id: "a", text: "rude" } },
  ],
  [
    { type: "poll.removed", pollId: "a" },
    { type: "poll.results", pollId: "a", outcome: {} },
  ],
  [
    { type: "poll.removed", pollId: "a" },
    { type: "poll.opened", poll: { id: "a", question: "rude" } },
  ],
  [
    { type: "tip.removed", id: "a" },
    { type: "tip.received", tip: { id: "a", message: "rude" } },
  ],
  [
    { type: "tip.removed", id: "a" },
    { type: "tip.message", id: "a", message: "rude" },
  ],
])("after %j nothing else is told of it: %j", (removal, earlier) => {
  expect(amendShow(removal)?.(earlier)).toEqual(removal);
});

test("all others stay as they were, and other events change nothing", () => {
  const amended = amendShow({ type: "question.removed", questionId: "a" });
  for (const event of [
    { type: "question.asked", question: { id: "b" } },
    { type: "question.votes", upvotes: { a: 2 } },
    { type: "poll.opened", poll: { id: "a" } },
    { type: "broadcast.viewers", viewers: 2 },
  ]) {
    expect(amended?.(event)).toBe(event);
    expect(amendShow(event)).toBeNull();
  }
});
