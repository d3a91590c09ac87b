/** From totals to what people read: who watched with what, how long they stayed, how fast it began. Pure. */
import type { Analytics, BreakdownItem } from "@rostrum/contract/analytics";
import { durationQuantile } from "./bins.ts";
import type { TotalRow } from "./queries.ts";
import { type Dimension, MAX_STAY_MIN } from "./tally.ts";

/** Beyond so many nobody reads on. */
const MAX_ITEMS = 50;
const MAX_STAY_POINTS = 120;

type Breakdowns = Pick<Analytics, "devices" | "browsers" | "regions" | "modes" | "qualities" | "sources">;

const of = (rows: readonly TotalRow[], dimension: Dimension): TotalRow[] =>
  rows.filter((row) => row.dimension === dimension);

/** Of a show that keeps nothing of single viewers, also what was counted before it was switched to that is not told. */
export function toldTotals(rows: readonly TotalRow[], countsOnly: boolean): readonly TotalRow[] {
  return countsOnly ? [...of(rows, "join"), ...of(rows, "stalled")] : rows;
}

export function breakdownsOf(rows: readonly TotalRow[]): Breakdowns {
  return {
    devices: itemsOf(of(rows, "device")),
    browsers: itemsOf(of(rows, "browser")),
    regions: itemsOf(of(rows, "region")),
    modes: itemsOf(of(rows, "mode")),
    qualities: itemsOf(of(rows, "quality")),
    sources: itemsOf(of(rows, "source")),
  };
}

function itemsOf(rows: readonly TotalRow[]): BreakdownItem[] {
  const items = rows.map(({ key, sessions, watched_ms: watchedMs }) => ({ key, sessions, watchedMs }));
  const sorted = items.toSorted(
    (a, b) => b.watchedMs - a.watchedMs || b.sessions - a.sessions || (a.key < b.key ? -1 : 1),
  );
  return sorted.slice(0, MAX_ITEMS);
}

/** Sessions and their watched time in one dimension. */
export function totalOf(rows: readonly TotalRow[], dimension: Dimension): { sessions: number; watchedMs: number } {
  const wanted = of(rows, dimension);
  return {
    sessions: wanted.reduce((total, row) => total + row.sessions, 0),
    watchedMs: wanted.reduce((total, row) => total + row.watched_ms, 0),
  };
}

/** Ms from the wish to the first picture. */
export function joinQuantiles(rows: readonly TotalRow[]): { joinMsP50: number | null; joinMsP95: number | null } {
  const bins = new Map(of(rows, "join").map(({ key, sessions }) => [Number(key), sessions]));
  return { joinMsP50: durationQuantile(bins, 0.5), joinMsP95: durationQuantile(bins, 0.95) };
}

/** From minute 0, where everybody is, to the last one that somebody has watched; empty when nobody is known. */
export function retentionOf(rows: readonly TotalRow[]): Analytics["retention"] {
  const all = totalOf(rows, "device").sessions;
  if (all === 0) return [];
  const stayed = new Map(of(rows, "stay").map(({ key, sessions }) => [Number(key), sessions]));
  const last = Math.min(MAX_STAY_MIN, Math.max(0, ...stayed.keys()));
  const every = Math.max(1, Math.ceil(last / MAX_STAY_POINTS));
  const points = [{ minute: 0, share: 1 }];
  for (let minute = every; minute <= last; minute += every) {
    points.push({ minute, share: Math.min(1, (stayed.get(minute) ?? 0) / all) });
  }
  return points;
}
