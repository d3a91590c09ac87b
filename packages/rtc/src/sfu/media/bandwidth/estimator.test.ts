import { expect, test } from "vitest";
import { randomFrom, SimLink, Simulation, type LinkLimits } from "../testing/simulation.ts";
import { BandwidthEstimator, type EstimatorOptions } from "./estimator.ts";

const OPTIONS: EstimatorOptions = { startBps: 1_000_000, minBps: 50_000, maxBps: 20_000_000 };
const PACKET_BYTES = 1_000;
/** The peer's clock is another one than ours. */
const PEER_AHEAD_MS = 5_000_000;

/**
 * A sender that sends what the estimate allows, up to the demand, or a fixed rate whatever it says, and a receiver that tells each 100 ms what came.
 * @param busyMs how long the receiver's machine does something else before it reads the next packets
 */
function open(
  limits: Partial<LinkLimits>,
  demand: { bps: number } | number,
  { busyMs = () => 0, packetBytes = PACKET_BYTES }: { busyMs?: () => number; packetBytes?: number } = {},
) {
  const simulation = new Simulation();
  const estimator = new BandwidthEstimator(OPTIONS);
  const arrivals = new Map<number, number>();
  let next = 0;
  let told = 0;
  let awakeAtMs = 0;
  const link = new SimLink(
    simulation,
    (packet) => {
      if (simulation.nowMs >= awakeAtMs) awakeAtMs = simulation.nowMs + busyMs();
      simulation.at(awakeAtMs, () => {
        arrivals.set(new DataView(packet.buffer).getUint32(0), simulation.nowMs + PEER_AHEAD_MS);
      });
    },
    limits,
  );
  let debt = 0;
  simulation.every(5, () => {
    const bps = typeof demand === "number" ? demand : Math.min(demand.bps, estimator.estimateBps);
    debt += (bps * 5) / 8_000;
    for (; debt >= packetBytes; debt -= packetBytes) {
      const packet = new Uint8Array(packetBytes);
      new DataView(packet.buffer).setUint32(0, next++);
      estimator.sending(packetBytes, simulation.nowMs);
      link.send(packet);
    }
  });
  simulation.every(100, () => {
    const newest = Math.max(told - 1, ...arrivals.keys());
    for (; told <= newest; told++) {
      const atMs = arrivals.get(told);
      arrivals.delete(told);
      if (atMs === undefined) estimator.lost(told & 0xffff);
      else estimator.arrived(told & 0xffff, atMs);
    }
    const { nowMs } = simulation;
    simulation.at(nowMs + 20, () => {
      estimator.endFeedback(simulation.nowMs);
    });
  });
  return { simulation, estimator, link };
}

test("a wide link is not narrowed, and grows only with what is sent", () => {
  const demand = { bps: 800_000 };
  const { simulation, estimator } = open({}, demand);
  simulation.runFor(20_000);
  expect(estimator.estimateBps).toBeGreaterThan(1_000_000);
  expect(estimator.estimateBps).toBeLessThan(1_400_000);
  demand.bps = Infinity;
  simulation.runFor(20_000);
  expect(estimator.estimateBps).toBeGreaterThan(2_500_000);
});

test("a queue is noticed, and the rate settles below what the link carries", () => {
  const { simulation, estimator, link } = open({ bps: 500_000, queueBytes: 60_000 }, { bps: Infinity });
  simulation.runFor(10_000);
  const lostBefore = link.dropped;
  const estimates: number[] = [];
  for (let second = 0; second < 20; second++) {
    simulation.runFor(1_000);
    estimates.push(estimator.estimateBps);
  }
  expect(Math.max(...estimates)).toBeLessThan(650_000);
  expect(estimates.reduce((sum, bps) => sum + bps) / estimates.length).toBeGreaterThan(300_000);
  expect(link.dropped - lostBefore).toBeLessThan(20);
});

test.each([1_000_000, 2_000_000, 4_000_000])("a link of %d b/s whose queue holds only 40 ms is noticed, too", (bps) => {
  const { simulation, estimator, link } = open({ bps, queueBytes: (bps * 40) / 8_000 }, { bps: Infinity });
  simulation.runFor(30_000);
  const before = { sent: link.sent, dropped: link.dropped };
  simulation.runFor(30_000);
  expect((link.dropped - before.dropped) / (link.sent - before.sent)).toBeLessThan(0.01);
  expect(estimator.estimateBps).toBeGreaterThan(bps * 0.8);
});

test.each([
  ["by its queue", 400],
  ["by loss", 4],
])("a link that proves narrow %s while more is sent than it is taken for is taken for what arrives", (_, queueMs) => {
  const { simulation, estimator } = open({ bps: 4_000_000, queueBytes: (4_000_000 * queueMs) / 8_000 }, 6_000_000);
  while (!estimator.isProven) simulation.runFor(100);
  expect(estimator.estimateBps).toBeGreaterThan(2_800_000);
  expect(estimator.estimateBps).toBeLessThan(4_400_000);
});

test("a link that becomes narrow is followed within two seconds", () => {
  const { simulation, estimator, link } = open({}, { bps: 900_000 });
  simulation.runFor(5_000);
  Object.assign(link.limits, { bps: 400_000, queueBytes: 60_000 });
  simulation.runFor(2_000);
  expect(estimator.estimateBps).toBeLessThan(450_000);
});

