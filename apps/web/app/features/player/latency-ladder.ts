/** Which latency is played: what the viewer chose, lowered by trouble, raised again after calm. Pure; monotonic ms. */

/** From the lowest latency to the most patience. */
export const MODES = ["lowest", "balanced", "stable"] as const;
export type Mode = (typeof MODES)[number];

/** Distance from live that each mode aims at over HLS, in seconds. */
export const MODE_TARGET_SEC: Readonly<Record<Mode, number>> = { lowest: 0.7, balanced: 0.8, stable: 3 };
/** The same for realtime delivery. */
export const REALTIME_TARGET_SEC = 0.235;

const CALM_MS = 15_000;
const MOST_CALM_MS = 240_000;
/** Trouble so soon after a climb says that the climb was too early. */
const TOO_EARLY_MS = 30_000;

/** `stepsDown` from the chosen mode; the next climb comes after `calmMs` without trouble. */
export type LadderState = Readonly<{
  stepsDown: number;
  calmMs: number;
  troubleAtMs: number;
  climbedAtMs: number;
}>;

export const ON_TOP: LadderState = {
  stepsDown: 0,
  calmMs: CALM_MS,
  troubleAtMs: Number.NEGATIVE_INFINITY,
  climbedAtMs: Number.NEGATIVE_INFINITY,
};

/** One step down. @param most how many steps there are below what was chosen */
export function onTrouble(state: LadderState, nowMs: number, most: number): LadderState {
  const isTooEarly = nowMs - state.climbedAtMs < TOO_EARLY_MS;
  return {
    ...state,
    stepsDown: Math.min(most, state.stepsDown + 1),
    calmMs: isTooEarly ? Math.min(MOST_CALM_MS, state.calmMs * 2) : state.calmMs,
    troubleAtMs: nowMs,
    climbedAtMs: Number.NEGATIVE_INFINITY,
  };
}

/** One step up when it was calm for long enough; the same object otherwise. */
export function onCalm(state: LadderState, nowMs: number): LadderState {
  if (state.stepsDown === 0 || nowMs - state.troubleAtMs < state.calmMs) return state;
  return { ...state, stepsDown: state.stepsDown - 1, troubleAtMs: nowMs, climbedAtMs: nowMs };
}

/** The viewer's wish within what the broadcast allows. */
export function within(chosen: Mode, ceiling: Mode): Mode {
  return MODES[Math.max(MODES.indexOf(chosen), MODES.indexOf(ceiling))] ?? "stable";
}

/** `stepsDown` steps below `mode`. */
export function lowered(mode: Mode, stepsDown: number): Mode {
  return MODES[Math.min(MODES.length - 1, MODES.indexOf(mode) + stepsDown)] ?? "stable";
}
