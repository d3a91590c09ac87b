import type { HealthSample, SourceHealth } from "@rostrum/contract/health";
import { expect, test } from "vitest";
import {
  freshnessOf,
  holeBetween,
  measuredAt,
  mergeSamples,
  metricOf,
  minutesOf,
  seriesOf,
  windowOf,
} from "./series.ts";

const source: SourceHealth = {
  kind: "primary",
  protocol: "rtmp",
  connectedAt: "2026-11-20T18:00:00.000Z",
  encoder: "obs",
  videoCodec: "avc1.64001f",
  audioCodec: "mp4a.40.2",
  widthPx: 1280,
  heightPx: 720,
  fps: 30,
  videoBitrateBps: 2_900_000,
  audioBitrateBps: 100_000,
  keyframeIntervalSec: 2,
  bFrames: false,
  audioSampleRateHz: 48_000,
  audioChannels: 2,
  droppedSamples: 0,
  avOffsetMs: 3,
};

const sample = (second: number, change: Partial<SourceHealth> | null = {}): HealthSample => ({
  at: new Date(Date.UTC(2026, 10, 20, 18, 0, second)).toISOString(),
  state: "live",
  level: "healthy",
  source: change === null ? null : { ...source, ...change },
  notes: [],
  viewers: 0,
  joinMsP50: null,
  latencyMsP50: null,
  stallRatio: null,
  mediaTimeMs: null,
});

const BEGIN_SEC = Date.UTC(2026, 10, 20, 18) / 1000;

test("without a source, with the slate, or without figures a value is unknown and not zero", () => {
  expect(metricOf(sample(0, null), "bitrate")).toBe(null);
  expect(metricOf(sample(0, { kind: "slate" }), "fps")).toBe(null);
  expect(metricOf(sample(0, { videoBitrateBps: null, audioBitrateBps: null }), "bitrate")).toBe(null);
  expect(metricOf(sample(0, { videoBitrateBps: null }), "bitrate")).toBe(0.1);
  expect(metricOf(sample(0), "bitrate")).toBe(3);
});

test("the line is broken where samples are missing, and keeps to its window", () => {
  const samples = [sample(0), sample(5, { fps: 29 }), sample(40), sample(45, null)];
  expect(seriesOf(samples, "fps", 40)).toEqual({
    x: [5, 6, 40, 45].map((second) => BEGIN_SEC + second),
    y: [29, null, 30, null],
  });
  expect(seriesOf([], "fps", 40)).toEqual({ x: [], y: [] });
});

test("samples that came twice or out of order are drawn once", () => {
  expect(seriesOf([sample(5), sample(5), sample(0), sample(10)], "fps", 60).x).toEqual([BEGIN_SEC + 5, BEGIN_SEC + 10]);
});

test("a table has one row a minute, newest first", () => {
  const samples = [sample(50, { fps: 20 }), sample(55, { fps: 30 }), sample(60, { fps: null })];
  expect(minutesOf(seriesOf(samples, "fps", 600))).toEqual([
    { at: (BEGIN_SEC + 60) * 1000, average: null, lowest: null, highest: null },
    { at: BEGIN_SEC * 1000, average: 25, lowest: 20, highest: 30 },
  ]);
});

test("new samples join the known ones, doubles and what is older than an hour go", () => {
  const at = (samples: readonly HealthSample[]) => samples.map((each) => Date.parse(each.at) / 1000 - BEGIN_SEC);
  expect(at(mergeSamples([sample(0), sample(5)], [sample(5), sample(10)]))).toEqual([0, 5, 10]);
  expect(at(mergeSamples([sample(0)], []))).toEqual([0]);
  expect(at(mergeSamples([sample(0), sample(30)], [sample(3610)]))).toEqual([30, 3610]);
  expect(mergeSamples([], [])).toEqual([]);
  // What was missed comes later than what has happened since it was asked for.
  expect(at(mergeSamples([sample(0), sample(30), sample(35)], [sample(5), sample(30)]))).toEqual([0, 5, 30, 35]);
});

test("what is missing begins behind the newest known sample", () => {
  expect(holeBetween([sample(0), sample(5)], [sample(21), sample(26)])).toBe(sample(5).at);
  expect(holeBetween([sample(0), sample(5)], [sample(10)])).toBe(null);
  expect(holeBetween([sample(0), sample(5)], [sample(0), sample(5)])).toBe(null);
  expect(holeBetween([], [sample(10)])).toBe(null);
  expect(holeBetween([sample(0)], [])).toBe(null);
});

test("a chart shows what is known, from 3 to 15 minutes", () => {
  expect(windowOf([])).toBe(180);
  expect(windowOf([sample(0, null), sample(20)])).toBe(180);
  expect(windowOf([sample(0), sample(310)])).toBe(360);
  expect(windowOf([sample(0), sample(3000)])).toBe(900);
});

test.each([
  [null, { kind: "never" }],
  ["2026-11-20T18:00:00.000Z", { kind: "minutes", count: 2 }],
  ["2026-11-20T18:01:48.000Z", { kind: "seconds", count: 12 }],
  ["2026-11-20T18:01:55.000Z", { kind: "now" }],
  ["2026-11-20T18:02:30.000Z", { kind: "now" }],
] as const)("figures of %s at 18:02", (at, freshness) => {
  expect(freshnessOf(at, Date.UTC(2026, 10, 20, 18, 2))).toEqual(freshness);
});

test("without a source no figure is old", () => {
  expect([measuredAt(null), measuredAt(sample(5, null)), measuredAt(sample(5))]).toEqual([null, null, sample(5).at]);
});
