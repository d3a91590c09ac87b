/** Loss and jitter as RFC 3550 counts them. */
import { expect, test } from "vitest";
import { ReceiveStats } from "./receive-stats.ts";

const CLOCK_HZ = 90_000;

/** Packets 20 ms apart that come without any jitter. */
function receive(stats: ReceiveStats, sequences: readonly number[]): string[] {
  return sequences.map((sequence) => stats.update(sequence & 0xffff, (sequence * 1_800) >>> 0, sequence * 20));
}

test("nothing lost over the wrap", () => {
  const stats = new ReceiveStats(CLOCK_HZ);
  expect(new Set(receive(stats, [65_534, 65_535, 65_536, 65_537]))).toEqual(new Set(["fresh"]));
  expect(stats.takeReport(9, 0)).toEqual({
    ssrc: 9,
    fractionLost: 0,
    cumulativeLost: 0,
    extendedHighest: 65_537,
    jitter: 0,
    lastReport: 0,
    delaySinceLastReport: 0,
  });
});

test("the fraction is of the time since the report before, the sum of all", () => {
  const stats = new ReceiveStats(CLOCK_HZ);
  receive(stats, [0, 1, 2, 7]);
  expect(stats.takeReport(1, 0)).toMatchObject({ fractionLost: 128, cumulativeLost: 4, extendedHighest: 7 });
  receive(stats, [8, 9, 10, 12]);
  expect(stats.takeReport(1, 0)).toMatchObject({ fractionLost: 51, cumulativeLost: 5, extendedHighest: 12 });
  expect(stats.takeReport(1, 0)).toMatchObject({ fractionLost: 0, cumulativeLost: 5 });
  expect(stats.received).toBe(8);
  expect(stats.expected).toBe(13);
});

test("late ones and duplicates make the loss smaller, also below zero", () => {
  const stats = new ReceiveStats(CLOCK_HZ);
  expect(receive(stats, [0, 2, 1, 1, 2])).toEqual(["fresh", "fresh", "late", "late", "late"]);
  expect(stats.takeReport(1, 0)).toMatchObject({ fractionLost: 0, cumulativeLost: -2, extendedHighest: 2 });
});

test("before the first packet there is nothing to tell", () => {
  const stats = new ReceiveStats(CLOCK_HZ);
  expect(stats.expected).toBe(0);
  expect(stats.takeReport(1, 0)).toMatchObject({ fractionLost: 0, cumulativeLost: 0, extendedHighest: 0 });
});

test("jitter is a sixteenth of each deviation", () => {
  const stats = new ReceiveStats(CLOCK_HZ);
  stats.update(0, 0, 0);
  // 10 ms late: 900 ticks.
  stats.update(1, 1_800, 30);
  expect(stats.takeReport(1, 0).jitter).toBe(Math.floor(900 / 16));
  expect(stats.jitterMs).toBeCloseTo(10 / 16);
  // A clock that was set is no jitter, and an older packet tells nothing.
  stats.update(2, 3_600, 1_000_000);
  stats.update(1, 1_800, 2_000_000);
  expect(stats.jitterMs).toBeCloseTo(10 / 16);
});

test("timestamps that wrap are no jitter", () => {
  const stats = new ReceiveStats(CLOCK_HZ);
  const base = 1_790_000_000_000;
  for (let i = 0; i < 10; i++) stats.update(i, (0xffff_f000 + i * 1_800) >>> 0, base + i * 20);
  expect(stats.jitterMs).toBe(0);
});

test("a stray is left out; two in a row are a source that began anew", () => {
  const stats = new ReceiveStats(CLOCK_HZ);
  receive(stats, [10, 11]);
  expect(receive(stats, [40_000])).toEqual(["stray"]);
  expect(receive(stats, [12])).toEqual(["fresh"]);
  expect(receive(stats, [5_000, 5_001, 5_002])).toEqual(["stray", "restarted", "fresh"]);
  expect(stats.takeReport(1, 0)).toMatchObject({ fractionLost: 0, cumulativeLost: 0, extendedHighest: 5_002 });
});

test("the delay since the last sender report, in 65536ths", () => {
  const stats = new ReceiveStats(CLOCK_HZ);
  receive(stats, [1]);
  stats.senderReport({ seconds: 0xb44d_b705, fraction: 0x2000_0000 }, 1_000);
  expect(stats.takeReport(1, 6_250)).toMatchObject({ lastReport: 0xb705_2000, delaySinceLastReport: 0x0005_4000 });
});
