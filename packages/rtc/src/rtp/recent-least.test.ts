/** What counts as recent. */
import { expect, test } from "vitest";
import { RecentLeast } from "./recent-least.ts";

test("the least counts for the window at least, and for twice that at most", () => {
  const least = new RecentLeast(1_000);
  expect(least.value).toBeUndefined();
  expect(least.push(5, 0)).toBe(5);
  expect(least.push(3, 400)).toBe(3);
  expect(least.push(7, 1_399)).toBe(3);
  expect(least.push(6, 2_400)).toBe(6);
  expect(least.value).toBe(6);
});

test("a value does not count for longer because the next one came late", () => {
  const least = new RecentLeast(1_000);
  least.push(1, 0);
  expect(least.push(5, 1_900)).toBe(1);
  expect(least.push(7, 2_800)).toBe(5);
});

test("after a pause only what is new counts", () => {
  const least = new RecentLeast(1_000);
  least.push(1, 0);
  expect(least.push(9, 2_000)).toBe(9);
});

test("one that comes a little out of order forgets nothing", () => {
  const least = new RecentLeast(1_000);
  least.push(1, 500);
  least.push(4, 1_001);
  expect(least.push(5, 999)).toBe(1);
  expect(least.push(6, 1_002)).toBe(1);
});
