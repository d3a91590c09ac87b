import { expect, test } from "vitest";
import { notYetDelayMs, retryDelayMs } from "./backoff.ts";
import { clockText, latencyText, rateText } from "./time-text.ts";

test("positions and distances read as people write them", () => {
  expect([0, 7, 187, 3729].map(clockText)).toEqual(["0:00", "0:07", "3:07", "1:02:09"]);
  expect([0.94, 9.94, 14.2, 125].map(latencyText)).toEqual(["0.9 s", "9.9 s", "14 s", "2:05"]);
  expect([640_000, 4_210_000].map(rateText)).toEqual(["640 kbps", "4.2 Mbps"]);
});

test("the pause before a retry doubles up to ten seconds and is spread", () => {
  expect([0, 1, 2, 3, 20].map((failures) => retryDelayMs(failures, 0.5))).toEqual([500, 1000, 2000, 4000, 10_000]);
  expect([retryDelayMs(2, 0), retryDelayMs(2, 1)]).toEqual([1500, 2500]);
});

test("media that is not there yet is asked for quickly at first, then less and less often, at different times", () => {
  const pausesMs: number[] = [];
  for (let pausedMs = 0; pausedMs < 60_000; pausedMs += pausesMs.at(-1) ?? 0)
    pausesMs.push(notYetDelayMs(pausedMs, 0.5));
  expect(pausesMs.slice(0, 6)).toEqual([500, 500, 500, 500, 667, 889]);
  expect(pausesMs.at(-1)).toBe(5000);
  expect([notYetDelayMs(0, 0), notYetDelayMs(2300, 1), notYetDelayMs(60_000, 1)]).toEqual([375, 958, 6250]);
});
