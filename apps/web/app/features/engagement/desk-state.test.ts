import type { EngagementModerationEvent, OwnHand, OwnPoll, OwnQuestion } from "@rostrum/contract/engagement";
import { expect, test } from "vitest";
import { DESK, type DeskState, withPending } from "./desk-state.ts";
import { sorted } from "./question-order.ts";

const id = (name: string): string => name.replace(/[ilou]/g, "x").padStart(20, "0");
const AT = "2026-01-01T00:00:00.000Z";

const poll = (name: string, values: Partial<OwnPoll> = {}): OwnPoll => ({
  ...{ id: id(name), broadcastId: id("show"), question: "?", options: [], multiple: false, named: false },
  ...{ results: "live", state: "draft", openedAt: null, closesAt: null, closedAt: null },
  ...{ outcome: { voters: 0, votes: {} }, durationSec: null, createdAt: AT },
  ...values,
});
const question = (name: string, values: Partial<OwnQuestion> = {}): OwnQuestion => ({
  ...{ id: id(name), broadcastId: id("show"), text: name, author: null, state: "pending", upvotes: 0, askedAt: AT },
  ...{ pinned: false, mediaTimeMs: null, answer: null, accountId: null, heldFor: null },
  ...values,
});
const hand = (name: string): OwnHand => ({
  ...{ id: id(name), raisedAt: AT, accountId: id("account"), handle: name, displayName: name },
});
const after = (state: DeskState, ...events: readonly EngagementModerationEvent[]) => DESK.apply(state, events);

const begin = (): DeskState =>
  DESK.reset({ questions: [question("b"), question("a")], polls: [poll("p")], hands: [hand("h")] }, DESK.initial);

test("begins with what waits, the oldest question first; what makes no sense changes nothing", () => {
  const state = begin();
  expect(state.pending.map(({ text }) => text)).toEqual(["a", "b"]);
  expect(DESK.reset({ questions: 7 }, state)).toBe(state);
  expect(DESK.apply(state, [null, { type: "chat.held" }, { type: "poll.changed", poll: null }])).toBe(state);
});

test("questions wait once, until they are settled", () => {
  const twice = { type: "question.pending", question: question("c") } as const;
  const state = after(begin(), twice, twice);
  expect(state.pending.map(({ text }) => text)).toEqual(["a", "b", "c"]);
  const settled = { type: "question.settled", questionId: id("a"), state: "open" } as const;
  expect(after(state, settled).pending.map(({ text }) => text)).toEqual(["b", "c"]);
});

test("of very many questions those behind the first ones are known to be there, until all have come", () => {
  const many = Array.from({ length: 200 }, (_, n) => question(`q${100 + n}`));
  const state = DESK.reset({ questions: many, polls: [], hands: [] }, DESK.initial);
  expect([state.hasMorePending, begin().hasMorePending]).toEqual([true, false]);
  const more = withPending(state, [question("a"), question("q100")], false);
  expect([more.pending.length, more.hasMorePending]).toEqual([201, false]);
  const flooded = withPending(
    more,
    Array.from({ length: 400 }, (_, n) => question(`r${100 + n}`)),
  );
  expect([flooded.pending.length, flooded.hasMorePending]).toEqual([500, true]);
});

test("polls: the newest first, counted while they are open, gone when they are deleted", () => {
  const outcome = { voters: 1, votes: {} };
  const results = { type: "poll.results", pollId: id("q"), outcome } as const;
  const open = after(begin(), { type: "poll.changed", poll: poll("q", { state: "open" }) });
  expect(open.polls.map(({ id: one }) => one)).toEqual([id("q"), id("p")]);
  expect(after(open, results).polls[0]?.outcome).toEqual(outcome);
  const closed = after(open, { type: "poll.changed", poll: poll("q", { state: "closed" }) });
  expect(after(closed, results).polls[0]?.outcome.voters).toBe(0);
  expect(after(closed, { type: "poll.removed", pollId: id("q") }).polls).toHaveLength(1);
});

test("hands stand in their order, each once", () => {
  const raised = { type: "hand.raised", hand: hand("i") } as const;
  const state = after(begin(), raised, raised);
  expect(state.hands.map(({ handle }) => handle)).toEqual(["h", "i"]);
  expect(after(state, { type: "hand.lowered", handIds: [id("h")] }).hands.map(({ handle }) => handle)).toEqual(["i"]);
});

test("questions by votes, of as many the older first; or the newest first", () => {
  const [a, b, c] = [
    question("a", { state: "open", upvotes: 1 }),
    question("b", { state: "open", upvotes: 3 }),
    question("c", { state: "open", upvotes: 1 }),
  ];
  const now = question("d", { state: "answering" });
  const lists = sorted([c, a, now, b], "votes", true);
  expect(lists.open.map(({ text }) => text)).toEqual(["b", "a", "c"]);
  expect(lists.answering).toEqual([now]);
  expect(sorted([a, c, b], "newest", true).open.map(({ text }) => text)).toEqual(["c", "b", "a"]);
});

test("the pinned question stands apart for viewers, and in its place for the crew", () => {
  const [a, b] = [question("a", { state: "answered", pinned: true }), question("b", { state: "answered" })];
  expect(sorted([a, b], "votes", true)).toMatchObject({ pinned: [a], answered: [b] });
  expect(sorted([a, b], "votes", false)).toMatchObject({ pinned: [a], answered: [b, a] });
});
