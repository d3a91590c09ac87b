/** How a show is being watched right now. */
import type { LiveAnalytics } from "@rostrum/contract/analytics";
import type { Context } from "../../context.ts";
import type { ViewerFigures } from "../../ports/bus-events.ts";
import type { ShownRow } from "../broadcasts/service.ts";
import { latencyShares } from "./bins.ts";
import { breakdownsOf, joinQuantiles, toldTotals } from "./breakdown.ts";
import { countSessions, listTotals, sumSteps } from "./queries.ts";
import { allSums, lastMinuteOf, latencyCounts, pointsOf, spanOf, stepsOf } from "./series.ts";

const HOUR_MS = 3_600_000;

/**
 * Before the show everything is empty; after it, it is the show's last hour.
 * @param figures of the viewers who are present, all processes together
 */
export async function liveAnalytics(
  ctx: Context,
  row: ShownRow,
  figures: ViewerFigures,
  nowMs: number,
): Promise<LiveAnalytics> {
  const { db } = ctx.store;
  const span = spanOf(row, nowMs);
  const steps = stepsOf(span, HOUR_MS);
  const [rows, minute, allTotals, sessions] = await Promise.all([
    sumSteps(db, row.id, steps),
    sumSteps(db, row.id, lastMinuteOf(span)),
    listTotals(db, row.id),
    countSessions(db, row.id),
  ]);
  const totals = toldTotals(allTotals, row.kid_mode);
  const points = row.live_at === null ? [] : pointsOf(rows, steps, span);
  return {
    at: new Date(nowMs).toISOString(),
    countsOnly: row.kid_mode,
    viewers: figures.viewers,
    peakViewers: Math.max(row.peak_viewers, figures.viewers),
    sessions,
    ...joinQuantiles(totals),
    stallRatio: figures.stallRatio,
    rebufferedShare: figures.rebufferedShare ?? null,
    latency: latencyShares(latencyCounts(allSums(minute))),
    stepSec: steps.stepMs / 1000,
    series: points.map(({ atMs, ...point }) => ({ at: new Date(atMs).toISOString(), ...point })),
    ...breakdownsOf(totals),
  };
}
