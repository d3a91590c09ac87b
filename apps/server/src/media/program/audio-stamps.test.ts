/** Sound that is counted in samples stays near the clock of its source. */
import { expect, test } from "vitest";
import { AudioStamps } from "./audio-stamps.ts";

const FRAME_TICKS = 960;
const RATE_HZ = 48_000;

/** How far stamps are from the source's times, in ms, of `seconds` of 20 ms each. @param shiftMs of the source's clock at a time */
function apartMs(seconds: number, shiftMs: (ms: number) => number): number[] {
  const stamps = new AudioStamps(0, RATE_HZ);
  const apart: number[] = [];
  for (let ms = 0; ms < seconds * 1_000; ms += 20) {
    const mediaMs = 1_000 + ms + shiftMs(ms);
    apart.push(((stamps.place(mediaMs, FRAME_TICKS) ?? Number.NaN) * 1_000) / RATE_HZ - mediaMs);
  }
  return apart;
}

test.each([-30, 30])("a shift of %i ms is worked off, and no more than that", (shift) => {
  const apart = apartMs(10, (ms) => (ms < 1_000 ? 0 : shift));
  expect(apart[50]).toBeCloseTo(-shift);
  const later = apart.slice(250);
  expect(Math.max(...later.map(Math.abs))).toBeLessThan(4);
  expect(Math.min(...apart.map((each) => each * -Math.sign(shift)))).toBeGreaterThan(-1);
});

test("a clock that runs away slowly is followed", () => {
  // 200 parts in a million.
  expect(Math.max(...apartMs(600, (ms) => ms * 0.0002).map(Math.abs))).toBeLessThan(14);
});

test("jitter is not followed", () => {
  const apart = apartMs(20, (ms) => ((ms / 20) % 2 === 0 ? 8 : -8));
  expect(new Set(apart.map((each) => Math.round(each)))).toEqual(new Set([0, 16]));
});
