/** Where the viewer is in the show and where live is, whatever plays it. Seconds of media time. */
import { mediaSecOf } from "../../lib/media-time.ts";
import type { Delivery } from "./delivery.ts";
import type { Source } from "./engine-state.ts";
import type { NativeHls } from "./native-hls.ts";
import type { WhepStep } from "./whep/step.ts";

/** What may play: of `delivery` and `native` there is one, `whep` may play in the place of the first. */
export type Players = Readonly<{
  video: HTMLVideoElement;
  isLive: boolean;
  delivery: Delivery | undefined;
  native: NativeHls | undefined;
  whep: WhepStep | undefined;
}>;

export type Whereabouts = Readonly<{
  source: Source;
  /** The window that can be seeked. */
  startSec: number;
  edgeSec: number;
  /** Of what is shown. */
  currentSec: number;
  bufferedSec: number;
  /** Unix ms at which what is shown was sent; null when not known. */
  wallClockMs: number | null;
}>;

export function whereaboutsOf(players: Players, nowMs: number): Whereabouts {
  const currentSec = currentSecOf(players, nowMs);
  return {
    ...windowOf(players, nowMs),
    source: sourceOf(players),
    currentSec,
    bufferedSec: currentSec + bufferSecOf(players),
    wallClockMs: wallMsOf(players, currentSec),
  };
}

/** Distance from the live edge; null when not live or not known. */
export function latencySecOf({ video, isLive, delivery, native, whep }: Players, nowMs: number): number | null {
  if (!isLive) return null;
  if (whep?.isPlaying === true) return webRtcLatencySec(whep, nowMs);
  const edge = delivery ? delivery.edgeSec(nowMs) : native?.window().edgeSec;
  return edge === undefined || edge === 0 ? null : Math.max(0, edge - video.currentTime);
}

/** What is shown is never long ago, but when it was sent is only known where the server says it. */
function webRtcLatencySec(whep: WhepStep, nowMs: number): number | null {
  const shownSec = whep.shownSec(nowMs);
  const edgeSec = whep.edgeSec(nowMs);
  return shownSec === undefined || edgeSec === undefined ? null : Math.max(0, edgeSec - shownSec);
}

function windowOf({ delivery, native, whep }: Players, nowMs: number): Pick<Whereabouts, "startSec" | "edgeSec"> {
  const window = delivery?.window() ?? native?.window() ?? { startSec: 0, edgeSec: 0 };
  const edgeSec = whep?.edgeSec(nowMs);
  return edgeSec === undefined ? window : { startSec: window.startSec > 0 ? window.startSec : edgeSec, edgeSec };
}

function currentSecOf({ video, delivery, whep }: Players, nowMs: number): number {
  if (whep?.isPlaying !== true) return mediaSecOf(video);
  // Not before the server has said it; the playlist's end is not far from what is shown.
  return whep.shownSec(nowMs) ?? delivery?.edgeSec(nowMs) ?? 0;
}

function bufferSecOf({ delivery, whep }: Players): number {
  return (whep?.isPlaying === true ? whep.figures?.bufferSec : delivery?.aheadSec()) ?? 0;
}

function sourceOf({ delivery, native, whep }: Players): Source {
  if (native !== undefined) return "native";
  if (whep?.isPlaying === true) return "webrtc";
  return delivery?.isRealtime === true ? "realtime" : "hls";
}

function wallMsOf({ delivery, whep }: Players, sec: number): number | null {
  const zeroMs = whep?.wallZeroMs;
  return zeroMs === undefined ? (delivery?.wallMs(sec) ?? null) : zeroMs + sec * 1000;
}
