import { expect, test } from "vitest";
import type { WantedQuality } from "./types.ts";
import { WantedQualityGate } from "./wanted-quality.ts";

function open() {
  const told: WantedQuality[] = [];
  return { told, gate: new WantedQualityGate((wanted) => told.push(wanted), 0) };
}

test("a publication that nobody watches is switched off after the delay", () => {
  const { told, gate } = open();
  gate.set("off", 100);
  gate.tick(4_999);
  expect(told).toEqual([]);
  gate.tick(5_000);
  gate.tick(20_000);
  expect(told).toEqual(["off"]);
});

test("the first wish switches everything on, whatever it is, and then goes down to it", () => {
  const { told, gate } = open();
  gate.set(0, 100);
  gate.tick(100);
  expect(told).toEqual([2]);
  gate.set(0, 5_000);
  gate.tick(5_100);
  expect(told).toEqual([2, 0]);
});

test("a better wish is told at once, also after off", () => {
  const { told, gate } = open();
  gate.tick(5_000);
  gate.set(1, 6_000);
  gate.set(2, 6_001);
  expect(told).toEqual(["off", 1, 2]);
});

test("a wish that comes back in time changes nothing", () => {
  const { told, gate } = open();
  gate.set(2, 0);
  gate.set(0, 1_000);
  gate.set(2, 5_000);
  gate.tick(6_000);
  gate.set(1, 6_000);
  gate.tick(10_999);
  expect(told).toEqual([2]);
  gate.tick(11_000);
  expect(told).toEqual([2, 1]);
});
