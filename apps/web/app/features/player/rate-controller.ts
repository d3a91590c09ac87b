/** How fast to play so that the viewer stays at the wanted distance from live. Pure; seconds. docs/performance.md has the measurements. */

export type RateInput = Readonly<{
  /** Buffered media after the current position. */
  aheadSec: number;
  /** Distance from the live edge. */
  latencySec: number;
  targetSec: number;
}>;

/**
 * The playback rate for the next 100 ms. An emptying buffer comes before latency: slowing by 6 % is not seen, a stall is.
 * Above 1 it stays within what is not heard as a change of pitch.
 */
export function chooseRate({ aheadSec, latencySec, targetSec }: RateInput): number {
  const error = latencySec - targetSec;
  if (aheadSec < 0.08) return 0.94;
  if (error > 0.5 && aheadSec > 0.3) return 1.1;
  if (error > 0.08 && aheadSec > 0.15) return 1.05;
  if (error > 0.02 && aheadSec > 0.25) return 1.02;
  if (error < -0.15) return 0.95;
  return 1;
}

/** As chooseRate, for frames that come one by one: steps are smaller than what is heard, and the buffer thinner. */
export function chooseRealtimeRate({ aheadSec, latencySec, targetSec }: RateInput): number {
  const error = latencySec - targetSec;
  if (aheadSec < 0.04) return 0.95;
  if (error > 0.3 && aheadSec > 0.3) return 1.08;
  if (error > 0.06 && aheadSec > 0.14) return 1.03;
  if (error < -0.06 || aheadSec < 0.07) return 0.97;
  return 1;
}

/** While the source is gone and the next one is still being asked: what is left is stretched, so that nothing stops. */
export function bridgeRate(aheadSec: number): number {
  if (aheadSec > 0.5) return 0.95;
  return aheadSec > 0.3 ? 0.8 : 0.5;
}

/** Closer to live than this HLS runs dry before its next part comes. */
const HLS_NEEDS_SEC = 0.6;

/** Just after HLS took over from realtime: how to get the distance that parts need, without standing still for it. */
export function stretchRate(latencySec: number): number | undefined {
  if (latencySec >= HLS_NEEDS_SEC) return undefined;
  return latencySec < HLS_NEEDS_SEC - 0.12 ? 0.6 : 0.85;
}

/** While the viewer has only just joined, or come out of a stall, a skip is better than many seconds of faster playing. */
export const SETTLE_MS = 4000;
const SETTLE_OVER_SEC = 0.5;
const SETTLE_LEFT_SEC = 0.25;

/** How far to skip ahead while settling, in seconds; 0: not at all. What is skipped to is buffered already. */
export function settleStep({ aheadSec, latencySec, targetSec }: RateInput): number {
  const error = latencySec - targetSec;
  return error > SETTLE_OVER_SEC && aheadSec > error + SETTLE_LEFT_SEC ? error : 0;
}

/** Beyond this distance over the target catching up by speed takes too long: jump. */
export const JUMP_BEHIND_SEC = 4;

/** Less than this ahead is one late packet from a stall. */
const SCARE_AHEAD_SEC = 0.1;
const SCARE_EVERY_MS = 2000;

/** Whether this moment counts as a scare, given the last one. */
export function isScare(aheadSec: number, nowMs: number, lastMs: number | undefined): boolean {
  return aheadSec < SCARE_AHEAD_SEC && (lastMs === undefined || nowMs - lastMs > SCARE_EVERY_MS);
}

const STEP_SEC = 0.15;
const MOST_SEC = 0.9;
const CALM_MS = 60_000;

/**
 * The target with what stalls and scares taught: each one moves it back by 0.15 s, at most by 0.9 s; a calm minute takes one
 * step off again.
 * @param scaresAtMs monotonic times of the stalls and scares so far, oldest first
 */
export function targetAfterScares(baseSec: number, scaresAtMs: readonly number[], nowMs: number): number {
  let extra = 0;
  let since = scaresAtMs[0] ?? nowMs;
  for (const at of scaresAtMs) {
    extra = Math.max(0, extra - STEP_SEC * Math.floor((at - since) / CALM_MS));
    extra = Math.min(MOST_SEC, extra + STEP_SEC);
    since = at;
  }
  return baseSec + Math.max(0, extra - STEP_SEC * Math.floor((nowMs - since) / CALM_MS));
}

/** What a viewer who has just come keeps more: a page is busiest in its first seconds, and nobody sees 0.25 s there. */
export const JOIN_MARGIN_SEC = 0.25;
const JOIN_MARGIN_MS = 6000;

/** The rest of the margin, `sinceMs` after the first frame. */
export function joinMargin(sinceMs: number): number {
  return JOIN_MARGIN_SEC * Math.min(1, Math.max(0, 1 - sinceMs / JOIN_MARGIN_MS));
}
