/** From health samples to what a chart, its table and a freshness note show. Pure. */
import type { HealthSample } from "@rostrum/contract/health";

/** One line of a chart. `x` in seconds since 1970, ascending; null is a gap. */
export type Series = Readonly<{ x: number[]; y: (number | null)[] }>;

export const METRICS = ["bitrate", "fps"] as const;
export type MetricName = (typeof METRICS)[number];

/** Two samples further apart than this have a gap between them. */
const GAP_SEC = 15;

/** What the encoder sends, in Mbps (picture and sound together) or frames per second; null is unknown. */
export function metricOf(sample: HealthSample, metric: MetricName): number | null {
  const { source } = sample;
  if (source === null || source.kind === "slate") return null;
  if (metric === "fps") return source.fps;
  if (source.videoBitrateBps === null && source.audioBitrateBps === null) return null;
  return ((source.videoBitrateBps ?? 0) + (source.audioBitrateBps ?? 0)) / 1_000_000;
}

/** The last `windowSec` before the newest sample. Where samples are missing the line is broken, not drawn through. */
export function seriesOf(samples: readonly HealthSample[], metric: MetricName, windowSec: number): Series {
  const x: number[] = [];
  const y: (number | null)[] = [];
  const newest = samples.at(-1);
  if (newest === undefined) return { x, y };
  const fromSec = Date.parse(newest.at) / 1000 - windowSec;
  for (const sample of samples) {
    const at = Date.parse(sample.at) / 1000;
    const last = x.at(-1);
    if (at < fromSec || (last !== undefined && at <= last)) continue;
    if (last !== undefined && at - last > GAP_SEC) {
      x.push(last + 1);
      y.push(null);
    }
    x.push(at);
    y.push(metricOf(sample, metric));
  }
  return { x, y };
}

/** One minute of a series: what a table row says. `at` is the minute's begin, ms since 1970. */
export type MinuteRow = Readonly<{ at: number; average: number | null; lowest: number | null; highest: number | null }>;

/** Newest first. A minute without a single figure is unknown, not zero. */
export function minutesOf({ x, y }: Series): MinuteRow[] {
  const minutes = new Map<number, number[]>();
  for (const [index, sec] of x.entries()) {
    const at = Math.floor(sec / 60) * 60_000;
    const values = minutes.get(at) ?? [];
    const value = y[index];
    if (value !== null && value !== undefined) values.push(value);
    minutes.set(at, values);
  }
  return [...minutes].reverse().map(([at, values]) => ({ at, ...summary(values) }));
}

function summary(values: readonly number[]): Omit<MinuteRow, "at"> {
  if (values.length === 0) return { average: null, lowest: null, highest: null };
  const sum = values.reduce((total, value) => total + value, 0);
  return { average: sum / values.length, lowest: Math.min(...values), highest: Math.max(...values) };
}

const KEPT_MS = 3_600_000;

/** What was known and what is told of a stretch of it, or of what came after it: newest last, the last hour of it. */
export function mergeSamples(known: readonly HealthSample[], fresh: readonly HealthSample[]): HealthSample[] {
  const from = fresh[0]?.at;
  const to = fresh.at(-1)?.at;
  const before = from === undefined ? known : known.filter((sample) => sample.at < from);
  const after = to === undefined ? [] : known.filter((sample) => sample.at > to);
  const all = [...before, ...fresh, ...after];
  const oldestMs = Date.parse(all.at(-1)?.at ?? "") - KEPT_MS;
  return all.filter((sample) => Date.parse(sample.at) > oldestMs);
}

/** The newest known sample, when some are missing between it and the first new one; else null. */
export function holeBetween(known: readonly HealthSample[], fresh: readonly HealthSample[]): string | null {
  const last = known.at(-1);
  const next = fresh[0];
  if (last === undefined || next === undefined) return null;
  return Date.parse(next.at) - Date.parse(last.at) > GAP_SEC * 1000 ? last.at : null;
}

/** How much of the past a chart shows, in seconds: what is known, from 3 to 15 minutes, in whole minutes. */
export function windowOf(samples: readonly HealthSample[]): number {
  const first = samples.find((sample) => sample.source !== null);
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return 180;
  const minutes = Math.ceil((Date.parse(last.at) - Date.parse(first.at)) / 60_000);
  return Math.min(15, Math.max(3, minutes)) * 60;
}

/** When something was measured last, RFC 3339. Null without a source: nobody waits for figures of nothing. */
export function measuredAt(latest: HealthSample | null): string | null {
  return latest === null || latest.source === null ? null : latest.at;
}

/** How old the newest figures are. Samples come every 5 s: up to 8 s is now. */
export type Freshness =
  | { readonly kind: "never" }
  | { readonly kind: "now" }
  | { readonly kind: "seconds" | "minutes"; readonly count: number };

/** `at` is RFC 3339, null when there is none; `now` ms since 1970. A server clock that is ahead counts as now. */
export function freshnessOf(at: string | null, now: number): Freshness {
  if (at === null) return { kind: "never" };
  const ageSec = Math.floor((now - Date.parse(at)) / 1000);
  if (ageSec <= 8) return { kind: "now" };
  return ageSec < 120 ? { kind: "seconds", count: ageSec } : { kind: "minutes", count: Math.floor(ageSec / 60) };
}
