/** Counting viewers, with a clock that is turned by hand. */
import type { ViewerBeacon } from "@rostrum/contract/broadcasts";
import { expect, test } from "vitest";
import { ViewerCounts } from "./viewer-counts.ts";
import { ViewerSessions, type Visit } from "./viewer-sessions.ts";

const visit: Visit = { userAgent: "", accountId: null, showBeganMs: 0, countsOnly: false };

const beacon = (sessionId: string, more: Partial<ViewerBeacon> = {}): ViewerBeacon => ({
  sessionId,
  joinMs: null,
  watchedMs: 0,
  stalls: 0,
  stalledMs: 0,
  latencyMs: null,
  bitrateBps: null,
  droppedFrames: 0,
  error: null,
  ended: false,
  ...more,
});

test("who sends beacons stays; who stops is gone after 25 s, whoever came first", () => {
  let nowMs = 0;
  const sessions = new ViewerSessions(() => nowMs);
  sessions.note("b", beacon("early"), visit);
  sessions.note("b", beacon("late"), visit);
  nowMs = 20_000;
  sessions.note("b", beacon("early"), visit);
  nowMs = 24_999;
  expect(sessions.count("b")).toBe(2);
  nowMs = 25_000;
  expect(sessions.count("b")).toBe(1);
  sessions.note("b", beacon("early", { ended: true }), visit);
  expect(sessions.count("b")).toBe(0);
  expect(sessions.count("unknown")).toBe(0);
});

test("ratios are of what happened since the beacon before, medians of who knows", () => {
  let nowMs = 0;
  const sessions = new ViewerSessions(() => nowMs);
  sessions.note("b", beacon("one", { watchedMs: 60_000, stalledMs: 30_000 }), visit);
  nowMs = 10_000;
  sessions.note("b", beacon("one", { watchedMs: 69_000, stalledMs: 31_000, joinMs: 100, latencyMs: 900 }), visit);
  sessions.note("b", beacon("two", { joinMs: 300 }), visit);
  sessions.note("b", beacon("three"), visit);
  const known = { viewers: 3, joinMsP50: 200, latencyMsP50: 900 };
  expect(sessions.report()).toEqual({ b: { ...known, stallRatio: 0.1, rebufferedShare: 1 / 3 } });
});

test("nobody waits or watches for longer than the time that has passed", () => {
  let nowMs = 0;
  const sessions = new ViewerSessions(() => nowMs);
  const ratio = () => sessions.report()["b"]?.stallRatio;
  sessions.note("b", beacon("honest", { watchedMs: 9_000 }), visit);
  sessions.note("b", beacon("liar", { stalledMs: 30_000_000_000 }), visit);
  expect(ratio()).toBeCloseTo(10 / 19);
  nowMs = 1_000;
  sessions.note("b", beacon("liar", { stalledMs: 31_000_000_000 }), visit);
  expect(ratio()).toBeCloseTo(1 / 10);
});

test("what a player did while another process heard it is not told again by the next one", () => {
  const sessions = new ViewerSessions(() => 0);
  sessions.note("b", beacon("come", { seq: 7, watchedMs: 70_000, stalledMs: 4_000 }), visit);
  sessions.note("b", beacon("new", { seq: 0, watchedMs: 1_000 }), visit);
  expect(sessions.report()).toMatchObject({ b: { viewers: 2, stallRatio: 0, rebufferedShare: 0 } });
  expect([sessions.countUntold("b"), sessions.takeArrived()["b"]?.length, sessions.countUntold("b")]).toEqual([
    1, 1, 0,
  ]);
});

test("who had to wait counts as such for a minute", () => {
  let nowMs = 0;
  const sessions = new ViewerSessions(() => nowMs);
  const shareAt = (atMs: number) => {
    nowMs = atMs;
    for (const [name, stalledMs] of [["one", 500] as const, ["two", 0] as const]) {
      sessions.note("b", beacon(name, { watchedMs: 1_000 + atMs, stalledMs }), visit);
    }
    return sessions.report()["b"]?.rebufferedShare;
  };
  expect([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000].map(shareAt)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0]);
});

test("a beacon that comes twice, or after a later one, is left out", () => {
  const sessions = new ViewerSessions(() => 0);
  sessions.note("b", beacon("one", { seq: 1, watchedMs: 2 }), visit);
  sessions.note("b", beacon("one", { seq: 0, watchedMs: 1 }), visit);
  sessions.note("b", beacon("one", { seq: 2, watchedMs: 3, ended: true }), visit);
  sessions.note("b", beacon("one", { seq: 1, watchedMs: 2 }), visit);
  expect(sessions.count("b")).toBe(0);
  expect(sessions.takeReports()).toMatchObject([{ beacon: { seq: 2, watchedMs: 3 } }]);
});

test("reports that could not be stored are handed out again, unless there are newer ones", () => {
  let nowMs = 0;
  const sessions = new ViewerSessions(() => nowMs);
  sessions.note("b", beacon("one", { watchedMs: 1 }), visit);
  sessions.note("b", beacon("two", { watchedMs: 2, ended: true }), visit);
  sessions.noteReplay("c", beacon("three", { watchedMs: 4 }), visit);
  const reports = sessions.takeReports();
  nowMs = 10_000;
  sessions.note("b", beacon("one", { watchedMs: 3 }), visit);
  sessions.putBack(reports);
  const taken = sessions.takeReports();
  expect(
    taken.map(({ beacon: { sessionId, watchedMs }, hereSinceMs, live }) => [sessionId, watchedMs, hereSinceMs, live]),
  ).toEqual(
    expect.arrayContaining([
      ["three", 4, 0, false],
      ["one", 3, 0, true],
      ["two", 2, 0, true],
    ]),
  );
});

