/** What sessions add to the sums of their shows: by stretches of time, and by what they are. Bounded for each show. */
import type { AudienceBucketTable, AudienceTotalTable } from "../../store/audience-tables.ts";
import { durationBin, latencyBin } from "./bins.ts";
import type { Growth, SessionReport } from "./session-report.ts";

/**
 * - `device`, `browser`, `region`, `source`: sessions and what they have watched, by what the session is
 * - `mode`, `quality`: sessions by how they began, time by how it was watched
 * - `join`: sessions by the bin of their join time · `stay`: sessions that have watched for so many minutes · `stalled`: that had to wait
 * - `replay`: sessions of the recording
 */
export type Dimension =
  | "device"
  | "browser"
  | "region"
  | "source"
  | "mode"
  | "quality"
  | "join"
  | "stay"
  | "stalled"
  | "replay";

const HOUR_MS = 3_600_000;
const SHORTEST_MS = 10_000;
/** From this age of a show on stretches are so long: a day has 8,640, a month of what follows as many, a year of the rest, too. */
const WIDTHS: readonly (readonly [fromMs: number, widthMs: number])[] = [
  [31 * 24 * HOUR_MS, HOUR_MS],
  [24 * HOUR_MS, 5 * 60_000],
  [0, SHORTEST_MS],
];
/** Longer stays without a word between are not believed. */
const MAX_STRETCH_MS = 6 * HOUR_MS;
/** The minutes by which people stay are counted so far. */
export const MAX_STAY_MIN = 720;
/** Heights as people name them; encoders crop a few lines. */
const QUALITIES = [2160, 1440, 1080, 720, 480, 360, 240, 144];
/** Of shows and stretches that wait to be stored. */
const MAX_WAITING = 50_000;

export type BucketSums = Omit<AudienceBucketTable, "broadcast_id" | "at" | "width_ms">;

/** Adds up until `take` is called. */
export class Tally {
  readonly #buckets = new Map<string, AudienceBucketTable>();
  readonly #totals = new Map<string, AudienceTotalTable>();

  /** @param countsOnly nothing of what single viewers are is counted */
  add(report: SessionReport, growth: Growth, countsOnly = false): void {
    if (!report.live) {
      this.#count(report, "replay", "", growth.isNew ? 1 : 0, growth.watchedMs);
      return;
    }
    this.#addTime(report, growth);
    if (growth.joinMs !== null) this.#count(report, "join", String(durationBin(growth.joinMs)), 1, 0);
    if (growth.firstStall) this.#count(report, "stalled", "", 1, 0);
    if (!countsOnly) this.#addViewer(report, growth);
  }

  /** All there is, in an order in which several processes can write without waiting for each other in a circle. */
  take(): { buckets: AudienceBucketTable[]; totals: AudienceTotalTable[] } {
    const inOrder = <T>(map: Map<string, T>): T[] =>
      [...map].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
    const taken = { buckets: inOrder(this.#buckets), totals: inOrder(this.#totals) };
    this.#buckets.clear();
    this.#totals.clear();
    return taken;
  }

  /** Takes back what could not be stored. */
  putBack({ buckets, totals }: ReturnType<Tally["take"]>): void {
    for (const row of buckets) {
      const known = this.#bucket(row.broadcast_id, row.at.getTime(), row.width_ms);
      if (known !== undefined) addSums(known, row);
    }
    for (const row of totals) this.#total(row.broadcast_id, row.dimension, row.key, row.sessions, row.watched_ms);
  }

  #addTime(report: SessionReport, growth: Growth): void {
    const { broadcastId, showBeganMs, beacon, seenMs } = report;
    const fromMs = Math.max(growth.hereFromMs, showBeganMs, seenMs - MAX_STRETCH_MS);
    for (let atMs = Math.min(fromMs, seenMs); ;) {
      const { beginMs, widthMs } = bucketOf(atMs, showBeganMs);
      const bucket = this.#bucket(broadcastId, beginMs, widthMs);
      const untilMs = Math.min(beginMs + widthMs, seenMs);
      if (bucket !== undefined) {
        bucket.present_ms += Math.max(0, untilMs - atMs);
        if (growth.isNew && atMs <= fromMs) bucket.joins += 1;
        if (seenMs < beginMs + widthMs) addMoment(bucket, beacon, growth);
      }
      if (seenMs < beginMs + widthMs) return;
      atMs = beginMs + widthMs;
    }
  }

  #addViewer(report: SessionReport, growth: Growth): void {
    const { about, beacon } = report;
    const sessions = growth.isNew ? 1 : 0;
    const add = (dimension: Dimension, key: string): void => {
      this.#count(report, dimension, key, sessions, growth.watchedMs);
    };
    add("device", about.device);
    add("browser", about.browser);
    add("region", about.region);
    add("source", about.referrer);
    if (beacon.delivery !== undefined) add("mode", beacon.delivery);
    add("quality", String(qualityOf(beacon.heightPx ?? 0)));
    const minutes = Math.min(MAX_STAY_MIN, Math.floor(growth.total.watchedMs / 60_000));
    const former = Math.floor((growth.total.watchedMs - growth.watchedMs) / 60_000);
    for (let minute = former + 1; minute <= minutes; minute += 1) this.#count(report, "stay", String(minute), 1, 0);
  }

