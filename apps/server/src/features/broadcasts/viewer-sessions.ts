/** Who sends beacons to this process: who is present, and what of it waits to be stored. */
import { createHash } from "node:crypto";
import type { ViewerBeacon } from "@rostrum/contract/broadcasts";
import type { ViewerFigures } from "../../ports/bus-events.ts";
import {
  aboutOf,
  type Counted,
  GONE_AFTER_MS,
  growthOf,
  isKnown,
  type SessionReport,
  Tally,
} from "../analytics/service.ts";
import { NOBODY } from "./viewer-counts.ts";

/** How often a player is asked to send a beacon, and after how long a silent one counts as gone. */
export const BEACON = { everySec: 10, goneAfterMs: GONE_AFTER_MS } as const;

/** Sessions per broadcast in one process; more are not counted. */
const MAX_SESSIONS = 100_000;
/** Sessions of one broadcast that one process stores; of more only sums are kept. */
const MAX_STORED = 200_000;
/** Told of in one report to the other processes; the rest follow. Balancers that send each beacon elsewhere make them many. */
const MAX_ARRIVED = 4000;
const MARK_CHARS = 8;
/** Reports that wait to be stored, of all recordings that are watched. */
const MAX_REPLAYS = 100_000;
const RECENT_MS = 60_000;

/** Who sends a beacon, and of what. */
export type Visit = Readonly<{
  userAgent: string;
  /** Null: not signed in. */
  accountId: string | null;
  /** When the show went on the air, ms since 1970. */
  showBeganMs: number;
  /** Nothing is kept of single viewers. */
  countsOnly: boolean;
}>;

type Session = Readonly<{
  report: SessionReport;
  /** As the other processes know it. */
  mark: string;
  /** False: only sums of it are kept, of which `summed` says what was counted. */
  stored: boolean;
  summed: Counted | null;
  /** Since the beacon before. */
  stalledMs: number;
  watchedMs: number;
  /** When it was last heard that it had to wait; null: never. */
  waitedAtMs: number | null;
}>;

/**
 * `present` is ordered by the last beacon, oldest first. `moved` were, and count where they were heard since. `arrived` are marks that the
 * other processes have still to be told. `unsaved` are reports that were not handed out yet.
 */
type Audience = Readonly<{
  present: Map<string, Session>;
  moved: Map<string, Session>;
  arrived: Set<string>;
  unsaved: Map<string, SessionReport>;
  size: { stored: number };
}>;

/** The sessions that send their beacons to this process. `now` is wall time in ms. */
export class ViewerSessions {
  readonly #now: () => number;
  readonly #audiences = new Map<string, Audience>();
  readonly #replays = new Map<string, SessionReport>();
  /** Of sessions of which nothing else is kept. */
  readonly sums = new Tally();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes a beacon of somebody in who watches what is on the air. A player that says goodbye stops counting at once. */
  note(broadcastId: string, beacon: ViewerBeacon, visit: Visit): void {
    const audience = this.#audience(broadcastId);
    const { present, moved, arrived } = audience;
    const wasHere = present.has(beacon.sessionId);
    const former = present.get(beacon.sessionId) ?? moved.get(beacon.sessionId);
    if (!wasHere && present.size >= MAX_SESSIONS) return;
    if (isKnown(beacon, seqOf(former?.report ?? audience.unsaved.get(beacon.sessionId)))) return;
    const mayStore = !visit.countsOnly && audience.size.stored < MAX_STORED;
    if (former === undefined && mayStore) audience.size.stored += 1;
    // A show may be switched to kid mode while somebody watches.
    const isStored = (former?.stored ?? mayStore) && !visit.countsOnly;
    const session = this.#sessionOf(broadcastId, beacon, visit, former, isStored);
    const kept = session.stored ? session : this.#summed(session, visit, wasHere);
    if (session.stored) keep(audience.unsaved, beacon.sessionId, session.report);
    if (!wasHere && wasElsewhere(beacon) && arrived.size < MAX_SESSIONS) arrived.add(session.mark);
    moved.delete(beacon.sessionId);
    present.delete(beacon.sessionId);
    if (!beacon.ended) present.set(beacon.sessionId, kept);
  }

