/** How long somebody has watched and waited, by literal times. */
import { expect, onTestFinished, test, vi } from "vitest";
import { WatchLog } from "./watch-log.ts";

/** Ticks as [ms, whether it plays, where the video stands in s]. */
function watched(ticks: readonly (readonly [nowMs: number, isPlaying: boolean, sec: number])[]): number {
  const log = new WatchLog();
  for (const tick of ticks) log.tick(...tick);
  return Math.round(log.watchedMs);
}

test.each([
  [
    "what is paused is not watched",
    [
      [0, false, 5],
      [100, true, 5],
      [200, false, 5.1],
      [900, false, 5.1],
    ] as const,
    100,
  ],
  [
    "a jump is not watched",
    [
      [0, false, 5],
      [100, true, 5.1],
      [200, true, 3600],
    ] as const,
    200,
  ],
  [
    "a page in the background is asked once a minute, and plays on",
    [
      [0, false, 5],
      [60_000, true, 65],
    ] as const,
    60_000,
  ],
  [
    "a machine that slept for eight hours",
    [
      [0, false, 5],
      [100, true, 5.1],
      [28_800_100, true, 5.3],
    ] as const,
    300,
  ],
  [
    "and one whose player has jumped to live meanwhile",
    [
      [0, false, 5],
      [6_000, true, 28_800],
    ] as const,
    6_000,
  ],
  [
    "and one that was put back",
    [
      [0, false, 50],
      [600_000, true, 5],
    ] as const,
    0,
  ],
])("%s", (_, ticks, ms) => {
  expect(watched(ticks)).toBe(ms);
});

test("a machine that sleeps while it waits has waited before and after", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const log = new WatchLog();
  log.tick(performance.now(), true, 5);
  log.stallBegan();
  for (const passedMs of [1_000, 1_000, 28_800_000, 1_000]) {
    vi.advanceTimersByTime(passedMs);
    log.tick(performance.now(), false, 5);
  }
  expect(log.stallEnded()).toBe(true);
  expect(log.stalledMs).toBe(3_000);
});

test("a late handover is a stall to the viewer, and teaches nothing about what comes next", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const log = new WatchLog();
  log.handoverStalled();
  vi.advanceTimersByTime(400);
  expect(log.stallEnded()).toBe(true);
  expect([log.stalls, Math.round(log.stalledMs), log.scaresAtMs, log.stallsAtMs]).toEqual([1, 400, [], []]);
});
