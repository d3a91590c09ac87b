/** What the engine says of itself to the pages. */
import type { Mode } from "./latency-ladder.ts";
import type { WebRtcLack } from "./whep/step.ts";

/** More than this behind live is watching from the DVR, and "Go live" is offered. */
export const BEHIND_SEC = 5;

/**
 * - `loading`: nothing shown yet · `playing` · `paused`: by the viewer · `buffering`: wants to play but has no media
 * - `blocked`: the browser wants a click first · `reconnecting`: the server does not answer; tries again in `retryInSec`
 * - `undecodable`: the browser has no decoder for what is sent; goes on by itself when it has one for what comes
 * - `ended`: the last frame was shown · `failed`: this browser cannot play anything
 */
export type Phase =
  | "loading"
  | "playing"
  | "paused"
  | "buffering"
  | "blocked"
  | "reconnecting"
  | "undecodable"
  | "ended"
  | "failed";

/** What feeds the picture at the moment. `native`: the browser's own HLS. */
export type Source = "webrtc" | "realtime" | "hls" | "native";

export type Quality = Readonly<{ index: number; heightPx: number; bitrateBps: number; name: string }>;

export type EngineState = Readonly<{
  phase: Phase;
  live: boolean;
  currentSec: number;
  /** The window that can be seeked, in the video's time. */
  startSec: number;
  edgeSec: number;
  bufferedSec: number;
  /** Distance from the live edge; null when not live or not known. */
  latencySec: number | null;
  behind: boolean;
  rate: number;
  volume: number;
  muted: boolean;
  qualities: readonly Quality[];
  /** Index into `qualities`; -1 is automatic. */
  quality: number;
  shownHeightPx: number;
  retryInSec: number | null;
  source: Source;
  /** Why WebRTC is not played although the lowest latency is wanted; null: nothing is in the way. */
  webRtcLack: WebRtcLack | null;
  /** The latency that is aimed at: the viewer's choice, unless trouble or the broadcast says otherwise. */
  mode: Mode;
  /** Lower latencies than this cannot be chosen for the broadcast. */
  ceiling: Mode;
  /** Media time of the shown frame, the same for every viewer. */
  mediaTimeMs: number;
  /** Unix ms at which the shown frame was sent; null when not known. */
  wallClockMs: number | null;
}>;

/** Totals for the beacon and the statistics overlay. */
export type EngineTotals = Readonly<{
  joinMs: number | null;
  watchedMs: number;
  stalls: number;
  stalledMs: number;
  droppedFrames: number;
  shownFrames: number;
  bitrateBps: number | null;
  lastError: string | null;
  /** Null where the browser keeps the distance by itself. */
  targetSec: number | null;
  /** Of a WebRTC connection; null otherwise. */
  network: Readonly<{ jitterMs: number; lostShare: number }> | null;
}>;

export type EngineOptions = Readonly<{
  url: string;
  /** Null or left out: there is no realtime delivery. */
  realtimeUrl?: string | null;
  /** Null or left out: there is no WebRTC. */
  whepUrl?: string | null;
  mode: Mode;
  /** The lowest latency that the broadcast allows. */
  ceiling?: Mode;
  live: boolean;
  autoplay: boolean;
  /** Seconds from the start of the window to begin at; left out: the live edge, or the start of an ended show. */
  startAtSec?: number;
  /** Only the smallest quality: for small silent pictures. */
  smallest?: boolean;
}>;

export const START: EngineState = {
  phase: "loading",
  live: true,
  currentSec: 0,
  startSec: 0,
  edgeSec: 0,
  bufferedSec: 0,
  latencySec: null,
  behind: false,
  rate: 1,
  volume: 1,
  muted: false,
  qualities: [],
  quality: -1,
  shownHeightPx: 0,
  retryInSec: null,
  source: "hls",
  webRtcLack: null,
  mode: "balanced",
  ceiling: "lowest",
  mediaTimeMs: 0,
  wallClockMs: null,
};

/** Whether a page would show the same for both. */
export function sameState(a: EngineState, b: EngineState): boolean {
  return (Object.keys(a) as Array<keyof EngineState>).every((key) => a[key] === b[key]);
}