  #count({ broadcastId }: SessionReport, dimension: Dimension, key: string, sessions: number, watchedMs: number): void {
    if (sessions > 0 || watchedMs > 0) this.#total(broadcastId, dimension, key, sessions, watchedMs);
  }

  #total(broadcastId: string, dimension: string, key: string, sessions: number, watchedMs: number): void {
    const name = `${broadcastId} ${dimension} ${key}`;
    const known = this.#totals.get(name);
    if (known === undefined && this.#totals.size >= MAX_WAITING) return;
    this.#totals.set(name, {
      ...{ broadcast_id: broadcastId, dimension, key },
      sessions: (known?.sessions ?? 0) + sessions,
      watched_ms: (known?.watched_ms ?? 0) + watchedMs,
    });
  }

  #bucket(broadcastId: string, beginMs: number, widthMs: number): AudienceBucketTable | undefined {
    const name = `${broadcastId} ${String(beginMs).padStart(15, "0")}`;
    const known = this.#buckets.get(name);
    if (known !== undefined || this.#buckets.size >= MAX_WAITING) return known;
    const made = { broadcast_id: broadcastId, at: new Date(beginMs), width_ms: widthMs, ...emptySums() };
    this.#buckets.set(name, made);
    return made;
  }
}

/** The stretch of a show in which a moment lies. Stretches of 10 s begin at whole tens of seconds, and so on. */
export function bucketOf(atMs: number, showBeganMs: number): { beginMs: number; widthMs: number } {
  const beginOf = (widthMs: number): number => Math.floor(atMs / widthMs) * widthMs;
  // By its begin: a long stretch never begins where a short one does.
  const widthMs = WIDTHS.find(([fromMs, width]) => beginOf(width) - showBeganMs >= fromMs)?.[1] ?? SHORTEST_MS;
  return { beginMs: beginOf(widthMs), widthMs };
}

export function emptySums(): BucketSums {
  return {
    ...{ joins: 0, present_ms: 0, watched_ms: 0, stalled_ms: 0, stalls: 0, bitrate_sum: 0, bitrate_count: 0 },
    ...{ latency_0: 0, latency_1: 0, latency_2: 0, latency_3: 0 },
    ...{ latency_4: 0, latency_5: 0, latency_6: 0, latency_7: 0 },
  };
}

export const SUM_NAMES = Object.keys(emptySums()) as readonly (keyof BucketSums)[];
export const LATENCY_NAMES = SUM_NAMES.filter((name) => name.startsWith("latency_"));

export function addSums(into: BucketSums, from: BucketSums): void {
  for (const name of SUM_NAMES) into[name] += from[name];
}

function addMoment(bucket: BucketSums, beacon: SessionReport["beacon"], growth: Growth): void {
  bucket.watched_ms += growth.watchedMs;
  bucket.stalled_ms += growth.stalledMs;
  bucket.stalls += growth.stalls;
  if (beacon.bitrateBps !== null) {
    bucket.bitrate_sum += Math.min(beacon.bitrateBps, 1e9);
    bucket.bitrate_count += 1;
  }
  const name = beacon.latencyMs === null ? undefined : LATENCY_NAMES[latencyBin(beacon.latencyMs)];
  if (name !== undefined) bucket[name] += 1;
}

/** 0: not known. */
function qualityOf(heightPx: number): number {
  return QUALITIES.find((height) => heightPx >= height * 0.95) ?? 0;
}