test("where only sums are kept who comes back, or comes from another process, joins once", () => {
  let nowMs = 0;
  const [one, other] = [new ViewerSessions(() => nowMs), new ViewerSessions(() => nowMs)];
  const counted: Visit = { ...visit, countsOnly: true };
  const turns = [one, other, one, one];
  for (const [seq, atMs] of [1_500, 11_500, 21_500, 600_000].entries()) {
    nowMs = atMs;
    const totals = { seq, joinMs: 400, watchedMs: Math.min(atMs, 25_000), stalls: 1, stalledMs: 1_000 };
    // Who was away for long is forgotten.
    expect(turns[seq]?.count("b")).toBe(atMs === 21_500 ? 1 : 0);
    turns[seq]?.note("b", beacon("viewer", totals), counted);
  }
  const sums = [one.sums.take(), other.sums.take()];
  const rows = sums.flatMap(({ buckets }) => buckets);
  const total = (of: (row: (typeof rows)[number]) => number): number => rows.reduce((sum, row) => sum + of(row), 0);
  expect([total((row) => row.joins), total((row) => row.stalls), total((row) => row.stalled_ms)]).toEqual([
    1, 1, 1_000,
  ]);
  const totals = sums.flatMap((sum) => sum.totals).map(({ dimension, sessions }) => [dimension, sessions]);
  expect(totals).toEqual([
    ["join", 1],
    ["stalled", 1],
  ]);
});

test("of a show that keeps nothing of single viewers only sums are handed out", () => {
  let nowMs = 0;
  const sessions = new ViewerSessions(() => nowMs);
  const counted: Visit = { ...visit, countsOnly: true };
  sessions.note("b", beacon("one", { watchedMs: 0, joinMs: 300 }), counted);
  nowMs = 10_000;
  sessions.note("b", beacon("one", { watchedMs: 9_000, stalls: 1, stalledMs: 1_000, joinMs: 300 }), counted);
  sessions.noteReplay("b", beacon("two", { watchedMs: 9_000 }), counted);
  expect(sessions.takeReports()).toEqual([]);
  const { buckets, totals } = sessions.sums.take();
  expect(buckets.map(({ at, joins, present_ms, watched_ms }) => [at.getTime(), joins, present_ms, watched_ms])).toEqual(
    [
      [0, 1, 10_000, 0],
      [10_000, 0, 0, 9_000],
    ],
  );
  expect(totals.map(({ dimension, sessions: count }) => [dimension, count])).toEqual([
    ["join", 1],
    ["stalled", 1],
  ]);
  expect(sessions.report()).toMatchObject({ b: { viewers: 1, stallRatio: 0.1 } });
});

test("of who watches while a show is switched to keep counts only, nothing more is handed out", () => {
  let nowMs = 0;
  const sessions = new ViewerSessions(() => nowMs);
  for (const seq of [0, 1, 2, 3]) {
    nowMs = seq * 20_000;
    const totals = { seq, watchedMs: nowMs, joinMs: 300 };
    sessions.note("b", beacon("one", totals), { ...visit, countsOnly: seq === 3 });
    expect(sessions.takeReports()).toHaveLength(seq === 3 ? 0 : 1);
  }
  const { buckets, totals } = sessions.sums.take();
  // From then on.
  expect(buckets.map((row) => [row.joins, row.present_ms, row.watched_ms])).toEqual([
    [0, 10_000, 0],
    [0, 0, 10_000],
  ]);
  expect(totals).toEqual([]);
});

test("a broadcast whose last viewer left is reported empty once, its sessions are stored once", () => {
  let nowMs = 0;
  const sessions = new ViewerSessions(() => nowMs);
  sessions.note("b", beacon("one", { watchedMs: 5 }), visit);
  expect(sessions.takeReports()).toMatchObject([{ broadcastId: "b", beacon: { sessionId: "one", watchedMs: 5 } }]);
  expect(sessions.takeReports()).toEqual([]);
  nowMs = 30_000;
  expect(sessions.report()).toEqual({
    b: { viewers: 0, joinMsP50: null, latencyMsP50: null, stallRatio: null, rebufferedShare: null },
  });
  expect(sessions.takeReports()).toEqual([]);
  expect(sessions.report()).toEqual({});
});

test("nodes are added up while they report", () => {
  let nowMs = 0;
  const counts = new ViewerCounts(() => nowMs);
  const figures = (viewers: number, latencyMsP50: number | null) => ({
    viewers,
    joinMsP50: null,
    latencyMsP50,
    stallRatio: null,
    rebufferedShare: null,
  });
  counts.take({ nodeId: "one", broadcasts: { b: figures(3, 1000) } });
  nowMs = 10_000;
  counts.take({ nodeId: "two", broadcasts: { b: figures(1, 3000), c: figures(7, null) } });
  expect(counts.figures("b")).toEqual(figures(4, 1500));
  expect(counts.countElsewhere("b", "one")).toBe(1);
  nowMs = 15_000;
  expect(counts.figures("b")).toEqual(figures(1, 3000));
  expect(counts.figures("d")).toEqual(figures(0, null));
});
