import { LATENCY_EDGES_MS } from "@rostrum/contract/analytics";
import { expect, test } from "vitest";
import { durationBin, durationQuantile, latencyBin, latencyShares } from "./bins.ts";

test.each([
  [0, 0],
  [499, 0],
  [500, 1],
  [2_999, 3],
  [29_999, 6],
  [30_000, 7],
  [86_400_000, 7],
])("a latency of %i ms lies in bin %i", (ms, bin) => {
  expect(latencyBin(ms)).toBe(bin);
});

test("shares of latency name their ends; without counts there are none", () => {
  const counts = [1, 3, 0, 0, 0, 0, 0, 0];
  const shares = latencyShares(counts);
  expect(shares).toHaveLength(LATENCY_EDGES_MS.length + 1);
  expect(shares.slice(0, 2)).toEqual([
    { fromMs: 0, toMs: 500, share: 0.25 },
    { fromMs: 500, toMs: 1000, share: 0.75 },
  ]);
  expect(shares.at(-1)).toEqual({ fromMs: 30_000, toMs: null, share: 0 });
  expect(latencyShares(counts.map(() => 0))).toEqual([]);
});

test("quantiles of durations are right to 5 %", () => {
  const durations = Array.from({ length: 1000 }, (_, index) => 100 + index * 4);
  const counts = new Map<number, number>();
  for (const ms of durations) counts.set(durationBin(ms), (counts.get(durationBin(ms)) ?? 0) + 1);
  for (const q of [0.05, 0.5, 0.95, 1]) {
    const exact = durations[Math.ceil(q * durations.length) - 1] ?? 0;
    expect(Math.abs((durationQuantile(counts, q) ?? 0) - exact) / exact).toBeLessThan(0.05);
  }
  expect(durationQuantile(new Map(), 0.5)).toBe(null);
  expect([durationBin(0), durationBin(10)]).toEqual([0, 0]);
});
