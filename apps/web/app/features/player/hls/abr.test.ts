import { expect, test } from "vitest";
import { type AbrInput, Throughput, chooseLevel } from "./abr.ts";
import type { Level } from "./levels.ts";

const level = (heightPx: number, kbps: number): Level => ({
  url: `${heightPx}`,
  heightPx,
  bitrateBps: kbps * 1000,
  frameRate: 30,
});
const FIVE = [level(360, 800), level(480, 1500), level(720, 2500), level(1080, 4500), level(2160, 12_000)];
const TWO = [level(360, 800), level(720, 3000)];
const CALM: AbrInput = {
  levels: FIVE,
  current: 2,
  throughputBps: 20_000_000,
  shownHeightPx: 2160,
  tooHeavyFrom: Number.POSITIVE_INFINITY,
  calmMs: 60_000,
  nowTrouble: false,
};

test.each<[string, Partial<AbrInput>, number]>([
  ["the first choice keeps to a careful guess", { current: -1, throughputBps: undefined }, 2],
  ["the first choice follows what the line gave before", { current: -1, throughputBps: 1_500_000 }, 0],
  ["a fast line climbs one step at a time", {}, 3],
  ["not so soon after trouble", { calmMs: 2000 }, 2],
  ["not onto a level that the line hardly carries", { throughputBps: 5_000_000 }, 2],
  ["a slow line goes down as far as it must", { current: 3, throughputBps: 2_000_000 }, 0],
  ["a line that just carries it is kept", { current: 2, throughputBps: 3_000_000 }, 2],
  ["never larger than the player", { current: 4, shownHeightPx: 720 }, 2],
  ["a little scaling up is not worth the next level", { current: 2, shownHeightPx: 800 }, 2],
  ["a level whose frames are dropped is left", { current: 3, tooHeavyFrom: 3 }, 2],
  ["two rungs: up", { levels: TWO, current: 0 }, 1],
  ["two rungs: down", { levels: TWO, current: 1, throughputBps: 2_000_000 }, 0],
  ["one rung", { levels: [level(720, 3000)], current: 0, throughputBps: 100_000 }, 0],
  ["none", { levels: [], current: -1 }, -1],
])("%s", (_, change, chosen) => {
  expect(chooseLevel({ ...CALM, ...change })).toBe(chosen);
});

test("a drop of throughput counts at once, a burst does not, and crumbs say nothing", () => {
  const line = new Throughput();
  line.add(500, 0.5);
  expect(line.bps).toBeUndefined();
  for (let part = 0; part < 30; part += 1) line.add(125_000, 0.2);
  expect(line.bps).toBeCloseTo(5_000_000, -3);
  line.add(1_250_000, 0.1);
  expect(line.bps).toBeLessThan(8_000_000);
  for (let part = 0; part < 3; part += 1) line.add(125_000, 1);
  expect(line.bps).toBeLessThan(4_000_000);
});
