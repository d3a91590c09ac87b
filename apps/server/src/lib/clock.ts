/** Time as an argument: monotonic time for durations, wall time for people, timers that can be cancelled. */

/** Stops a timer; calling it again does nothing. */
export type Cancel = () => void;

export interface Clock {
  /** Milliseconds that only grow; the zero point means nothing. */
  monotonicMs(): number;
  /** Unix time in milliseconds; may be set back. */
  wallMs(): number;
  /** Calls `run` once. */
  after(delayMs: number, run: () => void): Cancel;
  /** Calls `run` every `intervalMs` until cancelled. */
  every(intervalMs: number, run: () => void): Cancel;
}

/** The machine's clock. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  every(intervalMs, run) {
    const timer = setInterval(run, intervalMs);
    return () => clearInterval(timer);
  },
};

export interface ManualClock extends Clock {
  /** Moves both times on and runs, in order of their due times, the timers that are reached. */
  advance(byMs: number): void;
}

/** A clock that stands still until it is told to go on; for tests. */
export function createManualClock(startWallMs = 0): ManualClock {
  let nowMs = 0;
  const timers = new Set<{ dueMs: number; intervalMs: number | undefined; run: () => void }>();
  const add = (delayMs: number, intervalMs: number | undefined, run: () => void): Cancel => {
    const timer = { dueMs: nowMs + delayMs, intervalMs, run };
    timers.add(timer);
    return () => timers.delete(timer);
  };
  return {
    monotonicMs: () => nowMs,
    wallMs: () => startWallMs + nowMs,
    after: (delayMs, run) => add(delayMs, undefined, run),
    every: (intervalMs, run) => add(intervalMs, intervalMs, run),
    advance(byMs) {
      const untilMs = nowMs + byMs;
      for (;;) {
        const due = [...timers].filter((timer) => timer.dueMs <= untilMs).toSorted((a, b) => a.dueMs - b.dueMs)[0];
        if (due === undefined) break;
        nowMs = due.dueMs;
        if (due.intervalMs === undefined) timers.delete(due);
        else due.dueMs += due.intervalMs;
        due.run();
      }
      nowMs = untilMs;
    },
  };
}
