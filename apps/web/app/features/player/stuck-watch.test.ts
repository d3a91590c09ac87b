/** A video that stands still is moved on, and one that has a reason to stand is left alone. */
import { expect, test } from "vitest";
import { type Standing, StuckWatch } from "./stuck-watch.ts";

const STANDING: Standing = { sec: 10, aheadSec: 4, isToPlay: true, isBeginning: false };

/** Asks every 100 ms for `ms`; the moves with their times. The video goes where it is moved to, and stays there. */
function watch(one: Standing, ms: number, watcher = new StuckWatch()): [atMs: number, stepSec: number][] {
  const moves: [number, number][] = [];
  let { sec } = one;
  for (let atMs = 0; atMs <= ms; atMs += 100) {
    const stepSec = watcher.check({ ...one, sec }, atMs);
    // As browsers do.
    sec = Math.round((sec + stepSec) * 1e6) / 1e6;
    if (stepSec > 0) moves.push([atMs, stepSec]);
  }
  return moves;
}

test("it is moved on after a second, then every two, further each time", () => {
  expect(watch(STANDING, 7500)).toEqual([
    [1000, 0.001],
    [3000, 0.1],
    [5000, 0.5],
    [7000, 0.5],
  ]);
});

test.each([
  ["one that is paused", { isToPlay: false }],
  ["one with nothing to go on with", { aheadSec: 0.4 }],
])("%s is left alone", (_, change) => {
  expect(watch({ ...STANDING, ...change }, 20_000)).toEqual([]);
});

test("a seek, or a join, has five seconds", () => {
  expect(watch({ ...STANDING, isBeginning: true }, 6000)).toEqual([[5000, 0.001]]);
});

test("one that plays is left alone, and begins anew with the gentlest move when it stands again", () => {
  const watcher = new StuckWatch();
  expect(watch(STANDING, 3500, watcher).length).toBe(2);
  for (let n = 0; n < 50; n += 1) {
    expect(watcher.check({ ...STANDING, sec: 11 + n / 10 }, 4000 + n * 100)).toBe(0);
  }
  const again = Array.from({ length: 30 }, (_, n) => watcher.check({ ...STANDING, sec: 16 }, 9000 + n * 100));
  expect(again.filter((stepSec) => stepSec > 0)).toEqual([0.001]);
});

test("it is never moved out of what it has", () => {
  const moves = watch({ ...STANDING, aheadSec: 0.6 }, 6000);
  expect(moves.map(([, stepSec]) => stepSec)).toEqual([0.001, 0.1, 0.3]);
});
