/** Viewer counting in one process: beacons in, a report to the others every 5 s, totals out. */
import type { ViewerBeacon } from "@rostrum/contract/broadcasts";
import type { Context } from "../../context.ts";
import { every } from "../../lib/every.ts";
import { VIEWER_REPORT, type ViewerFigures, type ViewerReport } from "../../ports/bus-events.ts";
import { follow } from "./follow.ts";
import { raisePeakViewers, upsertViewerSessions } from "./queries.ts";
import { ViewerCounts, ViewerSessions } from "./viewer-sessions.ts";

const TOPIC = "viewers";
/** Rows of one insert: below the 65,535 parameters that PostgreSQL takes. */
const ROWS_PER_INSERT = 1000;

export interface Viewers {
  note(broadcastId: string, beacon: ViewerBeacon, userAgent: string): void;
  /** Of all processes together; cheap. */
  count(broadcastId: string): number;
  /** Tells the others and stores what changed, as it happens every 5 s anyway. */
  report(): Promise<void>;
}

/** Counts and reports until `signal` aborts. `now` is wall time in ms. */
export function createViewers(ctx: Context, signal: AbortSignal, now: () => number = Date.now): Viewers {
  const sessions = new ViewerSessions(now);
  const counts = new ViewerCounts(now);
  let peaks = new Map<string, number>();
  void follow<ViewerReport>(ctx, TOPIC, signal, (report) => counts.take(report));
  const count = (id: string): number => sessions.count(id) + counts.countElsewhere(id, ctx.nodeId);
  const report = async (): Promise<void> => {
    const broadcasts = sessions.report();
    const ids = Object.keys(broadcasts);
    if (ids.length === 0) return;
    await ctx.bus.publish(TOPIC, { nodeId: ctx.nodeId, broadcasts } satisfies ViewerReport);
    await save(ctx, sessions);
    const former = peaks;
    peaks = new Map(ids.map((id) => [id, Math.max(count(id), former.get(id) ?? 0)]));
    for (const [id, peak] of peaks) {
      if (peak > (former.get(id) ?? 0)) await raisePeakViewers(ctx.store.db, id, peak);
    }
  };
  void every(VIEWER_REPORT.everyMs, signal, report, (error) => {
    ctx.log.warn({ err: error }, "viewers could not be reported");
  });
  return { note: (id, beacon, userAgent) => sessions.note(id, beacon, userAgent), count, report };
}

/** For a process that takes no beacons itself: what the others count. Follows the bus until `signal` aborts. */
export function followViewers(ctx: Context, signal: AbortSignal): (broadcastId: string) => ViewerFigures {
  const counts = new ViewerCounts(Date.now);
  void follow<ViewerReport>(ctx, TOPIC, signal, (report) => counts.take(report));
  return (id) => counts.figures(id);
}

/** What cannot be stored now is tried again with the next report. */
async function save(ctx: Context, sessions: ViewerSessions): Promise<void> {
  const rows = sessions.takeChanged();
  for (let from = 0; from < rows.length; from += ROWS_PER_INSERT) {
    try {
      await upsertViewerSessions(ctx.store.db, rows.slice(from, from + ROWS_PER_INSERT));
    } catch (error) {
      sessions.putBack(rows.slice(from));
      throw error;
    }
  }
}
