/** What beacons add to the sums: by literal times, of a show that began at 0. */
import type { ViewerBeacon } from "@rostrum/contract/broadcasts";
import { expect, test } from "vitest";
import { aboutOf, type Counted, growthOf, type SessionReport } from "./session-report.ts";
import { bucketOf, Tally } from "./tally.ts";

const HOUR_MS = 3_600_000;

const beaconOf = (more: Partial<ViewerBeacon>): ViewerBeacon => ({
  ...{ sessionId: "0123456789abcdef", joinMs: 400, watchedMs: 0, stalls: 0, stalledMs: 0, latencyMs: null },
  ...{ bitrateBps: null, droppedFrames: 0, error: null, ended: false, delivery: "hls", heightPx: 718 },
  ...{ timeZone: "Europe/Berlin", referrer: "direct" },
  ...more,
});

function reportOf(seenMs: number, beacon: Partial<ViewerBeacon>, more: Partial<SessionReport> = {}): SessionReport {
  const sent = beaconOf(beacon);
  const about = aboutOf(sent, "Firefox/140", null);
  return { broadcastId: "b", showBeganMs: 0, live: true, about, beacon: sent, hereSinceMs: seenMs, seenMs, ...more };
}

/** The session's beacons one after the other, as one process that hears all of them stores them. */
function tallied(reports: readonly SessionReport[], countsOnly = false) {
  const tally = new Tally();
  let counted: Counted | null = null;
  for (const report of reports) {
    const growth = growthOf(report, counted);
    if (growth === null) continue;
    tally.add(report, growth, countsOnly);
    counted = growth.total;
  }
  const { buckets, totals } = tally.take();
  return {
    times: buckets.map((row) => [row.at.getTime(), row.joins, row.present_ms, row.watched_ms, row.stalled_ms]),
    totals: Object.fromEntries(
      totals.map((row) => [`${row.dimension} ${row.key}`.trim(), [row.sessions, row.watched_ms]]),
    ),
    buckets,
  };
}

test("a session counts where it was, also in stretches in which it said nothing", () => {
  const { times } = tallied([
    reportOf(101_500, { watchedMs: 1_500 }),
    reportOf(111_500, { watchedMs: 11_000, stalls: 1, stalledMs: 500 }),
    reportOf(121_000, { watchedMs: 20_500, stalls: 1, stalledMs: 500, ended: true }),
  ]);
  expect(times).toEqual([
    [100_000, 1, 10_000, 1_500, 0],
    [110_000, 0, 10_000, 9_500, 500],
    [120_000, 0, 1_000, 9_500, 0],
  ]);
});

test("who was silent for longer than 25 s has been away", () => {
  const { times } = tallied([
    reportOf(100_000, { watchedMs: 0 }),
    reportOf(150_000, { watchedMs: 0 }),
    reportOf(170_000, { watchedMs: 0 }, { hereSinceMs: 150_000 }),
  ]);
  expect(times.map(([at, joins, present]) => [at, joins, present])).toEqual([
    [100_000, 1, 0],
    [150_000, 0, 10_000],
    [160_000, 0, 10_000],
    [170_000, 0, 0],
  ]);
});

test("nobody watches or waits for longer than they have been here", () => {
  const { totals, times } = tallied([
    reportOf(100_000, { watchedMs: 1e10, stalledMs: 1e10, stalls: 1e9 }),
    reportOf(110_000, { watchedMs: 2e10, stalledMs: 2e10, stalls: 2e9 }, { hereSinceMs: 100_000 }),
  ]);
  expect(totals["device desktop"]).toBeUndefined();
  expect(totals["device other"]).toEqual([1, 20_000]);
  expect(times.reduce((total, row) => total + (row[4] ?? 0), 0)).toBe(20_000);
});

test("beacons that come twice or late, and totals that shrink, add nothing", () => {
  const { times } = tallied([
    reportOf(100_000, { seq: 0, watchedMs: 1_000 }),
    reportOf(110_000, { seq: 2, watchedMs: 9_000 }, { hereSinceMs: 100_000 }),
    reportOf(110_500, { seq: 2, watchedMs: 9_000 }, { hereSinceMs: 100_000 }),
    reportOf(111_000, { seq: 1, watchedMs: 5_000 }, { hereSinceMs: 100_000 }),
    reportOf(112_000, { seq: 3, watchedMs: 2_000 }, { hereSinceMs: 100_000 }),
  ]);
  expect(times.reduce((total, row) => total + (row[3] ?? 0), 0)).toBe(9_000);
});

