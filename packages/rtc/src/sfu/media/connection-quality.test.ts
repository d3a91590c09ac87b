import { expect, test } from "vitest";
import { ConnectionQualityMeter, scoreOf, type TrackSample } from "./connection-quality.ts";

const GOOD: TrackSample = { kind: "video", lossRatio: 0, roundTripMs: 50, layersMissed: 0, paused: false };

test.each([
  ["a clean track", {}, 100],
  ["five percent of a picture", { lossRatio: 0.05 }, 80],
  ["five percent of a sound", { lossRatio: 0.05, kind: "audio" as const }, 85],
  ["one layer less than wanted", { layersMissed: 1 }, 75],
  ["half a second of round trip", { roundTripMs: 450 }, 80],
  ["paused", { paused: true }, 20],
  ["everything lost", { lossRatio: 1 }, 0],
])("%s", (_, change, score) => {
  expect(scoreOf({ ...GOOD, ...change })).toBeCloseTo(score);
});

test("the worst track decides, falling is quick and rising takes some intervals", () => {
  const meter = new ConnectionQualityMeter();
  const bad = { ...GOOD, lossRatio: 0.4 };
  expect(meter.update([])).toBe("excellent");
  expect(meter.update([GOOD, bad])).toBe("poor");
  const grades = Array.from({ length: 5 }, () => meter.update([GOOD]));
  expect(grades).toEqual(["good", "good", "excellent", "excellent", "excellent"]);
});
