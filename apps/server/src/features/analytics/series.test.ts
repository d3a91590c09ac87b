import { expect, test } from "vitest";
import { lastMinuteOf, pointsOf, spanOf, stepsOf } from "./series.ts";
import { emptySums } from "./tally.ts";

const SEC = 1000;
const row = (step: number, present_ms: number) => ({ ...emptySums(), step, present_ms });

test("a show that is on the air is known up to its last whole stretch", () => {
  const live_at = new Date(3_000);
  expect(spanOf({ live_at, ended_at: null }, 99_000)).toEqual({ beganMs: 3_000, endMs: 70_000 });
  expect(spanOf({ live_at, ended_at: null }, 10_000)).toEqual({ beganMs: 3_000, endMs: 3_000 });
  expect(spanOf({ live_at, ended_at: new Date(64_500) }, 99_000)).toEqual({ beganMs: 3_000, endMs: 64_500 });
});

test("viewers are an average over what of a step lies in the show, and never more than there were", () => {
  const span = { beganMs: 3 * SEC, endMs: 30_001 };
  const steps = stepsOf(span);
  expect(steps).toEqual({ fromMs: 0, toMs: 30_001, stepMs: 10_000 });
  // One who was there all the time, and 9 s longer than the show.
  const rows = [row(0, 7_000), row(1, 10_000), row(3, 9_000)];
  expect(pointsOf(rows, steps, span).map(({ atMs, viewers }) => [atMs, viewers])).toEqual([
    [0, 1],
    [10_000, 1],
    [20_000, 0],
    [30_000, 0.9],
  ]);
});

test.each([
  [59 * 60, 10],
  [2 * 3600, 30],
  [24 * 3600, 300],
  [31 * 24 * 3600, 3 * 3600],
])("a show of %i s has steps of %i s", (lengthSec, stepSec) => {
  expect(stepsOf({ beganMs: 0, endMs: lengthSec * SEC }).stepMs).toBe(stepSec * SEC);
});

test("of a long show only the last hour is asked for", () => {
  const span = { beganMs: 0, endMs: 10 * 3_600_000 };
  expect(stepsOf(span, 3_600_000)).toEqual({ fromMs: 9 * 3_600_000, toMs: span.endMs, stepMs: 10_000 });
});

const HOUR = 3600 * SEC;

test.each([
  ["two days", 48 * HOUR + 130 * SEC, 48 * HOUR, 300 * SEC],
  ["two months", 61 * 24 * HOUR + 1900 * SEC, 61 * 24 * HOUR, HOUR],
])("a show that runs for %s is told in the long stretches in which it is stored", (_, nowMs, endMs, widthMs) => {
  const span = spanOf({ live_at: new Date(0), ended_at: null }, nowMs);
  expect(span).toEqual({ beganMs: 0, endMs });
  const steps = stepsOf(span, HOUR);
  expect(steps).toEqual({ fromMs: endMs - HOUR, toMs: endMs, stepMs: widthMs });
  // Seven are there all the time.
  const rows = Array.from({ length: HOUR / widthMs }, (_row, step) => row(step, 7 * widthMs));
  expect(pointsOf(rows, steps, span).map(({ viewers }) => viewers)).toEqual(rows.map(() => 7));
  expect(lastMinuteOf(span)).toEqual({ fromMs: endMs - widthMs, toMs: endMs, stepMs: widthMs });
});

test("of a young show the last minute is a minute", () => {
  expect(lastMinuteOf({ beganMs: 0, endMs: 90 * SEC })).toEqual({ fromMs: 30 * SEC, toMs: 90 * SEC, stepMs: 60 * SEC });
});
