/** Counting viewers, with a clock that is turned by hand. */
import type { ViewerBeacon } from "@rostrum/contract/broadcasts";
import { expect, test } from "vitest";
import { ViewerCounts, ViewerSessions } from "./viewer-sessions.ts";

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
  sessions.note("b", beacon("early"), "");
  sessions.note("b", beacon("late"), "");
  nowMs = 20_000;
  sessions.note("b", beacon("early"), "");
  nowMs = 24_999;
  expect(sessions.count("b")).toBe(2);
  nowMs = 25_000;
  expect(sessions.count("b")).toBe(1);
  sessions.note("b", beacon("early", { ended: true }), "");
  expect(sessions.count("b")).toBe(0);
  expect(sessions.count("unknown")).toBe(0);
});

test("ratios are of what happened since the beacon before, medians of who knows", () => {
  let nowMs = 0;
  const sessions = new ViewerSessions(() => nowMs);
  sessions.note("b", beacon("one", { watchedMs: 60_000, stalledMs: 30_000 }), "");
  nowMs = 10_000;
  sessions.note("b", beacon("one", { watchedMs: 69_000, stalledMs: 31_000, joinMs: 100, latencyMs: 900 }), "");
  sessions.note("b", beacon("two", { joinMs: 300 }), "");
  sessions.note("b", beacon("three"), "");
  expect(sessions.report()).toEqual({ b: { viewers: 3, joinMsP50: 200, latencyMsP50: 900, stallRatio: 0.1 } });
});

test("nobody waits or watches for longer than the time that has passed", () => {
  let nowMs = 0;
  const sessions = new ViewerSessions(() => nowMs);
  const ratio = () => sessions.report()["b"]?.stallRatio;
  sessions.note("b", beacon("honest", { watchedMs: 9_000 }), "");
  sessions.note("b", beacon("liar", { stalledMs: 30_000_000_000 }), "");
  expect(ratio()).toBeCloseTo(10 / 19);
  nowMs = 1_000;
  sessions.note("b", beacon("liar", { stalledMs: 31_000_000_000 }), "");
  expect(ratio()).toBeCloseTo(1 / 10);
});

test("rows that could not be stored are handed out again, unless there are newer ones", () => {
  const sessions = new ViewerSessions(() => 0);
  sessions.note("b", beacon("one", { watchedMs: 1 }), "");
  sessions.note("b", beacon("two", { watchedMs: 2, ended: true }), "");
  const rows = sessions.takeChanged();
  sessions.note("b", beacon("one", { watchedMs: 3 }), "");
  sessions.putBack(rows);
  expect(sessions.takeChanged().map((row) => [row.session_id, row.watched_ms])).toEqual([
    ["one", 3],
    ["two", 2],
  ]);
});

test("a broadcast whose last viewer left is reported empty once, its sessions are stored once", () => {
  let nowMs = 0;
  const sessions = new ViewerSessions(() => nowMs);
  sessions.note("b", beacon("one", { watchedMs: 5 }), "x".repeat(1000));
  expect(sessions.takeChanged()).toMatchObject([{ session_id: "one", watched_ms: 5, user_agent: "x".repeat(300) }]);
  expect(sessions.takeChanged()).toEqual([]);
  nowMs = 30_000;
  expect(sessions.report()).toEqual({ b: { viewers: 0, joinMsP50: null, latencyMsP50: null, stallRatio: null } });
  expect(sessions.takeChanged()).toEqual([]);
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
