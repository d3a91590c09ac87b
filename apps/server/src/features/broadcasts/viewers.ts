/** Viewer counting in one process: beacons in, a report to the others every 5 s, totals out. */
import type { BroadcastTopicEvent, ViewerBeacon } from "@rostrum/contract/broadcasts";
import type { Context } from "../../context.ts";
import { every } from "../../lib/every.ts";
import {
  publishToClients,
  VIEWER_REPORT,
  type ViewerFigures,
  type ViewerReport,
  type ViewersLeft,
} from "../../ports/bus-events.ts";
import { follow } from "../../ports/follow.ts";
import { REPORTS_AT_ONCE, storeReports, storeSums } from "../analytics/service.ts";
import { raisePeakViewers } from "./queries.ts";
import { ViewerCounts } from "./viewer-counts.ts";
import { ViewerSessions, type Visit } from "./viewer-sessions.ts";

const TOPIC = "viewers";
const LEFT_TOPIC = "viewers_left";

export interface Viewers {
  /** Of what is on the air. */
  note(broadcastId: string, beacon: ViewerBeacon, visit: Visit): void;
  /** Of a recording. */
  noteReplay(broadcastId: string, beacon: ViewerBeacon, visit: Visit): void;
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
  let reports = 0;
  hear(ctx, counts, signal, ({ nodeId, arrived = {} }) => {
    const left = nodeId === ctx.nodeId ? {} : sessions.haveLeft(arrived);
    if (Object.keys(left).length > 0) void tellLeft(ctx, { nodeId: ctx.nodeId, no: reports, broadcasts: left });
  });
  const count = (id: string): number => {
    // Who has just come may be counted elsewhere still: that is settled by the next report.
    const unsettled = counts.hasOthers(ctx.nodeId) ? sessions.countUntold(id) : 0;
    return sessions.count(id) - unsettled + counts.countElsewhere(id, ctx.nodeId);
  };
  let told = new Map<string, number>();
  const tellClients = async (report: ViewerReport["broadcasts"]): Promise<void> => {
    const spoken = Object.keys(report).filter((id) => counts.speaksFor(id, ctx.nodeId));
    const former = told;
    told = new Map(spoken.map((id) => [id, count(id)]));
    for (const [id, viewers] of told) {
      const event: BroadcastTopicEvent = { type: "broadcast.viewers", viewers };
      if (former.get(id) !== viewers) await publishToClients(ctx.bus, `broadcast:${id}`, event);
    }
  };
  const report = async (): Promise<void> => {
    const broadcasts = sessions.report();
    const ids = Object.keys(broadcasts);
    const arrived = sessions.takeArrived();
    reports += 1;
    if (ids.length > 0) {
      const isToTell = counts.hasOthers(ctx.nodeId) && Object.keys(arrived).length > 0;
      const own: ViewerReport = { nodeId: ctx.nodeId, no: reports, broadcasts, ...(isToTell ? { arrived } : {}) };
      await ctx.bus.publish(TOPIC, own);
      await tellClients(broadcasts);
    }
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
  return {
    note: (id, beacon, visit) => sessions.note(id, beacon, visit),
    noteReplay: (id, beacon, visit) => sessions.noteReplay(id, beacon, visit),
    count,
    report,
  };
}

/** For a process that takes no beacons itself: what the others count. Follows the bus until `signal` aborts. */
export function followViewers(ctx: Context, signal: AbortSignal): (broadcastId: string) => ViewerFigures {
  const counts = new ViewerCounts(Date.now);
  hear(ctx, counts, signal);
  return (id) => counts.figures(id);
}

/** Takes in what all processes say, this one too, until `signal` aborts. */
function hear(
  ctx: Context,
  counts: ViewerCounts,
  signal: AbortSignal,
  onReport: (report: ViewerReport) => void = () => undefined,
): void {
  const take = (report: ViewerReport): void => {
    counts.take(report);
    onReport(report);
  };
  void follow<ViewerReport>(ctx, TOPIC, signal, take);
  void follow<ViewersLeft>(ctx, LEFT_TOPIC, signal, (left) => counts.takeLeft(left));
}

async function tellLeft({ bus, log }: Context, left: ViewersLeft): Promise<void> {
  try {
    await bus.publish(LEFT_TOPIC, left);
  } catch (err) {
    log.debug({ err }, "who has gone to another process counts twice until the next report");
  }
}

/** What cannot be stored now is tried again with the next report. */
async function save(ctx: Context, sessions: ViewerSessions): Promise<void> {
  const { db } = ctx.store;
  const reports = sessions.takeReports();
  for (let from = 0; from < reports.length; from += REPORTS_AT_ONCE) {
    try {
      sessions.putBack(await storeReports(db, reports.slice(from, from + REPORTS_AT_ONCE)));
    } catch (error) {
      sessions.putBack(reports.slice(from));
      throw error;
    }
  }
  const sums = sessions.sums.take();
  if (sums.buckets.length === 0 && sums.totals.length === 0) return;
  try {
    await storeSums(db, sums);
  } catch (error) {
    sessions.sums.putBack(sums);
    throw error;
  }
}
