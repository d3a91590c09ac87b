/** Health by the minute, kept for as long as the show: samples are folded in memory and written once when their minute is over. */
import type { HealthMinute, HealthNote, HealthSample } from "@rostrum/contract/health";
import type { Context } from "../../context.ts";
import { deleteMinutesBefore, listMinutes, type MinuteRow, upsertMinute } from "./minute-queries.ts";

const MINUTE_MS = 60_000;
/** What a page gets at most: a day. */
const MAX_MINUTES = 1440;
/** Shows that never end keep a week. */
const KEPT_MS = 7 * 24 * 60 * MINUTE_MS;
const MAX_NOTES = 5;

/** Highest, lowest and sum of the known values. */
type Figure = Readonly<{ count: number; sum: number; min: number | null; max: number | null }>;

/** One minute so far. `at` is its begin, ms since 1970. */
export type Minute = Readonly<{
  at: number;
  bitrate: Figure;
  fps: Figure;
  viewers: number;
  level: HealthSample["level"];
  notes: readonly HealthNote[];
}>;

const NONE: Figure = { count: 0, sum: 0, min: null, max: null };
const WORSE: readonly HealthSample["level"][] = ["healthy", "degraded", "bad", "offline"];

/** The minute with one more sample. `before` null, or of another minute: a new one begins. */
export function withSample(before: Minute | null, sample: HealthSample): Minute {
  const at = Math.floor(Date.parse(sample.at) / MINUTE_MS) * MINUTE_MS;
  const minute: Minute =
    before?.at === at ? before : { at, bitrate: NONE, fps: NONE, viewers: 0, level: "healthy", notes: [] };
  const source = sample.source?.kind === "slate" ? null : sample.source;
  const known = new Set(minute.notes.map(({ code }) => code));
  const fresh = sample.notes.filter(({ code, level }) => level !== "info" && !known.has(code));
  return {
    at,
    bitrate: withValue(minute.bitrate, bitrateOf(source)),
    fps: withValue(minute.fps, source?.fps ?? null),
    viewers: Math.max(minute.viewers, sample.viewers),
    level: worse(minute.level, sample.level),
    notes: [...minute.notes, ...fresh].slice(0, MAX_NOTES),
  };
}

function bitrateOf(source: HealthSample["source"]): number | null {
  if (source === null || (source.videoBitrateBps === null && source.audioBitrateBps === null)) return null;
  return (source.videoBitrateBps ?? 0) + (source.audioBitrateBps ?? 0);
}

function withValue(figure: Figure, value: number | null): Figure {
  if (value === null) return figure;
  return {
    count: figure.count + 1,
    sum: figure.sum + value,
    min: Math.min(figure.min ?? value, value),
    max: Math.max(figure.max ?? value, value),
  };
}

/** A minute in which the source was away for a moment is not a minute without one. */
function worse(one: HealthSample["level"], other: HealthSample["level"]): HealthSample["level"] {
  return WORSE.indexOf(other) > WORSE.indexOf(one) ? other : one;
}

export interface HealthMinutes {
  /** Never rejects: a minute that cannot be written is logged and missing. */
  add(broadcastId: string, sample: HealthSample): Promise<void>;
  /** Writes what has not been written. */
  close(): Promise<void>;
}

/** Holds one minute for each show whose program this node has. */
export function createHealthMinutes(ctx: Context): HealthMinutes {
  const open = new Map<string, Minute>();
  const write = async (broadcastId: string, minute: Minute): Promise<void> => {
    try {
      await upsertMinute(ctx.store.db, rowOf(broadcastId, minute));
      if (minute.at % (60 * MINUTE_MS) === 0)
        await deleteMinutesBefore(ctx.store.db, broadcastId, new Date(minute.at - KEPT_MS));
    } catch (error) {
      ctx.log.warn({ err: error, broadcastId }, "a minute of health is not stored");
    }
  };
  const writeOver = async (nowMs: number): Promise<void> => {
    const over = [...open].filter(([, minute]) => nowMs - minute.at >= MINUTE_MS);
    for (const [id] of over) open.delete(id);
    for (const [id, minute] of over) await write(id, minute);
  };
  return {
    async add(broadcastId, sample) {
      await writeOver(Date.parse(sample.at));
      open.set(broadcastId, withSample(open.get(broadcastId) ?? null, sample));
    },
    close: () => writeOver(Infinity),
  };
}

/** Oldest first, at most a day. */
export async function healthMinutes(ctx: Context, broadcastId: string): Promise<HealthMinute[]> {
  const rows = await listMinutes(ctx.store.db, broadcastId, MAX_MINUTES);
  return rows.toReversed().map(present);
}

function rowOf(broadcastId: string, { at, bitrate, fps, viewers, level, notes }: Minute) {
  return {
    broadcast_id: broadcastId,
    at: new Date(at),
    bitrate_count: bitrate.count,
    bitrate_sum: bitrate.sum,
    bitrate_min: bitrate.min,
    bitrate_max: bitrate.max,
    fps_count: fps.count,
    fps_sum: fps.sum,
    fps_min: fps.min,
    fps_max: fps.max,
    viewers,
    level,
    notes: JSON.stringify(notes),
  };
}

function present(row: MinuteRow): HealthMinute {
  const { at, viewers, level, notes } = row;
  return {
    at: at.toISOString(),
    bitrateBps: figureOf(row.bitrate_count, row.bitrate_sum, row.bitrate_min, row.bitrate_max),
    fps: figureOf(row.fps_count, row.fps_sum, row.fps_min, row.fps_max),
    viewers,
    level,
    notes,
  };
}

function figureOf(count: number, sum: number, lowest: number | null, highest: number | null): HealthMinute["fps"] {
  if (count === 0 || lowest === null || highest === null) return null;
  return { average: sum / count, lowest, highest };
}
