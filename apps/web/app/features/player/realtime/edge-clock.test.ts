import { expect, test } from "vitest";
import { EdgeClock } from "./edge-clock.ts";

test("frames that come late do not move the edge back", () => {
  const clock = new EdgeClock();
  expect(clock.edgeSec(0)).toBeUndefined();
  clock.observe(100, 10);
  clock.observe(100.5, 10.8);
  expect(clock.edgeSec(11)).toBeCloseTo(101, 1);
});

test("a delay that stays is learnt, and a jump of media time at once", () => {
  const clock = new EdgeClock();
  clock.observe(100, 10);
  for (let sec = 1; sec <= 60; sec += 1) clock.observe(100 + sec - 0.3, 10 + sec);
  expect(clock.edgeSec(70)).toBeCloseTo(159.7, 1);
  clock.observe(500, 71);
  expect(clock.edgeSec(71)).toBe(500);
});

test("without frames the edge does not run away", () => {
  const clock = new EdgeClock();
  clock.observe(100, 10);
  expect(clock.edgeSec(60)).toBe(102);
});
