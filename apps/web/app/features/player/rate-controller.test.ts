import { expect, test } from "vitest";
import {
  bridgeRate,
  chooseRate,
  chooseRealtimeRate,
  isScare,
  joinMargin,
  settleStep,
  stretchRate,
  targetAfterScares,
} from "./rate-controller.ts";

test.each([
  ["an emptying buffer slows down even when far behind", 0.05, 3, 0.94],
  ["far behind with a buffer catches up at 10 %", 0.4, 1.4, 1.1],
  ["far behind without a buffer only catches up at 5 %", 0.2, 1.4, 1.05],
  ["a little behind catches up at 5 %", 0.2, 0.9, 1.05],
  ["near the target plays at normal speed", 0.2, 0.82, 1],
  ["a hair behind with a buffer closes the gap unseen", 0.3, 0.85, 1.02],
  ["a little behind with a thin buffer waits", 0.1, 0.95, 1],
  ["too close to live falls back", 0.2, 0.6, 0.95],
])("%s", (_, aheadSec, latencySec, rate) => {
  expect(chooseRate({ aheadSec, latencySec, targetSec: 0.8 })).toBe(rate);
});

test("each stall moves the target back, up to a limit", () => {
  expect(targetAfterScares(0.8, [], 5000)).toBe(0.8);
  expect(targetAfterScares(0.8, [1000], 5000)).toBeCloseTo(0.95);
  expect(targetAfterScares(0.8, [1000, 2000, 3000], 5000)).toBeCloseTo(1.25);
  expect(
    targetAfterScares(
      0.8,
      Array.from({ length: 20 }, (_, i) => i * 100),
      5000,
    ),
  ).toBeCloseTo(1.7);
});

test("a calm minute takes one step off, and the target never falls below its base", () => {
  expect(targetAfterScares(0.8, [1000, 2000], 62_000)).toBeCloseTo(0.95);
  expect(targetAfterScares(0.8, [1000, 2000], 999_000)).toBeCloseTo(0.8);
  expect(targetAfterScares(0.8, [0, 200_000], 200_000)).toBeCloseTo(0.95);
});

test.each([
  ["far behind with the media there", 2.5, 2.8, 2],
  ["far behind without the media", 1.2, 2.8, 0],
  ["near enough", 1.5, 1.2, 0],
])("while settling, %s", (_, aheadSec, latencySec, step) => {
  expect(settleStep({ aheadSec, latencySec, targetSec: 0.8 })).toBeCloseTo(step);
});

test("an almost empty buffer is a scare, once in two seconds", () => {
  expect(isScare(0.05, 5000, undefined)).toBe(true);
  expect(isScare(0.05, 5000, 4000)).toBe(false);
  expect(isScare(0.05, 7000, 4000)).toBe(true);
  expect(isScare(0.2, 5000, undefined)).toBe(false);
});

test("the margin of a viewer who has just come melts away", () => {
  expect([0, 3000, 6000, 60_000].map(joinMargin)).toEqual([0.25, 0.125, 0, 0]);
});

test.each([
  ["near the target plays at normal speed", 0.2, 0.27, 1],
  ["a little behind catches up unheard", 0.25, 0.4, 1.03],
  ["far behind, as after HLS, catches up faster", 0.7, 0.8, 1.08],
  ["a thin buffer slows down a little", 0.06, 0.3, 0.97],
  ["an emptying buffer slows down more", 0.02, 0.3, 0.95],
  ["too close to live falls back", 0.15, 0.15, 0.97],
])("frame by frame, %s", (_, aheadSec, latencySec, rate) => {
  expect(chooseRealtimeRate({ aheadSec, latencySec, targetSec: 0.25 })).toBe(rate);
});

test("between two sources what is left is stretched, the more the less it is", () => {
  expect([0.6, 0.4, 0.2].map(bridgeRate)).toEqual([0.95, 0.8, 0.5]);
  expect([0.3, 0.5, 0.7].map(stretchRate)).toEqual([0.6, 0.85, undefined]);
});
