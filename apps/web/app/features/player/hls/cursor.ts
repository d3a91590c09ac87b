/** Where in a playlist loading begins. Pure; seconds of media time. */
import { type HlsPlaylist, headSec, segmentShowing, startNearEdge } from "./playlist.ts";

/** The next thing to load. A part beyond the segment's last one means the next segment. */
export type Cursor = Readonly<{ msn: number; part: number }>;

/** `edge`: so far behind live. `offset`: after the begin of the window. `time`: media time. `end`: where the timeline ends. */
export type Begin =
  | Readonly<{ at: "edge"; behindSec: number }>
  | Readonly<{ at: "offset" | "time"; sec: number }>
  | Readonly<{ at: "end" }>;

const NEAR_EDGE_SEC = 0.5;
const BEGIN: Cursor = { msn: 0, part: 0 };

/** Undefined while it is not known where the window lies in media time. @param moreSec further from the edge */
export function cursorOf(playlist: HlsPlaylist, begin: Begin, moreSec: number): Cursor | undefined {
  switch (begin.at) {
    case "edge":
      return startNearEdge(playlist, Math.max(begin.behindSec, playlist.holdBackSec / 2) + moreSec);
    case "offset":
      return cursorAt(playlist, headSec(playlist) + begin.sec);
    case "time":
      return playlist.isAnchored ? cursorAt(playlist, begin.sec) : undefined;
    case "end":
      return undefined;
    default:
      return begin satisfies never;
  }
}

/** The part that goes on at `sec`, key frame or not; undefined while it is not known where the window lies in media time. */
export function cursorGoingOn(playlist: HlsPlaylist, sec: number): Cursor | undefined {
  if (!playlist.isAnchored) return undefined;
  const segment = segmentShowing(playlist, sec);
  if (segment === undefined) return BEGIN;
  let atSec = segment.startSec;
  const part = segment.parts.findIndex(({ durationSec }) => (atSec += durationSec) > sec + 0.001);
  // Beyond the last part: what comes next is asked for as soon as it is there.
  return { msn: segment.msn, part: part < 0 ? segment.parts.length : part };
}

/** The first segment that begins at `sec` or later: another rendition begins with a key frame. Undefined: nothing was loaded yet. */
export function cursorBehind(playlist: HlsPlaylist, sec: number | undefined): Cursor {
  if (sec === undefined || !playlist.isAnchored) return startNearEdge(playlist, NEAR_EDGE_SEC);
  const found = playlist.segments.find(({ startSec }) => startSec >= sec - 0.01);
  const last = playlist.segments.at(-1);
  return { msn: found?.msn ?? (last === undefined ? 0 : last.msn + 1), part: 0 };
}

/** The newest key frame at or before `sec` that the playlist tells of. */
function cursorAt(playlist: HlsPlaylist, sec: number): Cursor {
  const segment = segmentShowing(playlist, sec);
  if (segment === undefined) return BEGIN;
  let atSec = segment.startSec;
  let chosen = 0;
  segment.parts.forEach((part, index) => {
    if (part.independent && atSec <= sec + 0.001) chosen = index;
    atSec += part.durationSec;
  });
  return { msn: segment.msn, part: chosen };
}