test("sessions are counted by what they are, minutes by how many stayed so long", () => {
  const { totals } = tallied([
    reportOf(60_000, { watchedMs: 0, joinMs: null, delivery: "realtime" }),
    reportOf(190_000, { watchedMs: 125_000, delivery: "hls", heightPx: 1080 }, { hereSinceMs: 60_000 }),
    reportOf(260_000, { watchedMs: 185_000, stalls: 2, stalledMs: 10, heightPx: 1080 }, { hereSinceMs: 60_000 }),
  ]);
  expect(totals).toEqual({
    "browser firefox": [1, 185_000],
    "device other": [1, 185_000],
    "join 42": [1, 0],
    "mode hls": [0, 185_000],
    "mode realtime": [1, 0],
    "quality 1080": [0, 185_000],
    "quality 720": [1, 0],
    "region Europe/Berlin": [1, 185_000],
    "source direct": [1, 185_000],
    stalled: [1, 0],
    "stay 1": [1, 0],
    "stay 2": [1, 0],
    "stay 3": [1, 0],
  });
});

test("where only counts are kept nothing is said of what a viewer is", () => {
  const { totals, times } = tallied([reportOf(100_000, { watchedMs: 9_000 })], true);
  expect(Object.keys(totals)).toEqual(["join 42"]);
  expect(times).toHaveLength(2);
});

test("who watches the recording is nobody of the audience", () => {
  const { totals, times } = tallied([
    reportOf(100_000, { watchedMs: 9_000 }, { live: false }),
    reportOf(110_000, { watchedMs: 19_000 }, { live: false }),
  ]);
  expect([totals, times]).toEqual([{ replay: [1, 19_000] }, []]);
});

test("latency and bitrate are counted where they were measured", () => {
  const { buckets } = tallied([
    reportOf(100_000, { latencyMs: 900, bitrateBps: 1_000_000 }),
    reportOf(104_000, { latencyMs: 40_000, bitrateBps: 3_000_000 }, { hereSinceMs: 100_000 }),
  ]);
  expect(buckets).toMatchObject([{ latency_1: 1, latency_7: 1, bitrate_sum: 4_000_000, bitrate_count: 2 }]);
});

test.each([
  ["the first day", 24 * HOUR_MS - 1, 10_000],
  ["its last stretch, which ends where a long one begins", 24 * HOUR_MS + 100_000 - 1, 10_000],
  ["the second day", 25 * HOUR_MS, 300_000],
  ["the second month", 40 * 24 * HOUR_MS, HOUR_MS],
])("stretches of %s", (_, atMs, widthMs) => {
  const showBeganMs = 100_000;
  const bucket = bucketOf(atMs, showBeganMs);
  expect(bucket.widthMs).toBe(widthMs);
  expect(bucket.beginMs).toBeLessThanOrEqual(atMs);
  expect(atMs).toBeLessThan(bucket.beginMs + widthMs);
});

test("a show of a year has a bounded number of stretches, and none of them overlap", () => {
  let count = 0;
  let former = 0;
  for (let atMs = 7_000; atMs < 366 * 24 * HOUR_MS;) {
    const { beginMs, widthMs } = bucketOf(atMs, 7_000);
    if (beginMs < former) throw new Error(`${beginMs} begins before ${former} ends`);
    former = beginMs + widthMs;
    atMs = former;
    count += 1;
  }
  expect(count).toBeLessThan(30_000);
});

test("sums that could not be stored are added to what came since", () => {
  const tally = new Tally();
  const add = (): void => {
    const report = reportOf(100_000, { watchedMs: 9_000 });
    const growth = growthOf(report, null);
    if (growth !== null) tally.add(report, growth);
  };
  add();
  const taken = tally.take();
  add();
  tally.putBack(taken);
  const { buckets, totals } = tally.take();
  expect(buckets.map((row) => [row.at.getTime(), row.joins, row.watched_ms])).toEqual([
    [90_000, 2, 0],
    [100_000, 0, 18_000],
  ]);
  expect(totals.find((row) => row.dimension === "device")).toMatchObject({ sessions: 2, watched_ms: 18_000 });
});