  /** Another process hears these players now, and counts them. Answers how many had been counted here, by broadcast. */
  haveLeft(marksOf: Readonly<Record<string, readonly string[]>>): Record<string, number> {
    const left: Record<string, number> = {};
    for (const [broadcastId, marks] of Object.entries(marksOf)) {
      const audience = this.#audiences.get(broadcastId);
      const counted = audience === undefined ? 0 : moveAway(audience, new Set(marks));
      if (counted > 0) left[broadcastId] = counted;
    }
    return left;
  }

  /** Who has come here from other processes that have not been told yet. */
  countUntold(broadcastId: string): number {
    const { present, arrived } = this.#audiences.get(broadcastId) ?? {};
    return Math.min(present?.size ?? 0, arrived?.size ?? 0);
  }

  /** Marks of the players that have come here from other processes, to be told to these; each is told once. */
  takeArrived(): Record<string, string[]> {
    const taken: Record<string, string[]> = {};
    let left = MAX_ARRIVED;
    for (const [broadcastId, { arrived }] of this.#audiences) {
      const marks = [...arrived].slice(0, left);
      left -= marks.length;
      for (const mark of marks) arrived.delete(mark);
      if (marks.length > 0) taken[broadcastId] = marks;
    }
    return taken;
  }

  /** Takes a beacon of somebody in who watches the recording: it is stored, and counts as nobody present. */
  noteReplay(broadcastId: string, beacon: ViewerBeacon, visit: Visit): void {
    const name = `${broadcastId} ${beacon.sessionId}`;
    const former = this.#replays.get(name);
    if (visit.countsOnly || isKnown(beacon, seqOf(former))) return;
    if (former === undefined && this.#replays.size >= MAX_REPLAYS) return;
    this.#replays.set(name, { ...this.#reportOf(broadcastId, beacon, visit, former), live: false });
  }

  /** Cheap: every beacon asks. */
  count(broadcastId: string): number {
    const audience = this.#audiences.get(broadcastId);
    if (audience === undefined) return 0;
    for (const [sessionId, { report }] of audience.present) {
      if (this.#now() - report.seenMs < BEACON.goneAfterMs) break;
      audience.present.delete(sessionId);
    }
    return audience.present.size;
  }

  /** Figures of every broadcast with sessions; one whose last session has left is in the next answer only. */
  report(): Record<string, ViewerFigures> {
    const report: Record<string, ViewerFigures> = {};
    for (const [broadcastId, { present, moved }] of this.#audiences) {
      const viewers = this.count(broadcastId);
      for (const [sessionId, one] of moved) {
        if (this.#now() - one.report.seenMs >= BEACON.goneAfterMs) moved.delete(sessionId);
      }
      report[broadcastId] = viewers === 0 ? NOBODY : figuresOf([...present.values()], this.#now());
    }
    return report;
  }

  /** The newest report of every session that changed since the last call. Broadcasts without sessions are forgotten. */
  takeReports(): SessionReport[] {
    const reports = [...this.#replays.values()];
    this.#replays.clear();
    for (const [broadcastId, { present, moved, arrived, unsaved }] of this.#audiences) {
      for (const report of unsaved.values()) reports.push(report);
      unsaved.clear();
      if (present.size + moved.size + arrived.size === 0) this.#audiences.delete(broadcastId);
    }
    return reports;
  }

  /** Takes reports back that could not be stored: they are handed out again, unless there are newer ones. */
  putBack(reports: readonly SessionReport[]): void {
    for (const report of reports) {
      const { broadcastId, beacon, live } = report;
      const waiting = live ? this.#audience(broadcastId).unsaved : this.#replays;
      const name = live ? beacon.sessionId : `${broadcastId} ${beacon.sessionId}`;
      const newer = waiting.get(name);
      // What was here before it is here still, unless it was away in between.
      if (newer === undefined) keep(waiting, name, report);
      else if (newer.hereSinceMs - report.seenMs < BEACON.goneAfterMs) {
        waiting.set(name, { ...newer, hereSinceMs: Math.min(report.hereSinceMs, newer.hereSinceMs) });
      }
    }
  }

  #sessionOf(
    broadcastId: string,
    beacon: ViewerBeacon,
    visit: Visit,
    former: Session | undefined,
    stored: boolean,
  ): Session {
    const nowMs = this.#now();
    const headStartMs = wasElsewhere(beacon) ? 0 : BEACON.everySec * 1000;
    const sinceMs = former === undefined ? headStartMs : nowMs - former.report.seenMs;
    const stalledMs = growth(beacon.stalledMs, former?.report.beacon.stalledMs, sinceMs);
    return {
      report: this.#reportOf(broadcastId, beacon, visit, former?.report),
      mark: former?.mark ?? markOf(beacon.sessionId),
      stored,
      summed: former?.summed ?? null,
      stalledMs,
      watchedMs: growth(beacon.watchedMs, former?.report.beacon.watchedMs, sinceMs),
      waitedAtMs: stalledMs > 0 ? nowMs : (former?.waitedAtMs ?? null),
    };
  }

  #reportOf(
    broadcastId: string,
    beacon: ViewerBeacon,
    { userAgent, accountId, showBeganMs }: Visit,
    former: SessionReport | undefined,
  ): SessionReport {
    const seenMs = this.#now();
    const wasHere = former !== undefined && seenMs - former.seenMs < BEACON.goneAfterMs;
    const about = former === undefined ? aboutOf(beacon, userAgent, accountId) : { ...former.about, accountId };
    return {
      broadcastId,
      showBeganMs,
      live: true,
      about,
      beacon,
      hereSinceMs: wasHere ? former.hereSinceMs : seenMs,
      seenMs,
    };
  }

  #summed(session: Session, { countsOnly }: Visit, wasHere: boolean): Session {
    const { report } = session;
    // What others have summed up meanwhile is not known here: no more than the time of one beacon is added.
    const summed = wasHere ? session.summed : null;
    const grown = growthOf(summed === null ? { ...report, hereSinceMs: report.seenMs } : report, summed);
    if (grown === null) return session;
    const goesOn = summed === null && wasElsewhere(report.beacon);
    this.sums.add(report, goesOn ? { ...grown, ...COUNTED_BEFORE } : grown, countsOnly);
    return { ...session, summed: grown.total };
  }

  #audience(broadcastId: string): Audience {
    const audience = this.#audiences.get(broadcastId) ?? {
      present: new Map(),
      moved: new Map(),
      arrived: new Set(),
      unsaved: new Map(),
      size: { stored: 0 },
    };
    this.#audiences.set(broadcastId, audience);
    return audience;
  }
}

