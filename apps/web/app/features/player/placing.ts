/** Where playing begins: the place that is wanted, until there is media for it. Seconds of media time, monotonic ms. */
import type { Range } from "./timeline/ranges.ts";

/** Something else played until there: `shownSec` when `edgeSec` was live. */
export type GoOn = Readonly<{ shownSec: number; edgeSec: number }>;

/** Where to play: the live edge, where what plays next goes on if it can; so long after the window's begin; or a media time. */
export type Place = Readonly<{ at: "edge"; goOn?: GoOn | undefined } | { at: "offset" | "time"; sec: number }>;

/** What is known when the place is looked for. */
export type Known = Readonly<{
  /** What there is to play last; undefined: nothing yet. */
  last: Range | undefined;
  /** Undefined while not known. */
  edgeSec: number | undefined;
  targetSec: number;
  windowStartSec: number | undefined;
  /** Of who goes on where something else ended: less than this ahead would be a stall at once. */
  goOnAheadSec: number;
}>;

const PLACE_WITHIN_MS = 1500;
/** Who goes on where something else ended may be so much further behind than a newcomer. */
const GO_ON_BEHIND_SEC = 1;
export const PLACE_AHEAD_SEC = 0.05;

/** How far behind live to begin. */
export function beginBehindSec(goOn: GoOn | undefined, targetSec: number): number {
  if (goOn === undefined) return targetSec;
  return Math.max(targetSec, Math.min(goOn.edgeSec - goOn.shownSec, targetSec + GO_ON_BEHIND_SEC));
}

/** Where to put the video now; undefined: not yet. @param waitedMs since the place was wanted */
export function placeSec(place: Place, waitedMs: number, known: Known): number | undefined {
  const { last } = known;
  if (last === undefined) return undefined;
  const wanted = wantedSec(place, known);
  const aheadSec = goesOn(place) ? known.goOnAheadSec : PLACE_AHEAD_SEC;
  const isThere = wanted !== undefined && wanted <= last.endSec - aheadSec;
  if (!isThere && (waitedMs < PLACE_WITHIN_MS || place.at !== "edge")) return undefined;
  return Math.max(last.startSec, Math.min(wanted ?? last.startSec, last.endSec - 0.1));
}

/** It is where something else ended. */
export function goesOn(place: Place): boolean {
  return place.at === "edge" && place.goOn !== undefined;
}

function wantedSec(place: Place, { edgeSec, targetSec, windowStartSec }: Known): number | undefined {
  switch (place.at) {
    case "time":
      return place.sec;
    case "offset":
      return windowStartSec === undefined ? undefined : windowStartSec + place.sec;
    case "edge": {
      const usual = edgeSec === undefined ? undefined : edgeSec - targetSec;
      return place.goOn === undefined ? usual : Math.max(place.goOn.shownSec, (usual ?? 0) - GO_ON_BEHIND_SEC);
    }
    default:
      return place satisfies never;
  }
}
