import { expect, test } from "vitest";
import { isInSample, measured, NO_SAMPLING } from "./sampling.ts";

function after(perSec: number, seconds: number) {
  let sampling = NO_SAMPLING;
  for (let frame = 0; frame < seconds * 20; frame += 1) sampling = measured(sampling, frame * 50, perSec / 20);
  return sampling;
}

test.each([
  [4, 1],
  [10, 1],
  [36, 3],
  [200, 17],
])("%i messages a second: 1 of %i is shown", (perSec, oneOf) => {
  expect(after(perSec, 5).oneOf).toBe(oneOf);
});

test("a moment of noise is shown as it is, and what is over is forgotten", () => {
  expect(measured(NO_SAMPLING, 0, 20).oneOf).toBe(1);
  const busy = after(200, 5);
  expect(measured(busy, 60_000, 0)).toEqual({ oneOf: 1, recent: [] });
});

test("does not keep more than the window", () => {
  expect(after(200, 60).recent.length).toBeLessThanOrEqual(40);
});

test("the sample is spread evenly", () => {
  expect([0, 1, 2, 3, 4, 5, 6].filter((number) => isInSample(number, 3))).toEqual([0, 3, 6]);
});
