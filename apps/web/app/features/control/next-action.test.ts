import { expect, test } from "vitest";
import { clockOf, nextAction, stateAfter } from "./next-action.ts";

test.each([
  ["draft", false, { kind: "live", blocked: true }],
  ["scheduled", true, { kind: "preview", blocked: false }],
  ["preview", true, { kind: "live", blocked: false }],
  ["live", true, { kind: "end", blocked: false }],
  ["interrupted", false, { kind: "end", blocked: false }],
  ["archived", false, { kind: "none" }],
] as const)("%s (source: %s) offers %o", (state, hasSource, action) => {
  expect(nextAction({ state, hasSource, startAt: null })).toEqual(action);
});

test("the expected state is the server's own rule, and no change where it would refuse", () => {
  expect(stateAfter({ state: "preview", hasSource: true, startAt: null }, "live")).toBe("live");
  expect(stateAfter({ state: "live", hasSource: true, startAt: null }, "end")).toBe("ended");
  expect(stateAfter({ state: "draft", hasSource: false, startAt: null }, "live")).toBe("draft");
});

const times = {
  startAt: "2026-11-20T18:00:00.000Z",
  liveAt: "2026-11-20T18:01:00.000Z",
  endedAt: "2026-11-20T18:31:30.000Z",
  interruptedAt: "2026-11-20T18:20:00.000Z",
  reconnectWindowSec: 90,
};

test.each([
  ["draft", null],
  ["preview", null],
  ["scheduled", { kind: "until", at: "2026-11-20T18:00:00.000Z" }],
  ["live", { kind: "since", at: "2026-11-20T18:01:00.000Z" }],
  ["interrupted", { kind: "until", at: "2026-11-20T18:21:30.000Z" }],
  ["ended", { kind: "length", ms: 1_830_000 }],
] as const)("the clock of %s is %o", (state, clock) => {
  expect(clockOf({ state, ...times })).toEqual(clock);
});
