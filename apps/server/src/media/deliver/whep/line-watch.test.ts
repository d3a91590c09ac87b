import { expect, test } from "vitest";
import { LineWatch, type LineReport } from "./line-watch.ts";

const MEDIA_BPS = 2_000_000;
const GOOD: LineReport = { lossFraction: 0.05, estimateBps: 3_000_000 };

/** The second in which a line is given up; undefined: never within a minute. */
function givenUpAt(reportAt: (sec: number) => LineReport): number | undefined {
  const watch = new LineWatch(0);
  for (let sec = 1; sec <= 60; sec += 1) if (watch.isHopeless(reportAt(sec), MEDIA_BPS, sec * 1000)) return sec;
  return undefined;
}

test("5 % loss is carried, also without an estimate", () => {
  expect(givenUpAt(() => GOOD)).toBeUndefined();
  expect(givenUpAt(() => ({ ...GOOD, estimateBps: undefined }))).toBeUndefined();
});

test("a line that stays bad is given up after five seconds, one that recovers is not", () => {
  expect(givenUpAt((sec) => (sec < 20 ? GOOD : { ...GOOD, estimateBps: 1_000_000 }))).toBe(25);
  expect(givenUpAt((sec) => (sec < 20 ? GOOD : { ...GOOD, lossFraction: 0.3 }))).toBe(25);
  expect(givenUpAt((sec) => (sec % 5 === 0 ? GOOD : { ...GOOD, lossFraction: 0.3 }))).toBeUndefined();
});

test("the first seconds do not count", () => {
  expect(givenUpAt(() => ({ ...GOOD, lossFraction: 0.5 }))).toBe(10);
});
