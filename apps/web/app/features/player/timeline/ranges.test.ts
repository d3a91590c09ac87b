import { expect, test } from "vitest";
import { aheadOf, behindHole, intersect } from "./ranges.ts";

const range = (startSec: number, endSec: number) => ({ startSec, endSec });

test("only what all tracks have can be played", () => {
  expect(intersect([[range(0, 10), range(12, 20)], [range(1, 14)]])).toEqual([range(1, 10), range(12, 14)]);
  expect(intersect([[range(0, 10)], []])).toEqual([]);
  expect(intersect([])).toEqual([]);
});

test("small seams are played over, holes are not", () => {
  const ranges = [range(0, 10), range(10.03, 12), range(13, 20)];
  expect(aheadOf(ranges, 4)).toBeCloseTo(8);
  expect(aheadOf(ranges, 12.5)).toBe(0);
  expect(aheadOf(ranges, 12.98)).toBeCloseTo(7.02);
  expect(behindHole(ranges, 12)).toBe(13);
  expect(behindHole(ranges, 19)).toBeUndefined();
});
