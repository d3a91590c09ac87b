import { expect, test } from "vitest";
import { ShowTime } from "./show-time.ts";

const CLOCK = { rtp: 4_294_000_000, rateHz: 90_000, mediaSec: 100, wallZeroMs: 0 };

test("a frame's RTP time is its media time, over the wrap", () => {
  const time = new ShowTime(CLOCK, 0);
  expect(time.shownSec).toBeUndefined();
  expect(time.edgeSec(500)).toBe(100.5);
  time.shown((CLOCK.rtp + 100 * 90_000) % 2 ** 32, 50);
  expect(time.shownSec).toBeCloseTo(100);
  time.shown((CLOCK.rtp + 101.5 * 90_000) % 2 ** 32, 1550);
  expect(time.shownSec).toBeCloseTo(101.5);
  expect(time.edgeSec(1750)).toBeCloseTo(101.7);
});

test("shows that have run for days are placed by what the server said", () => {
  const days = 3 * 86_400;
  const time = new ShowTime({ ...CLOCK, mediaSec: days }, 0);
  time.shown((CLOCK.rtp + days * 90_000) % 2 ** 32, 30);
  expect(time.shownSec).toBeCloseTo(days);
});
