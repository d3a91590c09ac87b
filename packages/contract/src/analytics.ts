/** How a show was watched: what players say of themselves, what the crew reads while it runs and afterwards. */
import { z } from "zod";
import { BroadcastState } from "./broadcast-state.ts";
import { Id, Instant } from "./common.ts";
import { Currency } from "./money.ts";

/** What fed the picture: frame by frame, LL-HLS, or a recording. */
export const Delivery = z.enum(["realtime", "hls", "vod"]);
export type Delivery = z.infer<typeof Delivery>;

/** Where somebody came from, as a class: no address is told. `internal`: this installation's pages; `embed`: a player on another site. */
export const Referrer = z.enum(["direct", "internal", "search", "social", "embed", "other"]);
export type Referrer = z.infer<typeof Referrer>;

/** By the user agent. */
export const DeviceClass = z.enum(["phone", "tablet", "desktop", "tv", "other"]);
export type DeviceClass = z.infer<typeof DeviceClass>;
export const BrowserFamily = z.enum(["chrome", "edge", "firefox", "opera", "safari", "samsung", "other"]);
export type BrowserFamily = z.infer<typeof BrowserFamily>;

/** Steps of latency in ms: the upper ends of all bins but the last. */
export const LATENCY_EDGES_MS = [500, 1000, 2000, 3000, 5000, 10_000, 30_000] as const;

/** Shares sum to 1. `toMs` is exclusive; null: and more. Empty while nobody has told a latency. */
export const LatencyBin = z.object({ fromMs: z.number(), toMs: z.number().nullable(), share: z.number() });
export type LatencyBin = z.infer<typeof LatencyBin>;

/**
 * Viewer sessions by something, most watched first. `key` is one of the lists above; of regions an IANA time zone as the browser
 * reports it ("unknown" when it does not), of qualities the picture's height in px ("0": not known).
 */
export const BreakdownItem = z.object({ key: z.string(), sessions: z.number().int(), watchedMs: z.number() });
export type BreakdownItem = z.infer<typeof BreakdownItem>;
const Breakdown = z.array(BreakdownItem);

const breakdowns = {
  devices: Breakdown,
  browsers: Breakdown,
  regions: Breakdown,
  modes: Breakdown,
  qualities: Breakdown,
  sources: Breakdown,
};

/** `viewers` is an average over the step. Ratios are 0 to 1; null is "not known", never zero. */
const seriesPoint = {
  viewers: z.number(),
  joins: z.number().int(),
  stallRatio: z.number().nullable(),
  bitrateBps: z.number().nullable(),
};
export const LivePoint = z.object({ at: Instant, ...seriesPoint });
export type LivePoint = z.infer<typeof LivePoint>;

/**
 * `GET /api/v1/broadcasts/:id/analytics/live`. `viewers`, `stallRatio`, `rebufferedShare` (of the present viewers, how many had to
 * wait) and `latency` are of about the last minute, `series` of the last hour, the rest of the whole show so far. `countsOnly`: a show
 * in kid mode, where nothing is kept of single viewers.
 */
export const LiveAnalytics = z.object({
  at: Instant,
  countsOnly: z.boolean(),
  viewers: z.number().int(),
  peakViewers: z.number().int(),
  sessions: z.number().int(),
  joinMsP50: z.number().nullable(),
  joinMsP95: z.number().nullable(),
  stallRatio: z.number().nullable(),
  rebufferedShare: z.number().nullable(),
  latency: z.array(LatencyBin),
  stepSec: z.number(),
  series: z.array(LivePoint),
  ...breakdowns,
});
export type LiveAnalytics = z.infer<typeof LiveAnalytics>;

/** `atMs`: since the show went on the air. */
export const ReportPoint = z.object({ atMs: z.number(), ...seriesPoint, chatMessages: z.number().int() });
export type ReportPoint = z.infer<typeof ReportPoint>;

export const AnalyticsTotals = z.object({
  peakViewers: z.number().int(),
  averageViewers: z.number().nullable(),
  sessions: z.number().int(),
  watchedMs: z.number(),
  stallRatio: z.number().nullable(),
  /** Of all sessions, how many had to wait at least once. */
  rebufferedShare: z.number().nullable(),
  joinMsP50: z.number().nullable(),
  joinMsP95: z.number().nullable(),
  /** Of the recording, after the show. */
  replaySessions: z.number().int(),
  replayWatchedMs: z.number(),
  chatMessages: z.number().int(),
  chatPeople: z.number().int(),
});

/** What was tipped during the show. `provider` demo: no money was moved. */
export const AnalyticsTips = z.object({
  currency: Currency,
  provider: z.enum(["stripe", "demo"]),
  tips: z.number().int(),
  grossMinor: z.number().int(),
  netMinor: z.number().int(),
});
export type AnalyticsTips = z.infer<typeof AnalyticsTips>;

/** `GET /api/v1/broadcasts/:id/analytics`. `retention`: of all sessions, the share that watched for at least so many minutes. */
export const Analytics = z.object({
  broadcastId: Id,
  title: z.string(),
  state: BroadcastState,
  liveAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  countsOnly: z.boolean(),
  durationMs: z.number(),
  totals: AnalyticsTotals,
  tips: z.array(AnalyticsTips),
  stepMs: z.number(),
  series: z.array(ReportPoint),
  chapters: z.array(z.object({ atMs: z.number(), title: z.string() })),
  retention: z.array(z.object({ minute: z.number().int(), share: z.number() })),
  latency: z.array(LatencyBin),
  ...breakdowns,
});
export type Analytics = z.infer<typeof Analytics>;

/** `GET …/analytics/export`. CSV has one table: the time line, or who watched how; JSON has everything. */
export const AnalyticsExportQuery = z.object({
  file: z.enum(["csv", "json"]).default("csv"),
  table: z.enum(["timeline", "audience"]).default("timeline"),
});
