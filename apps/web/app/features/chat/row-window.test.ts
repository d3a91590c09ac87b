import { expect, test } from "vitest";
import { type Rows, windowAt, windowAtEnd } from "./row-window.ts";

const keys = Array.from({ length: 100 }, (_, index) => `m${index}`);
const even: Rows = { keys, heights: new Map(), estimatePx: 20 };
const uneven: Rows = { keys: ["a", "b", "c", "d"], heights: new Map([["b", 300]]), estimatePx: 20 };

test.each([
  ["at the top", 0, { from: 0, to: 10, abovePx: 0, belowPx: 1800 }],
  ["in the middle", 1000, { from: 49, to: 60, abovePx: 980, belowPx: 800 }],
  ["beyond the end", 9000, { from: 100, to: 100, abovePx: 2000, belowPx: 0 }],
])("%s: only what is in view is drawn, and the rest keeps its room", (_, topPx, expected) => {
  expect(windowAt(even, topPx, 200, 0)).toEqual(expected);
});

test("some more on both sides", () => {
  expect(windowAt(even, 1000, 200, 40)).toEqual({ from: 47, to: 62, abovePx: 940, belowPx: 760 });
});

test("at the end: the last rows by their measured heights", () => {
  expect(windowAtEnd(even, 200, 0)).toEqual({ from: 90, to: 100, abovePx: 1800, belowPx: 0 });
  expect(windowAtEnd(uneven, 100, 0)).toEqual({ from: 1, to: 4, abovePx: 20, belowPx: 0 });
  expect(windowAtEnd({ ...even, keys: [] }, 200, 0)).toEqual({ from: 0, to: 0, abovePx: 0, belowPx: 0 });
});