/** Answers how many of them had been told of as present here. */
function moveAway({ present, moved, arrived }: Audience, marks: ReadonlySet<string>): number {
  let counted = 0;
  for (const [sessionId, session] of present) {
    if (!marks.has(session.mark)) continue;
    present.delete(sessionId);
    moved.set(sessionId, session);
    if (!arrived.delete(session.mark)) counted += 1;
  }
  return counted;
}

/** What is not told again of a session that another process has summed up, or this one before the session was away. */
const COUNTED_BEFORE = { isNew: false, joinMs: null, stalledMs: 0, stalls: 0, firstStall: false } as const;

/** Of one that was not heard here before: it has been heard by another process, which has told of what it did until then. */
const wasElsewhere = ({ seq = 0 }: ViewerBeacon): boolean => seq > 0;

/** Short, since the bus keeps reports, and long enough that hardly ever two players have the same. */
function markOf(sessionId: string): string {
  return createHash("sha256").update(sessionId).digest("base64url").slice(0, MARK_CHARS);
}

const seqOf = (report: SessionReport | undefined): { seq: number | null } | null =>
  report === undefined ? null : { seq: report.beacon.seq ?? null };

/** While nothing can be stored, reports of the first sessions are kept and those of further ones are not. */
function keep(waiting: Map<string, SessionReport>, name: string, report: SessionReport): void {
  if (waiting.size < MAX_SESSIONS || waiting.has(name)) waiting.set(name, report);
}

/** Nobody can watch or wait for longer than the time that has passed, whatever the player says. */
function growth(totalMs: number, formerMs: number | undefined, sinceMs: number): number {
  return Math.min(Math.max(0, totalMs - (formerMs ?? 0)), sinceMs);
}

function figuresOf(sessions: readonly Session[], nowMs: number): ViewerFigures {
  const stalled = sum(sessions.map((one) => one.stalledMs));
  const spent = stalled + sum(sessions.map((one) => one.watchedMs));
  const waited = sessions.filter(({ waitedAtMs }) => waitedAtMs !== null && nowMs - waitedAtMs < RECENT_MS);
  return {
    viewers: sessions.length,
    joinMsP50: median(sessions.map((one) => one.report.beacon.joinMs)),
    latencyMsP50: median(sessions.map((one) => one.report.beacon.latencyMs)),
    stallRatio: spent === 0 ? null : stalled / spent,
    rebufferedShare: spent === 0 ? null : waited.length / sessions.length,
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
