import type { HealthSample, SourceHealth } from "@rostrum/contract/health";
import { expect, test } from "vitest";
import { codecName, sourceFigures, viewerFigures } from "./figures.ts";

test("without a sample every figure is unknown, none is zero", () => {
  const all = [...sourceFigures(null, "en"), ...viewerFigures(null, "en")];
  expect(new Set(all.map((figure) => figure.value))).toEqual(new Set(["–"]));
});

const source: SourceHealth = {
  ...{ kind: "primary", protocol: "srt", connectedAt: "2026-01-01T20:00:00.000Z", encoder: null },
  ...{ videoCodec: "avc1.64001f", audioCodec: null, widthPx: 1280, heightPx: 720, fps: 25, videoBitrateBps: 3_000_000 },
  ...{ audioBitrateBps: null, keyframeIntervalSec: 2, bFrames: false, audioSampleRateHz: null, audioChannels: null },
  ...{ droppedSamples: 0, avOffsetMs: null },
};
const sampleOf = (shown: SourceHealth): HealthSample => ({
  ...{ at: "2026-01-01T20:00:05.000Z", state: "live", level: "healthy", source: shown, notes: [], viewers: 0 },
  ...{ joinMsP50: null, latencyMsP50: null, stallRatio: null, mediaTimeMs: null },
});

test.each([
  ["measures its way", { rttMs: 41.5, lossPercent: 0.34 }, ["rtt 42 ms", "loss 0.3 %"]],
  ["has not measured it lately", { rttMs: null, lossPercent: null }, ["rtt –", "loss –"]],
  ["cannot", {}, []],
])("of a source that %s", (_, link, shown) => {
  const figures = sourceFigures(sampleOf({ ...source, ...link }), "en").filter(({ name }) => /rtt|loss/.test(name));
  expect(figures.map(({ name, value }) => `${name} ${value}`)).toEqual(shown);
});

test.each([
  ["avc1.64001f", "H.264"],
  ["hvc1.1.6.L93.B0", "HEVC"],
  ["mp4a.40.2", "AAC"],
  ["opus", "Opus"],
  ["xyz9", "xyz9"],
  [null, "–"],
])("%s is %s", (codec, name) => {
  expect(codecName(codec)).toBe(name);
});
