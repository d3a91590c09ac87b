/** Which latency is aimed at: what the viewer wants within what the broadcast allows, less after trouble, more again after calm. */
import type { EngineOptions } from "./engine-state.ts";
import {
  type LadderState,
  MODES,
  MODE_TARGET_SEC,
  type Mode,
  ON_TOP,
  REALTIME_TARGET_SEC,
  lowered,
  onCalm,
  onTrouble,
  within,
} from "./latency-ladder.ts";
import { JOIN_MARGIN_SEC, joinMargin, targetAfterScares } from "./rate-controller.ts";
import type { WatchLog } from "./watch-log.ts";

type Wish = Pick<EngineOptions, "mode" | "ceiling">;

/** Stalls within this time move to a more patient mode. */
const STALLS_WITHIN_MS = 12_000;
const STALLS = 3;
/** What each stall of realtime adds to its target, and how much at most. */
const REALTIME_STEP = 0.6;
const REALTIME_MOST_SEC = 0.45;

export class LatencyChoice {
  readonly #log: WatchLog;
  #wish: Wish;
  #ladder: LadderState = ON_TOP;

  /** @param log of which stalls and scares are read, and forgotten after a step down */
  constructor(wish: Wish, log: WatchLog) {
    this.#wish = wish;
    this.#log = log;
  }

  /** The mode that is played now. */
  get mode(): Mode {
    return lowered(this.#highest, this.#ladder.stepsDown);
  }

  /** A viewer who chooses another mode begins with it. */
  setWish(wish: Wish): void {
    if (wish.mode !== this.#wish.mode) this.#ladder = ON_TOP;
    this.#wish = wish;
  }

  /** It stalls too often for this mode. */
  isTooLow(nowMs: number): boolean {
    return this.#log.stallsAtMs.filter((atMs) => nowMs - atMs < STALLS_WITHIN_MS).length >= STALLS;
  }

  /** The show broke off, which says so of the line. */
  trouble(nowMs: number): void {
    const most = MODES.length - 1 - MODES.indexOf(this.#highest);
    this.#ladder = onTrouble(this.#ladder, nowMs, most);
  }

  /** The picture stood: what that has taught is in the step down. */
  stepDown(nowMs: number): void {
    this.trouble(nowMs);
    this.#log.scaresAtMs = [];
    this.#log.stallsAtMs = [];
  }

  /** Call about every second. */
  calm(nowMs: number): void {
    this.#ladder = onCalm(this.#ladder, nowMs);
  }

  /** Distance from live to aim at. */
  targetSec(by: "realtime" | "hls", nowMs: number): number {
    const { scaresAtMs, joinMs } = this.#log;
    if (by === "realtime") {
      const learnt = targetAfterScares(0, scaresAtMs, nowMs);
      return REALTIME_TARGET_SEC + REALTIME_STEP * Math.min(learnt, REALTIME_MOST_SEC);
    }
    const margin = joinMs === null ? JOIN_MARGIN_SEC : joinMargin(this.#log.sinceJoinMs());
    return targetAfterScares(MODE_TARGET_SEC[this.mode], scaresAtMs, nowMs) + margin;
  }

  get #highest(): Mode {
    return within(this.#wish.mode, this.#wish.ceiling ?? "lowest");
  }
}
