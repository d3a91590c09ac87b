/** From sums to the points of a time line. Pure. */
import type { Steps, StepSums } from "./queries.ts";
import { type BucketSums, bucketOf, emptySums, LATENCY_NAMES, addSums } from "./tally.ts";

/** Points of one chart. */
const MAX_POINTS = 360;
const SEC = 1000;
/** Stretches that people know. */
const STEPS_MS = [10, 30, 60, 120, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600].map(
  (n) => n * SEC,
);
const SHORTEST_MS = 10 * SEC;
const MINUTE_MS = 60 * SEC;
/** What happens now is known after a beacon's time, the time until it is stored, and a stretch. */
const LAG_MS = 25 * SEC;

export type Span = Readonly<{ beganMs: number; endMs: number }>;
export type Point = Readonly<{
  atMs: number;
  viewers: number;
  joins: number;
  stallRatio: number | null;
  bitrateBps: number | null;
}>;

/**
 * From when to when a show is known. One that is on the air ends with the last whole stretch of which all players have told: of one
 * that runs for days that may be minutes ago, after a month an hour.
 */
export function spanOf({ live_at, ended_at }: { live_at: Date | null; ended_at: Date | null }, nowMs: number): Span {
  const toldMs = nowMs - LAG_MS;
  const endMs = ended_at?.getTime() ?? bucketOf(toldMs, live_at?.getTime() ?? toldMs).beginMs;
  const beganMs = live_at?.getTime() ?? endMs;
  return { beganMs, endMs: Math.max(beganMs, endMs) };
}

/** The steps of a show, or of its last `windowMs`: as few as fit into one chart. Each holds whole stretches, as they are stored. */
export function stepsOf({ beganMs, endMs }: Span, windowMs = Number.POSITIVE_INFINITY): Steps {
  const firstMs = Math.max(beganMs, endMs - windowMs);
  const lengthMs = Math.max(0, endMs - firstMs);
  const widthMs = lastWidthMs({ beganMs, endMs });
  const fits = (step: number): boolean => step >= widthMs && lengthMs / step <= MAX_POINTS;
  const stepMs = STEPS_MS.find(fits) ?? STEPS_MS.at(-1) ?? SHORTEST_MS;
  const fromMs = Math.floor(firstMs / widthMs) * widthMs;
  return { fromMs, toMs: Math.max(endMs, fromMs + 1), stepMs };
}

/** The last minute of a show as one step; where stretches are longer, the last of them. */
export function lastMinuteOf(span: Span): Steps {
  const stepMs = Math.max(MINUTE_MS, lastWidthMs(span));
  return { fromMs: span.endMs - stepMs, toMs: span.endMs, stepMs };
}

/** Of the stretch in which the show ends, the longest that it has. */
const lastWidthMs = ({ beganMs, endMs }: Span): number => bucketOf(Math.max(beganMs, endMs - 1), beganMs).widthMs;

/** One point for each step; where nobody watched there are 0 viewers. `atMs` is ms since 1970. */
export function pointsOf(rows: readonly StepSums[], { fromMs, toMs, stepMs }: Steps, span: Span): Point[] {
  const bySteps = new Map(rows.map((row) => [row.step, row]));
  const points: Point[] = [];
  // Stretches are stored as a whole: who goes on watching for a moment after the end is in the last one.
  const endMs = Math.ceil(span.endMs / SHORTEST_MS) * SHORTEST_MS;
  for (let step = 0; fromMs + step * stepMs < toMs; step += 1) {
    const atMs = fromMs + step * stepMs;
    // The first and the last step may lie in the show only in part.
    const coveredMs = Math.min(atMs + stepMs, endMs) - Math.max(atMs, span.beganMs);
    points.push({ atMs, ...pointOf(bySteps.get(step) ?? emptySums(), coveredMs) });
  }
  return points;
}

function pointOf(sums: BucketSums, coveredMs: number): Omit<Point, "atMs"> {
  return {
    viewers: coveredMs <= 0 ? 0 : round(sums.present_ms / coveredMs),
    joins: Math.round(sums.joins),
    stallRatio: stallRatioOf(sums),
    bitrateBps: sums.bitrate_count <= 0 ? null : Math.round(sums.bitrate_sum / sums.bitrate_count),
  };
}

export function stallRatioOf(sums: Pick<BucketSums, "stalled_ms" | "watched_ms">): number | null {
  const spent = sums.stalled_ms + sums.watched_ms;
  return spent <= 0 ? null : sums.stalled_ms / spent;
}

export function allSums(rows: readonly BucketSums[]): BucketSums {
  const all = emptySums();
  for (const row of rows) addSums(all, row);
  return all;
}

export function latencyCounts(sums: BucketSums): number[] {
  return LATENCY_NAMES.map((name) => sums[name]);
}

/** To one decimal. */
const round = (value: number): number => Math.round(value * 10) / 10;
