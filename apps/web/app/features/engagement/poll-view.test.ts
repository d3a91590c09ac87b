import type { Poll } from "@rostrum/contract/engagement";
import { expect, test } from "vitest";
import { pollOverlayOptions } from "./poll-overlay-options.ts";
import { barsOf, chosen, isVotable, leftMs, pollOnScreen } from "./poll-view.ts";

const T0 = Date.parse("2026-01-01T00:00:00.000Z");
const at = (ms: number): string => new Date(T0 + ms).toISOString();

const poll = (values: Partial<Poll>): Poll => ({
  ...{ id: "p", broadcastId: "b", question: "?", multiple: false, named: false, results: "live", state: "open" },
  options: [
    { id: "a", text: "A" },
    { id: "b", text: "B" },
  ],
  ...{ openedAt: at(0), closesAt: null, closedAt: null, outcome: null },
  ...values,
});

test("bars have parts of the people, who may have chosen several; nobody leads where nobody voted", () => {
  const outcome = { voters: 4, votes: { a: 3, b: 2 } };
  expect(barsOf(poll({ outcome }), ["b"])).toEqual([
    { id: "a", text: "A", votes: 3, share: 0.75, isOwn: false, leads: true },
    { id: "b", text: "B", votes: 2, share: 0.5, isOwn: true, leads: false },
  ]);
  const none = barsOf(poll({ outcome: { voters: 0, votes: {} } }), []);
  expect(none?.map(({ share, leads }) => [share, leads])).toEqual([
    [0, false],
    [0, false],
  ]);
  expect(barsOf(poll({}), [])).toBeNull();
});

test("a poll ends for voters at its time, whoever says so when", () => {
  const timed = poll({ closesAt: at(5000) });
  expect([leftMs(timed, T0), leftMs(timed, T0 + 9000), leftMs(poll({}), T0)]).toEqual([5000, 0, null]);
  expect([isVotable(timed, T0 + 4999), isVotable(timed, T0 + 5000), isVotable(poll({}), T0)]).toEqual([
    true,
    false,
    true,
  ]);
  expect(isVotable(poll({ state: "closed" }), T0)).toBe(false);
});

test("of one the other, of several any", () => {
  expect(chosen(["a"], "b", false)).toEqual(["b"]);
  expect(chosen(["a"], "b", true)).toEqual(["a", "b"]);
  expect(chosen(["a", "b"], "a", true)).toEqual(["b"]);
});

test("on the screen is the open one, then the one that ended last, for a while", () => {
  const old = poll({ id: "old", state: "closed", closedAt: at(1000) });
  const last = poll({ id: "last", state: "closed", closedAt: at(2000) });
  const open = poll({ id: "open" });
  expect(pollOnScreen([last, open, old], T0 + 3000, 5000)?.id).toBe("open");
  expect(pollOnScreen([old, last], T0 + 3000, 5000)?.id).toBe("last");
  expect(pollOnScreen([old, last], T0 + 7000, 5000)).toBeNull();
  expect(pollOnScreen([], T0, 5000)).toBeNull();
});

test.each([
  ["", { sizePx: 22, keepSec: 15, place: "bottom" }],
  ["size=30&keep=0&place=top", { sizePx: 30, keepSec: 0, place: "top" }],
  ["size=9000&keep=-1&place=left", { sizePx: 60, keepSec: 0, place: "bottom" }],
  ["size=x&keep=", { sizePx: 22, keepSec: 15, place: "bottom" }],
])("the overlay's address %j is understood", (query, options) => {
  expect(pollOverlayOptions(new URLSearchParams(query))).toEqual(options);
});
