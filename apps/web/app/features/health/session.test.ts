import type { HealthMinute, HealthNote, HealthSample } from "@rostrum/contract/health";
import { expect, test } from "vitest";
import { sessionRows, sessionSeries, sessionWindow, spansOf } from "./session.ts";

const BEGIN = Date.UTC(2026, 10, 20, 18);
const note = (code: string): HealthNote => ({ level: "degraded", code, text: `The ${code} fell.` });
const minute = (index: number, mbps: number | null, ...notes: HealthNote[]): HealthMinute => ({
  at: new Date(BEGIN + index * 60_000).toISOString(),
  bitrateBps: mbps === null ? null : { average: mbps * 1e6, lowest: mbps * 1e6 - 1e5, highest: mbps * 1e6 + 1e5 },
  fps: null,
  viewers: 0,
  level: notes.length === 0 ? "healthy" : "degraded",
  notes,
});
const sample = (sec: number, mbps: number, ...notes: HealthNote[]): HealthSample => ({
  at: new Date(BEGIN + sec * 1000).toISOString(),
  state: "live",
  level: "healthy",
  source: {
    ...{ kind: "primary", protocol: "rtmp", connectedAt: new Date(BEGIN).toISOString(), encoder: null },
    ...{ videoCodec: null, audioCodec: null, widthPx: null, heightPx: null, fps: 30 },
    ...{ videoBitrateBps: mbps * 1e6, audioBitrateBps: null, keyframeIntervalSec: null, bFrames: null },
    ...{ audioSampleRateHz: null, audioChannels: null, droppedSamples: 0, avOffsetMs: null },
  },
  notes,
  viewers: 0,
  joinMsP50: null,
  latencyMsP50: null,
  stallRatio: null,
  mediaTimeMs: null,
});

test("minutes of the show, then the samples that came after them, and a break where minutes are missing", () => {
  const session = {
    minutes: [minute(0, 3), minute(1, null), minute(4, 2)],
    samples: [sample(295, 9), sample(300, 4), sample(305, 5)],
  };
  const { x, y } = sessionSeries(session, "bitrate");
  expect(x.map((sec) => sec - BEGIN / 1000)).toEqual([30, 90, 91, 270, 300, 305]);
  expect(y).toEqual([3, null, null, 2, 4, 5]);
  expect(sessionWindow({ x, y })).toBe(275);
  expect(sessionWindow({ x: [], y: [] })).toBe(180);
});

test("the table has one row a minute, newest first", () => {
  const rows = sessionRows({ minutes: [minute(0, 3), minute(1, null)], samples: [sample(125, 4)] }, "bitrate");
  expect(rows).toEqual([
    { at: BEGIN + 120_000, average: 4, lowest: 4, highest: 4 },
    { at: BEGIN + 60_000, average: null, lowest: null, highest: null },
    { at: BEGIN, average: 3, lowest: 2.9, highest: 3.1 },
  ]);
});

test("trouble that goes on is one, and after a pause another one", () => {
  const session = {
    minutes: [minute(0, 3, note("uplink")), minute(1, 3, note("uplink"), note("drops")), minute(5, 3, note("uplink"))],
    samples: [sample(365, 3, note("uplink"))],
  };
  expect(spansOf(session).map(({ note: { code }, fromMs, toMs }) => [code, fromMs - BEGIN, toMs - BEGIN])).toEqual([
    ["uplink", 300_000, 365_000],
    ["drops", 60_000, 120_000],
    ["uplink", 0, 120_000],
  ]);
});
