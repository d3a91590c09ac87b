import type { HeldTip } from "@rostrum/contract/tips";
import { expect, test } from "vitest";
import { HELD_TIPS as reducer, type HeldTips, withBack, without } from "./held-state.ts";

const ids = ["0".repeat(20), "1".repeat(20), "2".repeat(20)] as const;
const held = (id: string): HeldTip => ({
  tip: {
    ...{ id, amountMinor: 500, currency: "EUR", name: "Somebody", anonymous: false, message: null },
    ...{ mediaTimeMs: 0, at: `2026-01-01T00:00:0${id[0] ?? ""}.000Z`, notice: null },
  },
  text: "Hello",
  reason: "A word of the channel's list.",
});
const idsOf = (state: HeldTips): string[] => state.map(({ tip }) => tip.id);
const opened = reducer.reset({ held: [], reported: [], heldTips: [held(ids[0])] }, reducer.initial);

test("what waits comes once, in order, and goes when somebody has decided", () => {
  const state = reducer.apply(opened, [
    { type: "tip.held", held: held(ids[1]) },
    { type: "tip.held", held: held(ids[1]) },
    { type: "chat.held", message: {} },
    null,
  ]);
  expect(idsOf(state)).toEqual([ids[0], ids[1]]);
  expect(idsOf(reducer.apply(state, [{ type: "tip.settled", id: ids[0] }]))).toEqual([ids[1]]);
});

test("a snapshot of somebody who may not moderate holds nothing", () => {
  expect(reducer.reset({ held: [] }, opened)).toEqual([]);
});

test("one whose decision was refused waits again where it stood", () => {
  const all = reducer.apply(opened, [{ type: "tip.held", held: held(ids[1]) }]);
  const less = without(all, ids[0]);
  expect(idsOf(less)).toEqual([ids[1]]);
  expect(idsOf(withBack(less, held(ids[0])))).toEqual([ids[0], ids[1]]);
  expect(without(less, ids[2])).toBe(less);
});

test("a flood does not grow without bound", () => {
  const many = Array.from({ length: 150 }, (_, n) => ({
    type: "tip.held",
    held: held(String(n).padStart(20, "0")),
  }));
  expect(reducer.apply([], many)).toHaveLength(100);
});
