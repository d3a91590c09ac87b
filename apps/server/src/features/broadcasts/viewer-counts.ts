/** What all processes together count of viewers. */
import { VIEWER_REPORT, type ViewerFigures, type ViewerReport, type ViewersLeft } from "../../ports/bus-events.ts";

export const NOBODY: ViewerFigures = {
  viewers: 0,
  joinMsP50: null,
  latencyMsP50: null,
  stallRatio: null,
  rebufferedShare: null,
};

/** What one process reported last; since then, by broadcast: how many have left it, as it says, and how many have arrived elsewhere. */
type Reported = Readonly<{
  atMs: number;
  report: ViewerReport;
  left: Map<string, number>;
  elsewhere: Map<string, number>;
}>;

/** What all processes report, added up. A process that falls silent stops counting. `now` is wall time in ms. */
export class ViewerCounts {
  readonly #now: () => number;
  readonly #byNode = new Map<string, Reported>();

  constructor(now: () => number) {
    this.#now = now;
  }

  take(report: ViewerReport): void {
    this.#byNode.set(report.nodeId, { atMs: this.#now(), report, left: new Map(), elsewhere: new Map() });
    for (const [nodeId, { elsewhere }] of this.#byNode) {
      if (nodeId === report.nodeId) continue;
      for (const [id, marks] of Object.entries(report.arrived ?? {})) raise(elsewhere, id, marks.length);
    }
  }

  takeLeft({ nodeId, no, broadcasts }: ViewersLeft): void {
    const reported = this.#byNode.get(nodeId);
    if (reported?.report.no !== no) return;
    for (const [id, viewers] of Object.entries(broadcasts)) raise(reported.left, id, viewers);
  }

  /** Whether other processes than this one count viewers. */
  hasOthers(nodeId: string): boolean {
    return [...this.#byNode].some(
      ([other, { atMs }]) => other !== nodeId && this.#now() - atMs < VIEWER_REPORT.countsForMs,
    );
  }

  figures(broadcastId: string): ViewerFigures {
    return added(this.#reports(broadcastId, null));
  }

  /** @param nodeId a process that counts itself */
  countElsewhere(broadcastId: string, nodeId: string): number {
    return sum(this.#reports(broadcastId, nodeId).map((figures) => figures.viewers));
  }

  /** Of the processes that have viewers of it, one speaks for all: nobody need be elected. */
  speaksFor(broadcastId: string, nodeId: string): boolean {
    const nodes = [...this.#byNode].filter(([, { atMs, report }]) => {
      return this.#now() - atMs < VIEWER_REPORT.lateAfterMs && (report.broadcasts[broadcastId]?.viewers ?? 0) > 0;
    });
    return nodes.every(([other]) => nodeId <= other);
  }

  #reports(broadcastId: string, except: string | null): ViewerFigures[] {
    const parts: ViewerFigures[] = [];
    for (const [nodeId, reported] of this.#byNode) {
      if (this.#now() - reported.atMs >= VIEWER_REPORT.countsForMs) this.#byNode.delete(nodeId);
      else if (nodeId !== except) parts.push(this.#figures(reported, broadcastId));
    }
    return parts;
  }

  /** Nobody counts at two processes. One that has died does not say who has left it: they arrive at the others. */
  #figures({ atMs, report, left, elsewhere }: Reported, broadcastId: string): ViewerFigures {
    const figures = report.broadcasts[broadcastId] ?? NOBODY;
    const isLate = this.#now() - atMs >= VIEWER_REPORT.lateAfterMs;
    const gone = Math.max(left.get(broadcastId) ?? 0, isLate ? (elsewhere.get(broadcastId) ?? 0) : 0);
    return gone === 0 ? figures : { ...figures, viewers: Math.max(0, figures.viewers - gone) };
  }
}

function raise(numbers: Map<string, number>, key: string, by: number): void {
  numbers.set(key, (numbers.get(key) ?? 0) + by);
}

/** Medians of parts are averaged by viewers: near enough for a dashboard, and exact with one process. */
function added(parts: readonly ViewerFigures[]): ViewerFigures {
  const mean = (of: (figures: ViewerFigures) => number | null): number | null => {
    const known = parts.filter((part) => of(part) !== null && part.viewers > 0);
    const viewers = sum(known.map((part) => part.viewers));
    return viewers === 0 ? null : sum(known.map((part) => (of(part) ?? 0) * part.viewers)) / viewers;
  };
  return {
    viewers: sum(parts.map((part) => part.viewers)),
    joinMsP50: mean((part) => part.joinMsP50),
    latencyMsP50: mean((part) => part.latencyMsP50),
    stallRatio: mean((part) => part.stallRatio),
    rebufferedShare: mean((part) => part.rebufferedShare ?? null),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
