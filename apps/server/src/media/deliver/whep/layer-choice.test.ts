import { expect, test } from "vitest";
import { type Layer, LayerChoice, SOURCE } from "./layer-choice.ts";

const LAYERS: readonly Layer[] = [
  { name: SOURCE, bps: 4_000_000 },
  { name: "v1", bps: 1_500_000 },
  { name: "v2", bps: 800_000 },
];

/** What is sent in each second over a line of `carriesBps`, which tells 1.5 times of what it gets at most. */
function sentOver(carriesBps: (sec: number) => number, seconds: number): string[] {
  const choice = new LayerChoice(0);
  let name = SOURCE;
  return Array.from({ length: seconds }, (_, index) => {
    const sec = index + 1;
    const bps = LAYERS.find((layer) => layer.name === name)?.bps ?? 0;
    const lossFraction = Math.max(0, 1 - carriesBps(sec) / bps);
    const estimateBps = Math.min(carriesBps(sec), 1.5 * bps);
    name = choice.next({ lossFraction, estimateBps }, LAYERS, sec * 1000);
    return name;
  });
}

test("a good line is sent the source", () => {
  expect(new Set(sentOver(() => 10_000_000, 60))).toEqual(new Set([SOURCE]));
});

test("a narrow line goes down step by step, and back when it is wide again", () => {
  const sent = sentOver((sec) => (sec > 10 && sec < 40 ? 1_000_000 : 10_000_000), 80);
  expect(sent[20]).toBe("v2");
  expect(sent.at(-1)).toBe(SOURCE);
});

test("a line that never carries more is tried less and less often", () => {
  const sent = sentOver(() => 1_600_000, 300);
  const climbs = sent.filter((name, index) => name === SOURCE && sent[index - 1] === "v1").length;
  expect(climbs).toBeGreaterThan(1);
  expect(climbs).toBeLessThan(7);
});

test("a rung that went away is left for the source", () => {
  const choice = new LayerChoice(0);
  const bad = { lossFraction: 0.3, estimateBps: undefined };
  for (let sec = 1; sec < 8; sec += 1) choice.next(bad, LAYERS, sec * 1000);
  expect(choice.next({ lossFraction: 0, estimateBps: undefined }, LAYERS.slice(0, 1), 9000)).toBe(SOURCE);
});
