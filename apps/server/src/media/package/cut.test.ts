import { expect, test } from "vitest";
import { cutBefore } from "./cut.ts";
import { cutTargets, makePromises } from "./targets.ts";

/** 90 kHz, 30 frames a second: parts of 10 frames, segments of 2 s, at most 4.4 s. */
const targets = { minPartTicks: 25_500, partTicks: 30_000, segmentTicks: 165_000, maxSegmentTicks: 396_000 };

test.each([
  ["an empty part is never closed", true, 0, 0, 3_000, "hold"],
  ["a part is filled to its target", false, 27_000, 90_000, 3_000, "hold"],
  ["a part closes before the sample that would pass its target", false, 30_000, 90_000, 3_000, "part"],
  ["a key frame after the segment target starts a segment", true, 15_000, 180_000, 3_000, "segment"],
  ["a key frame that is a moment early does so too", true, 27_000, 177_000, 3_000, "segment"],
  ["an early key frame starts no segment", true, 15_000, 90_000, 3_000, "hold"],
  ["but a part, when the open one is long enough", true, 27_000, 90_000, 3_000, "part"],
  ["a late key frame never breaks the target duration", false, 9_000, 396_000, 3_000, "segment"],
  ["a sample longer than a part gets its own", false, 3_000, 3_000, 45_000, "part"],
])("%s", (_, keyframe, partTicks, segmentTicks, duration, expected) => {
  expect(cutBefore({ duration }, keyframe, { partTicks, segmentTicks }, targets)).toBe(expected);
});

test.each([
  ["333 ms takes whole frames of 30 fps and AAC", 333, [1000 / 30, 1024 / 48], 0.334],
  ["of 29.97 fps", 333, [1001 / 30, 1024 / 44.1], 0.334],
  ["of 23.976 fps", 333, [1001 / 24], 0.334],
  ["of 25 fps", 333, [40], 0.334],
  ["of 60 fps", 333, [1000 / 60], 0.334],
  ["a few frames a second need longer parts", 333, [200, 1024 / 48], 0.401],
  ["200 ms of 24 fps do not fill a part with 4 frames", 200, [1000 / 24], 0.209],
  ["one picture a second", 333, [1000], 1.001],
  ["without any track it is the wished one", 500, [], 0.501],
])("part target: %s", (_, partTargetMs, frameMs, expected) => {
  expect(makePromises({ partTargetMs, segmentTargetMs: 2000 }, frameMs).partTargetSec).toBe(expected);
});

test("whole frames fill 85 % of the part target at every common rate", () => {
  for (const partTargetMs of [200, 250, 333, 500, 1000]) {
    for (const fps of [60, 59.94, 50, 48, 30, 29.97, 25, 24, 23.976, 20, 15, 12.5, 12, 10, 8, 7.5, 5]) {
      const { partTargetSec } = makePromises({ partTargetMs, segmentTargetMs: 2000 }, [1000 / fps, 1024 / 48]);
      const filledSec = Math.floor(partTargetSec * fps) / fps;
      expect(filledSec / partTargetSec, `${partTargetMs} ms at ${fps} fps`).toBeGreaterThanOrEqual(0.85);
    }
  }
});

test("bounds follow from the promises", () => {
  const promises = { partTargetSec: 0.334, targetDurationSec: 4 };
  const wishes = { partTargetMs: 333, segmentTargetMs: 2000 };
  expect(cutTargets(promises, wishes, { kind: "video", timescale: 90_000 })).toEqual({
    minPartTicks: 25_551,
    partTicks: 30_060,
    segmentTicks: 164_970,
    maxSegmentTicks: 396_000,
  });
});
