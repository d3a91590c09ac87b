import { expect, test } from "vitest";
import { CodecWait } from "./codec-wait.ts";

test("an offer that can be decoded is tried once, and what it shows ends the wait", () => {
  const wait = new CodecWait();
  expect([wait.isWaiting, wait.tries(0), wait.shown()]).toEqual([false, false, false]);
  wait.failed(1000, 0.5);
  expect([wait.isWaiting, wait.tries(1000)]).toEqual([true, false]);
  wait.offered();
  // What is still there of the old media is no answer.
  expect(wait.shown()).toBe(false);
  expect([wait.tries(1000), wait.tries(1001)]).toEqual([true, false]);
  expect([wait.shown(), wait.isWaiting]).toEqual([true, false]);
});

test("what fails again and again is tried after pauses that grow, also when something was shown in between", () => {
  const wait = new CodecWait();
  let nowMs = 0;
  const pausesMs = [0, 1, 2, 3].map(() => {
    wait.failed(nowMs, 0.5);
    const failedAtMs = nowMs;
    wait.offered();
    while (!wait.tries(nowMs)) nowMs += 100;
    wait.shown();
    return nowMs - failedAtMs;
  });
  expect(pausesMs).toEqual([0, 500, 1000, 2000]);
});

test("a try that shows nothing is made again with a later offer", () => {
  const wait = new CodecWait();
  wait.failed(0, 0.5);
  wait.offered();
  expect(wait.tries(0)).toBe(true);
  wait.offered();
  expect([wait.tries(9999), wait.tries(10_000)]).toEqual([false, true]);
});
