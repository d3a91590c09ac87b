/** Who watches right now, from the players' beacons: what this process counts itself, and what all processes count together. */
import type { ViewerBeacon } from "@rostrum/contract/broadcasts";
import type { Insertable } from "kysely";
import { VIEWER_REPORT, type ViewerFigures, type ViewerReport } from "../../ports/bus-events.ts";
import type { ViewerSessionTable } from "../../store/schema.ts";

/** How often a player is asked to send a beacon, and after how long a silent one counts as gone. */
export const BEACON = { everySec: 10, goneAfterMs: 25_000 } as const;

/** Sessions per broadcast in one process; more are not counted. */
const MAX_SESSIONS = 100_000;
const MAX_USER_AGENT = 300;

const NOBODY: ViewerFigures = { viewers: 0, joinMsP50: null, latencyMsP50: null, stallRatio: null };

type Session = Readonly<{
  startedAt: Date;
  seenMs: number;
  beacon: ViewerBeacon;
  /** Since the beacon before. */
  stalledMs: number;
  watchedMs: number;
}>;

/** `present` is ordered by the last beacon, oldest first. `unsaved` are rows that changed since they were last handed out. */
type Audience = Readonly<{
  present: Map<string, Session>;
  unsaved: Map<string, Insertable<ViewerSessionTable>>;
}>;

/** The sessions that send their beacons to this process. `now` is wall time in ms. */
export class ViewerSessions {
  readonly #now: () => number;
  readonly #audiences = new Map<string, Audience>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes a beacon in. A player that says goodbye stops counting at once. */
  note(broadcastId: string, beacon: ViewerBeacon, userAgent: string): void {
    const { present, unsaved } = this.#audience(broadcastId);
    const former = present.get(beacon.sessionId);
    if (former === undefined && present.size >= MAX_SESSIONS) return;
    const nowMs = this.#now();
    const sinceMs = former === undefined ? BEACON.everySec * 1000 : nowMs - former.seenMs;
    const session: Session = {
      startedAt: former?.startedAt ?? new Date(nowMs),
      seenMs: nowMs,
      beacon,
      stalledMs: growth(beacon.stalledMs, former?.beacon.stalledMs, sinceMs),
      watchedMs: growth(beacon.watchedMs, former?.beacon.watchedMs, sinceMs),
    };
    present.delete(beacon.sessionId);
    if (!beacon.ended) present.set(beacon.sessionId, session);
    keep(unsaved, rowOf(broadcastId, session, userAgent));
  }

  /** Cheap: every beacon asks. */
  count(broadcastId: string): number {
    const audience = this.#audiences.get(broadcastId);
    if (audience === undefined) return 0;
    for (const [sessionId, { seenMs }] of audience.present) {
      if (this.#now() - seenMs < BEACON.goneAfterMs) break;
      audience.present.delete(sessionId);
    }
    return audience.present.size;
  }

  /** Figures of every broadcast with sessions; one whose last session has left is in the next answer only. */
  report(): Record<string, ViewerFigures> {
    const report: Record<string, ViewerFigures> = {};
    for (const [broadcastId, { present }] of this.#audiences) {
      const viewers = this.count(broadcastId);
      report[broadcastId] = viewers === 0 ? NOBODY : figuresOf([...present.values()]);
    }
    return report;
  }

  /** Rows that changed since the last call. Broadcasts without sessions are forgotten. */
  takeChanged(): Insertable<ViewerSessionTable>[] {
    const rows: Insertable<ViewerSessionTable>[] = [];
    for (const [broadcastId, { present, unsaved }] of this.#audiences) {
      for (const row of unsaved.values()) rows.push(row);
      unsaved.clear();
      if (present.size === 0) this.#audiences.delete(broadcastId);
    }
    return rows;
  }

  /** Takes rows back that could not be stored: they are handed out again, unless there are newer ones. */
  putBack(rows: readonly Insertable<ViewerSessionTable>[]): void {
    for (const row of rows) {
      const { unsaved } = this.#audience(row.broadcast_id);
      if (!unsaved.has(row.session_id)) keep(unsaved, row);
    }
  }

  #audience(broadcastId: string): Audience {
    const audience = this.#audiences.get(broadcastId) ?? { present: new Map(), unsaved: new Map() };
    this.#audiences.set(broadcastId, audience);
    return audience;
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

  figures(broadcastId: string): ViewerFigures {
    return added(this.#reports(broadcastId, null));
  }

  /** @param nodeId a process that counts itself */
  countElsewhere(broadcastId: string, nodeId: string): number {
    return sum(this.#reports(broadcastId, nodeId).map((figures) => figures.viewers));
  }

  #reports(broadcastId: string, except: string | null): ViewerFigures[] {
    const parts: ViewerFigures[] = [];
    for (const [nodeId, { atMs, report }] of this.#byNode) {
      if (this.#now() - atMs >= VIEWER_REPORT.countsForMs) this.#byNode.delete(nodeId);
      else if (nodeId !== except) parts.push(report.broadcasts[broadcastId] ?? NOBODY);
    }
    return parts;
  }
}

/** While nothing can be stored, rows of the first sessions are kept and those of further ones are not. */
function keep(unsaved: Audience["unsaved"], row: Insertable<ViewerSessionTable>): void {
  if (unsaved.size < MAX_SESSIONS || unsaved.has(row.session_id)) unsaved.set(row.session_id, row);
}

/** Nobody can watch or wait for longer than the time that has passed, whatever the player says. */
function growth(totalMs: number, formerMs: number | undefined, sinceMs: number): number {
  return Math.min(Math.max(0, totalMs - (formerMs ?? 0)), sinceMs);
}

function figuresOf(sessions: readonly Session[]): ViewerFigures {
  const stalled = sum(sessions.map((one) => one.stalledMs));
  const spent = stalled + sum(sessions.map((one) => one.watchedMs));
  return {
    viewers: sessions.length,
    joinMsP50: median(sessions.map((one) => one.beacon.joinMs)),
    latencyMsP50: median(sessions.map((one) => one.beacon.latencyMs)),
    stallRatio: spent === 0 ? null : stalled / spent,
  };
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

function rowOf(
  broadcastId: string,
  { beacon, startedAt, seenMs }: Session,
  userAgent: string,
): Insertable<ViewerSessionTable> {
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
    user_agent: userAgent.slice(0, MAX_USER_AGENT),
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
