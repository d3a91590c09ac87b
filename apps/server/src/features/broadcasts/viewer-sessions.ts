/** Who watches right now, from the players' beacons: what this process counts itself, and what all processes count together. */
import type { ViewerBeacon } from "@rostrum/contract/broadcasts";
import type { Insertable } from "kysely";
import { VIEWER_REPORT, type ViewerFigures, type ViewerReport } from "../../ports/bus-events.ts";
import type { ViewerSessionTable } from "../../store/schema.ts";

/** How often a player is asked to send a beacon, and after how long a silent one counts as gone. */
export const BEACON = { everySec: 10, goneAfterMs: 25_000 } as const;

/** Sessions per broadcast in one process; more are counted as one flood, not kept. */
const MAX_SESSIONS = 100_000;
const MAX_USER_AGENT = 300;

export const NOBODY: ViewerFigures = { viewers: 0, joinMsP50: null, latencyMsP50: null, stallRatio: null };

type Session = {
  readonly startedAt: Date;
  readonly userAgent: string;
  seenMs: number;
  beacon: ViewerBeacon;
  /** Since the beacon before. */
  stalledMs: number;
  watchedMs: number;
  saved: boolean;
};

/** The sessions that send their beacons to this process. `now` is wall time in ms. */
export class ViewerSessions {
  readonly #now: () => number;
  readonly #byBroadcast = new Map<string, Map<string, Session>>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes a beacon in. A player that says goodbye stops counting at once. */
  note(broadcastId: string, beacon: ViewerBeacon, userAgent: string): void {
    const sessions = this.#byBroadcast.get(broadcastId) ?? new Map<string, Session>();
    this.#byBroadcast.set(broadcastId, sessions);
    const former = sessions.get(beacon.sessionId);
    if (former === undefined && sessions.size >= MAX_SESSIONS) return;
    sessions.set(beacon.sessionId, {
      startedAt: former?.startedAt ?? new Date(this.#now()),
      userAgent: userAgent.slice(0, MAX_USER_AGENT),
      seenMs: this.#now(),
      beacon,
      stalledMs: Math.max(0, beacon.stalledMs - (former?.beacon.stalledMs ?? 0)),
      watchedMs: Math.max(0, beacon.watchedMs - (former?.beacon.watchedMs ?? 0)),
      saved: false,
    });
  }

  figures(broadcastId: string): ViewerFigures {
    const present = [...(this.#byBroadcast.get(broadcastId)?.values() ?? [])].filter((one) => this.#isPresent(one));
    const stalled = sum(present.map((one) => one.stalledMs));
    const spent = stalled + sum(present.map((one) => one.watchedMs));
    return {
      viewers: present.length,
      joinMsP50: median(present.map((one) => one.beacon.joinMs)),
      latencyMsP50: median(present.map((one) => one.beacon.latencyMs)),
      stallRatio: spent === 0 ? null : stalled / spent,
    };
  }

  /** Figures of every broadcast with sessions, those that have just become empty included. */
  all(): Record<string, ViewerFigures> {
    return Object.fromEntries([...this.#byBroadcast.keys()].map((id) => [id, this.figures(id)]));
  }

  /** Rows that changed since the last call; sessions that are over are handed out once more, then forgotten. */
  takeChanged(): Insertable<ViewerSessionTable>[] {
    const rows: Insertable<ViewerSessionTable>[] = [];
    for (const [broadcastId, sessions] of this.#byBroadcast) {
      for (const [sessionId, session] of sessions) {
        if (!session.saved) rows.push(rowOf(broadcastId, session));
        session.saved = true;
        if (!this.#isPresent(session)) sessions.delete(sessionId);
      }
      if (sessions.size === 0) this.#byBroadcast.delete(broadcastId);
    }
    return rows;
  }

  #isPresent(session: Session): boolean {
    return !session.beacon.ended && this.#now() - session.seenMs < BEACON.goneAfterMs;
  }
}

/** What all processes report, added up. A process that falls silent stops counting. `now` is wall time in ms. */
export class ViewerCounts {
  readonly #now: () => number;
  readonly #byNode = new Map<string, { atMs: number; report: ViewerReport }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  take(report: ViewerReport): void {
    this.#byNode.set(report.nodeId, { atMs: this.#now(), report });
  }

  /** @param except a process whose own, newer figures are put in as `own` */
  figures(broadcastId: string, except?: string, own: ViewerFigures = NOBODY): ViewerFigures {
    const parts = [own];
    for (const [nodeId, { atMs, report }] of this.#byNode) {
      if (this.#now() - atMs >= VIEWER_REPORT.countsForMs) this.#byNode.delete(nodeId);
      else if (nodeId !== except) parts.push(report.broadcasts[broadcastId] ?? NOBODY);
    }
    return added(parts);
  }
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
  };
}

function rowOf(broadcastId: string, { beacon, startedAt, seenMs, userAgent }: Session): Insertable<ViewerSessionTable> {
  return {
    broadcast_id: broadcastId,
    session_id: beacon.sessionId,
    started_at: startedAt,
    last_seen_at: new Date(seenMs),
    join_ms: beacon.joinMs,
    watched_ms: beacon.watchedMs,
    stalls: beacon.stalls,
    stalled_ms: beacon.stalledMs,
    latency_ms: beacon.latencyMs,
    dropped_frames: beacon.droppedFrames,
    error: beacon.error,
    user_agent: userAgent,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function median(values: readonly (number | null)[]): number | null {
  const sorted = values.filter((value) => value !== null).toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
}
