import { expect, test } from "vitest";
import { ON_TOP, lowered, onCalm, onTrouble, within } from "./latency-ladder.ts";

test("a broadcast's ceiling limits the viewer's choice", () => {
  expect([within("lowest", "lowest"), within("lowest", "balanced"), within("stable", "lowest")]).toEqual([
    "lowest",
    "balanced",
    "stable",
  ]);
});

test("trouble goes one step down, calm one step up", () => {
  const down = onTrouble(ON_TOP, 1000, 2);
  expect(lowered("lowest", down.stepsDown)).toBe("balanced");
  expect(onCalm(down, 15_999)).toBe(down);
  expect(onCalm(down, 16_000).stepsDown).toBe(0);
});

test("never below the last mode", () => {
  const twice = onTrouble(onTrouble(ON_TOP, 1000, 1), 2000, 1);
  expect(twice.stepsDown).toBe(1);
  expect(lowered("stable", 2)).toBe("stable");
});

test("a climb that was too early doubles the patience", () => {
  const up = onCalm(onTrouble(ON_TOP, 0, 2), 15_000);
  const again = onTrouble(up, 20_000, 2);
  expect(onCalm(again, 35_000 + 14_999)).toBe(again);
  expect(onCalm(again, 50_000).stepsDown).toBe(0);
});

test("trouble long after a climb does not", () => {
  const up = onCalm(onTrouble(ON_TOP, 0, 2), 15_000);
  expect(onTrouble(up, 100_000, 2).calmMs).toBe(15_000);
});
