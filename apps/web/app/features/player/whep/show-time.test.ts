import { expect, test } from "vitest";
import { ShowTime } from "./show-time.ts";

const CLOCK = { rtp: 4_294_000_000, rateHz: 90_000, mediaSec: 100, wallZeroMs: 7 };
/** RTP time of a moment of the show. */
const rtp = (sec: number): number => (CLOCK.rtp + sec * 90_000) % 2 ** 32;

test("a frame's RTP time is its media time, over the wrap", () => {
  const time = new ShowTime();
  time.told(CLOCK, 0);
  expect([time.shownSec(0), time.wallZeroMs]).toEqual([undefined, 7]);
  expect(time.edgeSec(500)).toBe(100.5);
  time.shown(rtp(100), 50);
  expect(time.shownSec(50)).toBeCloseTo(100);
  time.shown(rtp(101.5), 1550);
  expect(time.shownSec(1750)).toBeCloseTo(101.5);
});

test("what is shown before the clock was told has no place, what is shown after it has", () => {
  const time = new ShowTime();
  time.shown(rtp(100), 0);
  expect([time.shownSec(0), time.edgeSec(0), time.wallZeroMs]).toEqual([undefined, undefined, undefined]);
  time.told(CLOCK, 10);
  time.shown(rtp(99.6), 20);
  expect(time.shownSec(20)).toBeCloseTo(99.6);
});

test("live is where the source is, also when what comes of it was encoded for half a second", () => {
  const time = new ShowTime();
  for (let ms = 0; ms <= 20_000; ms += 100) {
    if (ms % 5000 === 0) time.told({ ...CLOCK, mediaSec: 100 + ms / 1000 }, ms);
    time.came(rtp(99.5 + ms / 1000), ms);
  }
  expect(time.edgeSec(20_000)).toBeCloseTo(120);
});

test("live goes on while nothing is shown, as for who has paused", () => {
  const time = new ShowTime();
  time.told(CLOCK, 0);
  time.shown(rtp(100), 0);
  for (let ms = 0; ms <= 15_000; ms += 500) time.came(rtp(100 + ms / 1000), ms);
  expect(time.shownSec(15_000)).toBeCloseTo(100);
  expect(time.edgeSec(15_000)).toBeCloseTo(115);
});

test("where single frames are not told of, time moves on between two looks, and no longer", () => {
  const time = new ShowTime();
  time.told(CLOCK, 0);
  time.shown(rtp(100), 0, 600);
  expect(time.shownSec(500)).toBeCloseTo(100.5);
  expect(time.shownSec(5000)).toBeCloseTo(100.6);
});

test("shows that have run for days are placed by what the server said", () => {
  const days = 3 * 86_400;
  const time = new ShowTime();
  time.told({ ...CLOCK, mediaSec: days }, 0);
  time.shown((CLOCK.rtp + days * 90_000) % 2 ** 32, 30);
  expect(time.shownSec(30)).toBeCloseTo(days);
});
