/** What is known of a player session when its beacon has come, and how far it has gone on since the one before. Pure. */
import type { BrowserFamily, DeviceClass, Referrer } from "@rostrum/contract/analytics";
import type { ViewerBeacon } from "@rostrum/contract/broadcasts";
import { browserOf, deviceOf, regionOf } from "./visitor.ts";

/** A player that was silent for longer is gone; when it speaks again it has been away meanwhile. */
export const GONE_AFTER_MS = 25_000;
/** What a session may have watched before its first beacon. */
const HEAD_START_MS = 10_000;
const SHORTEST_STALL_MS = 100;

/** What does not change within a session. */
export type SessionAbout = Readonly<{
  /** Null: not signed in. */
  accountId: string | null;
  userAgent: string;
  device: DeviceClass;
  browser: BrowserFamily;
  region: string;
  referrer: Referrer;
}>;

/** The newest beacon of a session, and since when the session has been here without a gap, as far as this process knows. */
export type SessionReport = Readonly<{
  broadcastId: string;
  /** When the show went on the air, ms since 1970. */
  showBeganMs: number;
  /** False: the recording is watched. */
  live: boolean;
  about: SessionAbout;
  beacon: ViewerBeacon;
  hereSinceMs: number;
  seenMs: number;
}>;

/** What of a session has been counted before. */
export type Counted = Readonly<{
  beganMs: number;
  seenMs: number;
  seq: number | null;
  watchedMs: number;
  stalledMs: number;
  stalls: number;
  joined: boolean;
}>;

/** From one beacon to the next. `hereFromMs` to `seenMs`: how long it was here. Totals are what may be believed. */
export type Growth = Readonly<{
  isNew: boolean;
  /** Its first picture is told of for the first time. */
  joinMs: number | null;
  hereFromMs: number;
  watchedMs: number;
  stalledMs: number;
  stalls: number;
  /** It has waited for the first time. */
  firstStall: boolean;
  total: Counted;
}>;

export function aboutOf(beacon: ViewerBeacon, userAgent: string, accountId: string | null): SessionAbout {
  return {
    accountId,
    userAgent,
    device: deviceOf(userAgent),
    browser: browserOf(userAgent),
    region: regionOf(beacon.timeZone),
    referrer: beacon.referrer ?? "other",
  };
}

/** True when the beacon, or a later one, has been counted. */
export function isKnown({ seq }: ViewerBeacon, counted: Pick<Counted, "seq"> | null): boolean {
  return seq !== undefined && counted !== null && counted.seq !== null && seq <= counted.seq;
}

/** Null: there is nothing new in it. */
export function growthOf(report: SessionReport, counted: Counted | null): Growth | null {
  const { beacon, seenMs } = report;
  if (isKnown(beacon, counted)) return null;
  const beganMs = counted?.beganMs ?? report.hereSinceMs;
  // Nobody watches, or waits, for longer than they have been here, whatever the player says.
  const mostMs = Math.max(0, seenMs - beganMs) + HEAD_START_MS;
  const total: Counted = {
    beganMs,
    seenMs: Math.max(seenMs, counted?.seenMs ?? 0),
    seq: beacon.seq ?? counted?.seq ?? null,
    watchedMs: Math.max(Math.min(beacon.watchedMs, mostMs), counted?.watchedMs ?? 0),
    stalledMs: Math.max(Math.min(beacon.stalledMs, mostMs), counted?.stalledMs ?? 0),
    stalls: Math.max(Math.min(beacon.stalls, Math.ceil(mostMs / SHORTEST_STALL_MS)), counted?.stalls ?? 0),
    joined: beacon.joinMs !== null || counted?.joined === true,
  };
  return {
    isNew: counted === null,
    joinMs: counted?.joined === true ? null : beacon.joinMs,
    hereFromMs: hereFrom(report, counted),
    watchedMs: total.watchedMs - (counted?.watchedMs ?? 0),
    stalledMs: total.stalledMs - (counted?.stalledMs ?? 0),
    stalls: total.stalls - (counted?.stalls ?? 0),
    firstStall: total.stalls > 0 && (counted === null || counted.stalls === 0),
    total,
  };
}

function hereFrom({ beacon, hereSinceMs, seenMs }: SessionReport, counted: Counted | null): number {
  if (counted === null) return hereSinceMs - Math.min(beacon.watchedMs + beacon.stalledMs, HEAD_START_MS);
  // Another process may have heard it in between.
  return hereSinceMs - counted.seenMs < GONE_AFTER_MS ? Math.min(counted.seenMs, seenMs) : hereSinceMs;
}
