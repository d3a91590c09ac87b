import { expect, test } from "vitest";
import { retryDelayMs } from "./backoff.ts";
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
