import type { SourceHealth } from "@rostrum/contract/health";
import { expect, test } from "vitest";
import { bitrateFall } from "./bitrate-fall.ts";

const sourceOf = (videoBitrateBps: number | null, connectedAt = "2026-01-01T20:00:00.000Z"): SourceHealth => ({
  ...{ kind: "primary", protocol: "rtmp", connectedAt, encoder: null, videoCodec: "avc1.640028", audioCodec: null },
  ...{ widthPx: 1280, heightPx: 720, fps: 30, videoBitrateBps, audioBitrateBps: null, keyframeIntervalSec: 2 },
  ...{ bFrames: false, audioSampleRateHz: null, audioChannels: null, droppedSamples: 0, avOffsetMs: null },
});
const at = (index: number): string => new Date(Date.UTC(2026, 0, 1, 20, 14) + index * 5000).toISOString();
const samplesOf = (rates: readonly (number | null)[]) =>
  rates.map((bps, index) => ({ at: at(index), source: sourceOf(bps) }));
const steady = Array.from({ length: 12 }, () => 2_900_000);

test("a fall is told with when it began and what was usual", () => {
  expect(bitrateFall(samplesOf([...steady, 1_000_000, 950_000]), sourceOf(900_000), at(14))).toEqual({
    at: at(12),
    fromBps: 2_900_000,
    toBps: 900_000,
  });
  expect(bitrateFall(samplesOf(steady), sourceOf(900_000), at(12))).toMatchObject({ at: at(12) });
});

test.each<[string, readonly (number | null)[], number | null]>([
  ["what is somewhat lower", steady, 1_500_000],
  ["what has come back", [...steady, 900_000], 2_800_000],
  ["what has been low for long", [...steady, ...Array.from({ length: 24 }, () => 900_000)], 900_000],
  ["what has only just begun", steady.slice(0, 3), 900_000],
  ["what has stopped, which is said otherwise", steady, 0],
  ["what nobody knows", steady, null],
])("%s is no fall", (_, rates, now) => {
  expect(bitrateFall(samplesOf(rates), sourceOf(now), at(99))).toBe(null);
});

test("another connection, the slate and no source are not compared", () => {
  const samples = samplesOf(steady);
  expect(bitrateFall(samples, sourceOf(900_000, "2026-01-01T20:14:59.000Z"), at(12))).toBe(null);
  expect(bitrateFall(samples, { ...sourceOf(900_000), kind: "slate" }, at(12))).toBe(null);
  expect(bitrateFall(samples, null, at(12))).toBe(null);
});
