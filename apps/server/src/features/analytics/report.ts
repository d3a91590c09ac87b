/** How a show was watched, as a whole. */
import type { Analytics } from "@rostrum/contract/analytics";
import type { Context } from "../../context.ts";
import type { ShownRow } from "../broadcasts/service.ts";
import { chatActivity } from "../chat/service.ts";
import { markersByClock } from "../recordings/service.ts";
import { tipTotalsOf } from "../tips/service.ts";
import { latencyShares } from "./bins.ts";
import { breakdownsOf, joinQuantiles, retentionOf, toldTotals, totalOf } from "./breakdown.ts";
import { listTotals, sumSteps, type Steps } from "./queries.ts";
import { allSums, latencyCounts, pointsOf, type Span, spanOf, stallRatioOf, stepsOf } from "./series.ts";
import type { BucketSums } from "./tally.ts";

type Chat = Awaited<ReturnType<typeof chatActivity>>;
type Totals = Analytics["totals"];

/** While the show is on the air, what has happened so far. */
export async function analyticsOf(ctx: Context, row: ShownRow, nowMs: number): Promise<Analytics> {
  const { db } = ctx.store;
  const span = spanOf(row, nowMs);
  const steps = stepsOf(span);
  const [rows, allTotals, chat, tips, markers] = await Promise.all([
    sumSteps(db, row.id, steps),
    listTotals(db, row.id),
    chatActivity(ctx, row.id, steps),
    tipTotalsOf(ctx, row.channel_id, row.id),
    markersByClock(ctx, row.id),
  ]);
  const totals = toldTotals(allTotals, row.kid_mode);
  const sums = allSums(rows);
  const durationMs = span.endMs - span.beganMs;
  return {
    ...{ broadcastId: row.id, title: row.title, state: row.state, countsOnly: row.kid_mode, durationMs },
    liveAt: row.live_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    totals: {
      peakViewers: row.peak_viewers,
      averageViewers: durationMs <= 0 ? null : Math.round((sums.present_ms / durationMs) * 10) / 10,
      ...watchTotals(sums, totals),
      chatMessages: chat.messages,
      chatPeople: chat.people,
    },
    tips: tips.map(({ currency, provider, tips: count, grossMinor, netMinor }) => ({
      ...{ currency, provider, tips: count, grossMinor, netMinor },
    })),
    stepMs: steps.stepMs,
    series: row.live_at === null ? [] : seriesOf(rows, steps, span, chat),
    chapters: markers.map(({ at, title }) => ({ atMs: Math.max(0, at.getTime() - span.beganMs), title })),
    retention: retentionOf(totals),
    latency: latencyShares(latencyCounts(sums)),
    ...breakdownsOf(totals),
  };
}

type WatchTotals = Omit<Totals, "peakViewers" | "averageViewers" | "chatMessages" | "chatPeople">;

function watchTotals(sums: BucketSums, totals: Parameters<typeof totalOf>[0]): WatchTotals {
  const sessions = Math.round(sums.joins);
  const replay = totalOf(totals, "replay");
  return {
    sessions,
    watchedMs: Math.round(sums.watched_ms),
    stallRatio: stallRatioOf(sums),
    rebufferedShare: sessions === 0 ? null : Math.min(1, totalOf(totals, "stalled").sessions / sessions),
    ...joinQuantiles(totals),
    replaySessions: replay.sessions,
    replayWatchedMs: Math.round(replay.watchedMs),
  };
}

function seriesOf(
  rows: Awaited<ReturnType<typeof sumSteps>>,
  steps: Steps,
  span: Span,
  chat: Chat,
): Analytics["series"] {
  return pointsOf(rows, steps, span).map(({ atMs, ...point }, step) => ({
    atMs: Math.max(0, atMs - span.beganMs),
    ...point,
    chatMessages: chat.bySteps.get(step) ?? 0,
  }));
}
