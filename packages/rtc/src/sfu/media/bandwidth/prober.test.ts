import { expect, test } from "vitest";
import { BandwidthEstimator } from "./estimator.ts";
import { Prober } from "./prober.ts";

/** A link without feedback of trains: only what `remb` says is believed. */
function open() {
  const estimator = new BandwidthEstimator({ startBps: 300_000, minBps: 50_000, maxBps: 10_000_000 });
  estimator.remb(300_000, 0);
  return { estimator, prober: new Prober(estimator) };
}

/** Ticks each 20 ms; pads as it is told. @returns when trains began */
function run(prober: Prober, wish: { neededBps: number; canPad: boolean }, fromMs: number, toMs: number): number[] {
  const began: number[] = [];
  for (let nowMs = fromMs; nowMs < toMs; nowMs += 20) {
    const before = prober.active;
    prober.tick(wish, nowMs);
    if (!before && prober.active) began.push(nowMs);
    prober.padded(prober.dueBytes(nowMs));
  }
  return began;
}

test("nothing is sent while nothing more is wanted, or before the link is known", () => {
  const { prober } = open();
  expect(run(prober, { neededBps: 0, canPad: true }, 10_000, 20_000)).toEqual([]);
  const unknown = new Prober(new BandwidthEstimator());
  expect(run(unknown, { neededBps: 5_000_000, canPad: true }, 10_000, 20_000)).toEqual([]);
});

test("a train lasts 400 ms at the rate that is needed, and a vain one is repeated ever more seldom", () => {
  const { prober } = open();
  const began = run(prober, { neededBps: 600_000, canPad: true }, 10_000, 70_000);
  const gaps = began.slice(1).map((atMs, index) => atMs - began[index]!);
  expect(began[0]).toBe(11_000);
  expect(gaps[0]).toBeGreaterThan(4_000);
  expect(gaps[1]).toBeGreaterThan(gaps[0]!);
  expect(Math.max(...gaps)).toBeLessThan(11_000);
  let bytes = 0;
  const again = open().prober;
  for (let nowMs = 10_000; nowMs < 12_000; nowMs += 20) {
    again.tick({ neededBps: 600_000, canPad: true }, nowMs);
    const due = again.dueBytes(nowMs);
    again.padded(due);
    bytes += due;
  }
  expect(bytes).toBeGreaterThan(25_000);
  expect(bytes).toBeLessThan(35_000);
});

test("when the link has grown the next train follows soon", () => {
  const { prober, estimator } = open();
  run(prober, { neededBps: 2_000_000, canPad: true }, 10_000, 11_500);
  estimator.remb(900_000, 11_600);
  const began = run(prober, { neededBps: 2_000_000, canPad: true }, 11_600, 13_500);
  expect(began.length).toBe(1);
});

test("without padding it is tried with media, and given up when the estimate falls", () => {
  const { prober, estimator } = open();
  const wish = { neededBps: 600_000, canPad: false };
  prober.tick(wish, 10_000);
  prober.tick(wish, 11_000);
  expect(estimator.estimateBps).toBe(600_000);
  estimator.remb(250_000, 12_000);
  run(prober, wish, 12_000, 16_500);
  expect(estimator.estimateBps).toBe(250_000);
  run(prober, wish, 16_500, 25_000);
  expect(estimator.estimateBps).toBe(600_000);
});

/** Feedback of packets 20 ms apart, of which the last ones wait ever longer or every other one is lost. @returns when it ended */
function strain(estimator: BandwidthEstimator, fromMs: number, { lost = false } = {}): number {
  let nowMs = fromMs;
  for (let i = 0; i < 60; i++, nowMs += 20) {
    const sequence = estimator.sending(1_000, nowMs);
    if (lost && i % 2 === 0) estimator.lost(sequence);
    else estimator.arrived(sequence, nowMs + (lost ? 0 : Math.max(0, i - 50) * 20));
    estimator.endFeedback(nowMs);
  }
  return nowMs;
}

test("no train begins that would be cut at once", () => {
  const { prober, estimator } = open();
  const wish = { neededBps: 600_000, canPad: true };
  run(prober, wish, 10_000, 10_500);
  const nowMs = strain(estimator, 10_500);
  expect([estimator.straining, estimator.overusing]).toEqual([true, false]);
  expect(run(prober, wish, nowMs, nowMs + 500)).toEqual([]);
});

test.each([false, true])("what was told before nothing was sent any more holds nothing back, loss: %s", (lost) => {
  const { prober, estimator } = open();
  const wish = { neededBps: 600_000, canPad: true };
  const nowMs = strain(estimator, 10_500, { lost });
  expect([estimator.straining, estimator.lossRatio > 0.1]).toEqual([!lost, lost]);
  const began = run(prober, wish, nowMs, nowMs + 6_000);
  expect(began.length).toBeGreaterThan(0);
});

test("a train reaches the rate that is needed, however high, in ticks of 20 ms", () => {
  const { prober, estimator } = open();
  estimator.remb(2_000_000, 100);
  let bytes = 0;
  for (let nowMs = 10_000; nowMs < 12_000; nowMs += 20) {
    prober.tick({ neededBps: 3_000_000, canPad: true }, nowMs);
    const due = prober.dueBytes(nowMs);
    prober.padded(due);
    bytes += due;
  }
  expect((bytes * 8) / 0.4).toBeGreaterThan(3_000_000);
});
