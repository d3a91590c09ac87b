import type { ShownTip, TipsSnapshot } from "@rostrum/contract/tips";
import { expect, test } from "vitest";
import { TIPS_REDUCER as reducer } from "./tips-state.ts";

const ids = ["0".repeat(20), "1".repeat(20), "2".repeat(20)] as const;
const tip = (id: string): ShownTip => ({
  ...{ id, amountMinor: 500, currency: "EUR", name: "Somebody", anonymous: false, message: null },
  ...{ mediaTimeMs: 0, at: "2026-01-01T00:00:00.000Z", notice: null },
});
const tipping = { closed: null, currency: "EUR", minAmountMinor: 50, maxAmountMinor: 100_000, notice: null } as const;
const snapshot = (...tips: ShownTip[]): TipsSnapshot => ({ tips, goal: null, leaderboard: [], tipping });
/** As the topic has it: other features' parts beside ours. */
const opened = reducer.reset({ state: "live", polls: [], ...snapshot(tip(ids[0])) }, reducer.initial);

test("tips of before are listed but not news; one that comes is, once", () => {
  expect([opened.known?.tips.length, opened.queue.waiting]).toEqual([1, []]);
  const received = { type: "tip.received", tip: tip(ids[1]) };
  const state = reducer.apply(opened, [received, { type: "tip.received", tip: tip(ids[0]) }, received]);
  expect(state.known?.tips.map(({ id }) => id)).toEqual([ids[1], ids[0]]);
  expect(state.queue.waiting.map(({ id }) => id)).toEqual([ids[1]]);
});

test("what came while the connection was gone is news, the oldest first", () => {
  const state = reducer.reset(snapshot(tip(ids[2]), tip(ids[1]), tip(ids[0])), opened);
  expect(state.queue.waiting.map(({ id }) => id)).toEqual([ids[1], ids[2]]);
});

test("words, going back, standing and settings change what is known", () => {
  const goal = { id: ids[0], title: "Lights", targetMinor: 100, raisedMinor: 5, currency: "EUR" } as const;
  const standing = { goal: { ...goal, startedAt: "2026-01-01T00:00:00.000Z", stoppedAt: null }, leaderboard: [] };
  const state = reducer.apply(opened, [
    { type: "tip.message", id: ids[0], message: "Hi" },
    { type: "tip.standing", ...standing },
    { type: "tip.settings", tipping: { ...tipping, closed: "No." } },
  ]);
  expect(state.known).toMatchObject({
    tips: [{ message: "Hi" }],
    goal: { raisedMinor: 5 },
    tipping: { closed: "No." },
  });
  expect(reducer.apply(state, [{ type: "tip.removed", id: ids[0] }]).known?.tips).toEqual([]);
});

test("what other features tell, and what is not understood, changes nothing", () => {
  expect(reducer.apply(opened, [{ type: "poll.opened" }, null, 5, { type: "tip.received" }])).toBe(opened);
  expect(reducer.reset({ state: "live" }, reducer.initial).known).toBeNull();
});
