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

/** A page that is asked every 100 ms for a second. */
function asked(): { log: WatchLog; pass: (ms: number) => void } {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const log = new WatchLog();
  const pass = (ms: number): void => {
    for (let passedMs = 0; passedMs < ms; passedMs += 100) {
      vi.advanceTimersByTime(100);
      log.tick(performance.now(), true, 5);
    }
  };
  pass(1000);
  return { log, pass };
}

test.each([
  ["a page that the browser has kept", (log: WatchLog) => log.cameBack()],
  ["a machine that slept, before anybody noticed", () => vi.advanceTimersByTime(60_000)],
  [
    "a machine that slept",
    (log: WatchLog) => {
      vi.advanceTimersByTime(60_000);
      log.tick(performance.now(), true, 5);
    },
  ],
])("%s: nobody has seen what stands or froze then", (_, comeBack) => {
  const { log, pass } = asked();
  comeBack(log);
  expect([log.isJustBack, log.stallBegan()]).toEqual([true, false]);
  log.handoverStalled();
  log.froze(1, 60_000);
  pass(4800);
  expect([log.isJustBack, log.stalls, log.stalledMs, log.scaresAtMs]).toEqual([true, 0, 0, []]);
  pass(300);
  expect([log.isJustBack, log.stallBegan()]).toEqual([false, true]);
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

/** What is counted by what happens at these times: stalls, and ms of them. */
function counted(...acts: readonly (readonly [ms: number, act: (log: WatchLog) => void])[]): readonly number[] {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const log = new WatchLog();
  let nowMs = 0;
  for (const [ms, act] of acts) {
    vi.advanceTimersByTime(ms - nowMs);
    nowMs = ms;
    act(log);
  }
  return [log.stalls, Math.round(log.stalledMs)];
}

const late = (log: WatchLog): void => log.handoverStalled();
const waits = (log: WatchLog): void => void log.stallBegan();
const plays = (log: WatchLog): void => void log.stallEnded();
const another = (log: WatchLog): void => log.anotherSource();
const froze = (count: number, ms: number) => (log: WatchLog) => log.froze(count, ms);

test.each([
  [
    "a late source that the video waits for once more when it is there",
    [
      [800, late],
      [1500, waits],
      [2000, plays],
    ],
    [1, 1200],
  ],
  [
    "a video that waits, and is given another source, which is late",
    [
      [800, waits],
      [1500, late],
      [2000, plays],
    ],
    [1, 1200],
  ],
  [
    "a connection that is late, which the browser counts as a freeze",
    [
      [800, late],
      [2000, plays],
      [2300, froze(1, 1900)],
    ],
    [1, 1900],
  ],
  [
    "one that the browser counts before the video says that it plays",
    [
      [800, late],
      [1900, froze(1, 1800)],
      [2000, plays],
    ],
    [1, 1900],
  ],
  [
    "one that freezes again at once",
    [
      [800, late],
      [2000, plays],
      [2400, froze(2, 2200)],
    ],
    [2, 2200],
  ],
  [
    "one that freezes again later",
    [
      [800, late],
      [2000, plays],
      [2300, froze(1, 1900)],
      [2800, froze(1, 300)],
    ],
    [2, 2200],
  ],
  [
    "one that freezes when it has played for long",
    [
      [800, late],
      [2000, plays],
      [9000, froze(1, 300)],
    ],
    [2, 1500],
  ],
  [
    "one that stalled just before another source took over, which freezes",
    [
      [800, waits],
      [1500, plays],
      [1600, another],
      [2300, froze(1, 300)],
    ],
    [2, 1000],
  ],
  [
    "a video that waits while another source takes over, which counts its part of it",
    [
      [800, waits],
      [1600, another],
      [2000, plays],
      [2300, froze(1, 400)],
    ],
    [1, 1200],
  ],
  [
    "two that are late, one after the other",
    [
      [800, late],
      [2000, plays],
      [3000, late],
      [4000, plays],
    ],
    [2, 2200],
  ],
] as const)("%s", (_, acts, total) => {
  expect(counted(...acts)).toEqual(total);
});

test("what a late source is awaited for is not held against it", () => {
  const log = new WatchLog();
  log.handoverStalled();
  expect(log.stallBegan()).toBe(false);
  expect([log.scaresAtMs, log.stallsAtMs]).toEqual([[], []]);
  log.stallEnded();
  expect(log.stallBegan()).toBe(true);
  expect([log.scaresAtMs.length, log.stallsAtMs.length]).toEqual([1, 1]);
});
