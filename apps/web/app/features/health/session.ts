/** From the minutes of a whole show, and the samples since the last of them, to what a chart, its table and a list of events show. Pure. */
import type { HealthMinute, HealthNote, HealthSample } from "@rostrum/contract/health";
import { type MetricName, type MinuteRow, minutesOf, seriesOf, type Series } from "./series.ts";

const MINUTE_MS = 60_000;
/** The middle of a minute and the next known one: further apart means that minutes are missing. */
const GAP_SEC = 90;
const MIN_WINDOW_SEC = 180;
const MAX_EVENTS = 50;

type Session = Readonly<{ minutes: readonly HealthMinute[]; samples: readonly HealthSample[] }>;

/** Samples of minutes that have not been told yet. */
function running({ minutes, samples }: Session): readonly HealthSample[] {
  const last = minutes.at(-1);
  if (last === undefined) return samples;
  const from = Date.parse(last.at) + MINUTE_MS;
  return samples.filter((sample) => Date.parse(sample.at) >= from);
}

function figureOf(minute: HealthMinute, metric: MetricName): HealthMinute["fps"] {
  if (metric === "fps") return minute.fps;
  const figure = minute.bitrateBps;
  if (figure === null) return null;
  const { average, lowest, highest } = figure;
  return { average: average / 1_000_000, lowest: lowest / 1_000_000, highest: highest / 1_000_000 };
}

/** One point a minute, at its middle, and one a sample at the end. Where minutes are missing the line is broken. */
export function sessionSeries(session: Session, metric: MetricName): Series {
  const x: number[] = [];
  const y: (number | null)[] = [];
  const add = (sec: number, value: number | null): void => {
    const last = x.at(-1);
    if (last !== undefined && sec <= last) return;
    if (last !== undefined && sec - last > GAP_SEC) {
      x.push(last + 1);
      y.push(null);
    }
    x.push(sec);
    y.push(value);
  };
  for (const minute of session.minutes)
    add((Date.parse(minute.at) + MINUTE_MS / 2) / 1000, figureOf(minute, metric)?.average ?? null);
  const tail = seriesOf(running(session), metric, Infinity);
  for (const [index, sec] of tail.x.entries()) add(sec, tail.y[index] ?? null);
  return { x, y };
}

/** From the first to the last point, in seconds, and three minutes at least. */
export function sessionWindow({ x }: Series): number {
  return Math.max(MIN_WINDOW_SEC, (x.at(-1) ?? 0) - (x[0] ?? 0));
}

/** One row a minute, newest first. */
export function sessionRows(session: Session, metric: MetricName): MinuteRow[] {
  const known = session.minutes.map((minute) => {
    const figure = figureOf(minute, metric);
    const { average = null, lowest = null, highest = null } = figure ?? {};
    return { at: Date.parse(minute.at), average, lowest, highest };
  });
  return [...minutesOf(seriesOf(running(session), metric, Infinity)), ...known.toReversed()];
}

/** What was wrong with a show for a while; `fromMs` and `toMs` since 1970. */
export type HealthSpan = Readonly<{ note: HealthNote; fromMs: number; toMs: number }>;

/** Newest first, at most fifty. The same trouble in one minute and the next is one. */
export function spansOf(session: Session): HealthSpan[] {
  const spans: HealthSpan[] = [];
  const open = new Map<string, number>();
  const add = (note: HealthNote, fromMs: number, toMs: number): void => {
    const index = open.get(note.code);
    const last = index === undefined ? undefined : spans[index];
    if (index !== undefined && last !== undefined && fromMs - last.toMs <= MINUTE_MS) {
      spans[index] = { ...last, toMs: Math.max(last.toMs, toMs) };
      return;
    }
    open.set(note.code, spans.length);
    spans.push({ note, fromMs, toMs });
  };
  for (const { at, notes } of session.minutes)
    for (const note of notes) add(note, Date.parse(at), Date.parse(at) + MINUTE_MS);
  for (const { at, notes } of running(session))
    for (const note of notes) if (note.level !== "info") add(note, Date.parse(at), Date.parse(at));
  return spans.toReversed().slice(0, MAX_EVENTS);
}
