import { expect, test } from "vitest";
import { allocate, type Demand } from "./allocation.ts";

const camera = (sizePx: number, current = -1): Demand => ({
  costsBps: [150_000, 500_000, 1_500_000],
  current,
  screen: false,
  sizePx,
});
const screen = (current = -1): Demand => ({ costsBps: [300_000, 1_500_000], current, screen: true, sizePx: 100 });

test.each([
  ["nothing to send", 1_000_000, [], []],
  ["enough for all", 10_000_000, [camera(1), screen()], [2, 1]],
  ["an unknown link is a wide one", Infinity, [camera(1), camera(2)], [2, 2]],
  ["everyone gets a picture first", 400_000, [camera(1), camera(2)], [0, 0]],
  ["the larger one rises first", 800_000, [camera(1), camera(2)], [0, 1]],
  ["a screen rises before any camera does", 2_200_000, [camera(1), camera(2), screen()], [0, 0, 1]],
  ["what does not fit at its lowest is paused, the smaller first", 250_000, [camera(1), camera(2)], [-1, 0]],
  ["a screen is the last to be paused", 350_000, [camera(9), screen()], [-1, 0]],
  ["none fits", 50_000, [camera(1)], [-1]],
  ["a link that owes is no link", -1, [camera(1)], [-1]],
  ["nothing flows", 1_000_000, [{ ...camera(1), costsBps: [] }], [-1]],
])("%s", (_, budgetBps, demands, chosen) => {
  expect(allocate(budgetBps, demands).chosen).toEqual(chosen);
});

test("while the budget is a guess the lowest of all may cost more, and nothing rises that does not fit", () => {
  expect(allocate(100_000, [camera(1), camera(2, 1), screen()], 700_000).chosen).toEqual([0, 0, 0]);
  expect(allocate(100_000, [camera(1), camera(2), screen()], 600_000).chosen).toEqual([-1, 0, 0]);
  expect(allocate(100_000, [camera(1)], 400_000).missingBps).toBeGreaterThan(0);
});

test("going up needs room to spare, staying does not", () => {
  expect(allocate(520_000, [camera(1, 0)]).chosen).toEqual([0]);
  expect(allocate(520_000, [camera(1, 1)]).chosen).toEqual([1]);
  expect(allocate(480_000, [camera(1, 1)]).chosen).toEqual([1]);
  expect(allocate(470_000, [camera(1, 1)]).chosen).toEqual([0]);
});

test("it says how much is missing for the next step, and what is used", () => {
  const { usedBps, missingBps } = allocate(600_000, [camera(1, 1)]);
  expect(usedBps).toBe(500_000);
  expect(missingBps).toBeCloseTo(1_500_000 * 1.15 - 600_000);
  expect(allocate(3_000_000, [camera(1)]).missingBps).toBe(0);
});

test("a better layer that measures cheaper than the one below costs no less", () => {
  const odd: Demand = { costsBps: [150_000, 800_000, 300_000], current: 0, screen: false, sizePx: 1 };
  expect(allocate(700_000, [odd]).chosen).toEqual([0]);
});

test("a picture that is shown is kept although it costs a little too much, one that is not does not begin", () => {
  expect(allocate(120_000, [camera(1, 0)]).chosen).toEqual([0]);
  expect(allocate(110_000, [camera(1, 0)]).chosen).toEqual([-1]);
  expect(allocate(170_000, [camera(1)]).chosen).toEqual([-1]);
  // What is kept so leaves nothing for a better picture of another one.
  expect(allocate(620_000, [camera(2, 0), camera(1, 0)]).chosen).toEqual([0, 0]);
});

test("of several pictures that are shown so many stay as the link carries when it is taken for 85 % of that", () => {
  const shown = Array.from({ length: 9 }, () => ({ ...camera(1, 0), costsBps: [600_000] }));
  const { chosen } = allocate(0.85 * 5_000_000, shown);
  expect(chosen.filter((one) => one === 0).length).toBe(8);
  // The first that flows is the first one.
  expect(allocate(120_000, [{ ...camera(9), costsBps: [] }, camera(1, 0)]).chosen).toEqual([-1, 0]);
});
