/** When more is said than anybody can read, a fair part of it is shown, and the page says which part. Pure. */

/** Lines per second that can still be followed. */
export const READABLE_PER_SEC = 12;
/** The rate is measured over this time. */
const WINDOW_MS = 2000;

/** `oneOf` 3: every third message is shown; 1: all. */
export type Sampling = Readonly<{
  oneOf: number;
  /** When what came in the last time came, oldest first. */ recent: readonly Came[];
}>;
type Came = Readonly<{ atMs: number; count: number }>;

export const NO_SAMPLING: Sampling = { oneOf: 1, recent: [] };

/** After `count` messages came at `nowMs` (monotonic). With 0 it only lets the past fade. */
export function measured({ recent }: Sampling, nowMs: number, count: number): Sampling {
  const kept = recent.filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
  if (count > 0) kept.push({ atMs: nowMs, count });
  const total = kept.reduce((sum, { count: more }) => sum + more, 0);
  const perSec = total / (WINDOW_MS / 1000);
  return { oneOf: Math.max(1, Math.ceil(perSec / READABLE_PER_SEC)), recent: kept };
}

/** Whether the message with this number, counted through all that came, is among those shown. */
export function isInSample(number: number, oneOf: number): boolean {
  return number % oneOf === 0;
}
