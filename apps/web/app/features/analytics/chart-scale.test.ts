import { expect, test } from "vitest";
import { areaPath, linePath, nearest, niceMax, timeTicks, xPercent } from "./chart-scale.ts";

test.each([
  [0, true, 4],
  [3, true, 4],
  [5, true, 6],
  [11, true, 20],
  [137, true, 200],
  [0, false, 1],
  [0.037, false, 0.05],
  [1, false, 1],
  [Number.NaN, false, 1],
])("an axis for %d (whole: %s) ends at %d", (most, whole, end) => {
  expect(niceMax(most, whole)).toBeCloseTo(end);
});

test("moments of an axis are at lengths that people know", () => {
  expect(timeTicks(0, 600_000, 6)).toEqual([0, 120_000, 240_000, 360_000, 480_000, 600_000]);
  expect(timeTicks(65_000, 125_000, 6)).toEqual([70_000, 80_000, 90_000, 100_000, 110_000, 120_000]);
  expect(timeTicks(5, 5, 6)).toEqual([5]);
});

const scale = { fromX: 0, toX: 10, maxY: 4 };

test("a line is broken where nothing is known", () => {
  const points = [
    { x: 0, y: 4 },
    { x: 5, y: 2 },
    { x: 6, y: null },
    { x: 10, y: 0 },
  ];
  expect(linePath(points, scale)).toBe("M0 0L50 50M100 100");
  expect(areaPath(points, scale)).toBe("M0 100L0 0L50 50L50 100ZM100 100L100 100L100 100Z");
  expect(linePath([], scale)).toBe("");
});

test("what lies outside stands at the edge, and a place without width at its beginning", () => {
  expect([xPercent(-1, scale), xPercent(11, scale)]).toEqual([0, 100]);
  expect(xPercent(3, { fromX: 3, toX: 3, maxY: 1 })).toBe(0);
});

test("the nearest point is found", () => {
  const points = [0, 10, 20].map((x) => ({ x, y: 1 }));
  expect([nearest(points, 14), nearest(points, 16), nearest([], 3)]).toEqual([1, 2, -1]);
});