test.each([10, 50, 200])("a machine that reads its packets %d ms late on average is no narrow link", (meanMs) => {
  const random = randomFrom(7);
  const busyMs = (): number => -meanMs * Math.log(1 - random());
  const { simulation, estimator } = open({}, { bps: 900_000 }, { busyMs, packetBytes: 200 });
  for (let second = 0; second < 60; second++) {
    simulation.runFor(1_000);
    expect(estimator.estimateBps).toBeGreaterThan(900_000);
  }
});

test("a thin stream to a machine that reads late is no narrow link either", () => {
  const random = randomFrom(3);
  const { simulation, estimator } = open({}, { bps: 40_000 }, { busyMs: () => -60 * Math.log(1 - random()) });
  for (let second = 0; second < 120; second++) {
    simulation.runFor(1_000);
    expect(estimator.estimateBps).toBeGreaterThanOrEqual(OPTIONS.startBps);
  }
});

test("a narrow link is noticed behind a machine that reads late, too", () => {
  const random = randomFrom(5);
  const late = { busyMs: () => -40 * Math.log(1 - random()) };
  const { simulation, estimator, link } = open({ bps: 500_000, queueBytes: 60_000 }, { bps: Infinity }, late);
  simulation.runFor(15_000);
  const lostBefore = link.dropped;
  const estimates: number[] = [];
  for (let second = 0; second < 30; second++) {
    simulation.runFor(1_000);
    estimates.push(estimator.estimateBps);
  }
  expect(Math.max(...estimates)).toBeLessThan(650_000);
  expect(estimates.reduce((sum, bps) => sum + bps) / estimates.length).toBeGreaterThan(300_000);
  expect(link.dropped - lostBefore).toBeLessThan(20);
});

test("five percent of random loss is no congestion, a third of all packets is", () => {
  const { simulation, estimator, link } = open({ loss: 0.05 }, { bps: 800_000 });
  simulation.runFor(15_000);
  expect(estimator.estimateBps).toBeGreaterThan(900_000);
  link.limits.loss = 0.33;
  simulation.runFor(4_000);
  expect(estimator.estimateBps).toBeLessThan(500_000);
  link.limits.loss = 0.05;
  simulation.runFor(30_000);
  expect(estimator.estimateBps).toBeGreaterThan(600_000);
});

test("a train of packets that got through raises the estimate at once", () => {
  const demand = { bps: 300_000 };
  const { simulation, estimator, link } = open({}, demand);
  simulation.runFor(5_000);
  const before = estimator.estimateBps;
  estimator.beginProbe(simulation.nowMs, simulation.nowMs + 400);
  estimator.attempt(3_000_000);
  demand.bps = 3_000_000;
  simulation.runFor(400);
  demand.bps = 300_000;
  simulation.runFor(300);
  expect(estimator.endProbe()).toBeGreaterThan(2_000_000);
  expect(estimator.estimateBps).toBeGreaterThan(before * 1.5);
  expect(link.dropped).toBe(0);
});

test("REMB is followed while no transport-wide feedback comes", () => {
  const estimator = new BandwidthEstimator(OPTIONS);
  expect(estimator.known).toBe(false);
  estimator.remb(700_000, 1_000);
  expect([estimator.known, estimator.estimateBps]).toEqual([true, 700_000]);
  estimator.remb(10, 2_000);
  expect(estimator.estimateBps).toBe(50_000);
  estimator.remb(2_000_000, 3_000);
  estimator.arrived(estimator.sending(1_000, 3_000), 9_000);
  estimator.endFeedback(3_100);
  estimator.remb(100_000, 3_200);
  expect(estimator.estimateBps).toBe(2_000_000);
  estimator.remb(100_000, 9_000);
  expect(estimator.estimateBps).toBe(100_000);
});

test("reports of loss alone lower the rate and let it rise again", () => {
  const estimator = new BandwidthEstimator(OPTIONS);
  let nowMs = 0;
  const report = (lost: number): void => {
    for (let i = 0; i < 100; i++) estimator.sendingUncounted(1_000, (nowMs += 10));
    estimator.reportedLoss(100 - lost, lost, nowMs);
  };
  for (let i = 0; i < 5; i++) report(30);
  const low = estimator.estimateBps;
  expect(low).toBeLessThan(700_000);
  for (let i = 0; i < 5; i++) report(0);
  expect(estimator.estimateBps).toBeGreaterThan(low * 1.2);
});

test("numbers that were never sent, sent long ago or told twice change nothing", () => {
  const estimator = new BandwidthEstimator(OPTIONS);
  for (let i = 0; i < 3_000; i++) estimator.sending(1_000, i);
  estimator.arrived(5_000, 10);
  estimator.arrived(100, 10);
  estimator.lost(60_000);
  estimator.arrived(2_999, 20);
  estimator.arrived(2_999, 30);
  estimator.endFeedback(3_000);
  expect(estimator.estimateBps).toBe(OPTIONS.startBps);
  expect(estimator.lossRatio).toBe(0);
});
