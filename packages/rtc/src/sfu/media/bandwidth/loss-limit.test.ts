import { expect, test } from "vitest";
import { LossLimit } from "./loss-limit.ts";

/** Tells of 100 packets each second. @returns when it ended */
function tell(
  limit: LossLimit,
  lostPerSecond: number,
  seconds: number,
  fromMs: number,
  allowedBps = 1_000_000,
): number {
  let nowMs = fromMs;
  for (let step = 0; step < seconds * 10; step++) {
    nowMs += 100;
    const lost = Math.floor(((step + 1) * lostPerSecond) / 10) - Math.floor((step * lostPerSecond) / 10);
    limit.update(10 - lost, lost, allowedBps, nowMs);
  }
  return nowMs;
}

test("a tenth of the packets may be lost without any limit", () => {
  const limit = new LossLimit(50_000);
  tell(limit, 9, 10, 0);
  expect(limit.limitBps).toBe(Infinity);
  expect(limit.lossRatio).toBeCloseTo(0.09, 1);
});

test("a few unlucky packets of a thin stream are no heavy loss", () => {
  const limit = new LossLimit(50_000);
  for (let second = 0; second < 30; second++) {
    const lost = second % 3 === 0 ? 1 : 0;
    limit.update(1 - lost, lost, 1_000_000, second * 1_000);
  }
  expect(limit.limitBps).toBe(Infinity);
});

test("heavy loss lowers what is allowed step by step, but never below the least", () => {
  const limit = new LossLimit(50_000);
  const nowMs = tell(limit, 30, 2, 0);
  const after = limit.limitBps;
  expect(after).toBeLessThan(850_000);
  tell(limit, 30, 60, nowMs);
  expect(limit.limitBps).toBe(50_000);
});

test("without loss it rises fast, with mild loss slowly, and at once to what a probe has shown", () => {
  const limit = new LossLimit(50_000);
  let nowMs = tell(limit, 30, 60, 0);
  nowMs = tell(limit, 5, 10, nowMs);
  expect(limit.limitBps).toBeGreaterThan(80_000);
  expect(limit.limitBps).toBeLessThan(140_000);
  nowMs = tell(limit, 0, 10, nowMs);
  expect(limit.limitBps).toBeGreaterThan(250_000);
  limit.raise(900_000);
  expect(limit.limitBps).toBe(900_000);
});
