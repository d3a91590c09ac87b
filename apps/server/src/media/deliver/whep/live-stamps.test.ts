import { expect, test } from "vitest";
import { LiveStamps, soundLateMs } from "./live-stamps.ts";

const FRAME = 3_000;
const at = (n: number, lagMs = 0) => ({ ticks: n * FRAME, lagMs });

test("live pictures keep their times", () => {
  const stamps = new LiveStamps();
  const times = [0, 1, 2].map((n) => stamps.stamp(at(n), { ticks: n * FRAME, atMs: n * 33 }, n * 33 + 2));
  expect(times).toEqual([0, FRAME, 2 * FRAME]);
});

test("a GOP that is sent in a fifth of a second lies in that fifth of a second, just before live", () => {
  const stamps = new LiveStamps();
  const live = { ticks: 60 * FRAME, atMs: 1000 };
  const times = Array.from({ length: 60 }, (_, n) => stamps.stamp(at(n), live, 1000 + n * 3));
  expect(times[0]).toBe(live.ticks - 3_600);
  expect((times[50] ?? 0) - (times[0] ?? 0)).toBe(150 * 90);
  for (const [n, time] of times.entries()) if (n > 0) expect(time).toBeGreaterThan(times[n - 1] ?? 0);
  // What comes live meanwhile goes on with its own time.
  const next = { ticks: 68 * FRAME, atMs: 1267 };
  expect(stamps.stamp(at(68), next, 1268)).toBe(next.ticks);
});

test("times never stand still, whatever is sent again", () => {
  const stamps = new LiveStamps();
  const live = { ticks: 100 * FRAME, atMs: 0 };
  expect(stamps.stamp(at(100), live, 0)).toBe(live.ticks);
  expect(stamps.stamp(at(90), live, 0)).toBe(live.ticks + 1);
  expect(stamps.stamp(at(91), live, 1)).toBe(live.ticks + 2);
});

test("pictures that are encoded anew are late by as much as that takes, and keep their times", () => {
  const stamps = new LiveStamps();
  const live = { ticks: 100 * FRAME, atMs: 0 };
  expect(stamps.stamp(at(60, 200), live, 0)).toBe(100 * FRAME - 240 * 90);
  expect(stamps.stamp(at(94, 200), live, 10)).toBe(94 * FRAME);
});

test("a sound is late by what has passed since its picture came", () => {
  const live = { ticks: 90_000, atMs: 500 };
  expect(soundLateMs(1, live, 500)).toBe(0);
  expect(soundLateMs(0.75, live, 530)).toBe(280);
  expect(soundLateMs(1.02, live, 510)).toBe(-10);
});
