/** Which quality to play: by measured throughput, dropped frames, and the size of the picture on the screen. Pure. */
import type { Level } from "./levels.ts";

export type AbrInput = Readonly<{
  levels: readonly Level[];
  /** Index into `levels` of what is loaded now; -1: nothing yet. */
  current: number;
  throughputBps: number | undefined;
  /** Height of the player on the screen in device pixels. */
  shownHeightPx: number;
  /** Levels from here on dropped too many frames lately. */
  tooHeavyFrom: number;
  /** Time since the last trouble (a stall, an emptying buffer, a switch down). */
  calmMs: number;
  nowTrouble: boolean;
}>;

/** A first guess that most lines keep up with, before anything was measured. */
const FIRST_GUESS_BPS = 5_000_000;
const KEEP_SHARE = 0.9;
const CLIMB_SHARE = 0.65;
const CLIMB_AFTER_MS = 6000;
/** The picture may be scaled up this much before the next larger level is worth it. */
const UPSCALE = 1.15;

/** Index of the level to play; `current` when nothing speaks for another. */
export function chooseLevel(input: AbrInput): number {
  const { levels, current } = input;
  if (levels.length === 0) return -1;
  const top = Math.min(capBySize(levels, input.shownHeightPx), Math.max(0, input.tooHeavyFrom - 1), levels.length - 1);
  const throughput = input.throughputBps ?? FIRST_GUESS_BPS;
  if (current === -1) return Math.min(top, highest(levels, throughput * CLIMB_SHARE));
  if (current > top) return top;
  const bitrate = levels[current]?.bitrateBps ?? 0;
  if (input.nowTrouble || bitrate > throughput * KEEP_SHARE) {
    const fits = highest(levels, throughput * CLIMB_SHARE);
    // Trouble with enough throughput has other reasons: one step is tried, not the whole ladder.
    return Math.max(0, Math.min(current, bitrate > throughput * KEEP_SHARE ? Math.min(fits, current - 1) : current));
  }
  if (input.calmMs < CLIMB_AFTER_MS || current >= top) return current;
  const next = levels[current + 1];
  return next !== undefined && next.bitrateBps <= throughput * CLIMB_SHARE ? current + 1 : current;
}

function highest(levels: readonly Level[], bps: number): number {
  return Math.max(
    0,
    levels.findLastIndex(({ bitrateBps }) => bitrateBps <= bps),
  );
}

function capBySize(levels: readonly Level[], shownHeightPx: number): number {
  if (shownHeightPx <= 0) return levels.length - 1;
  const enough = levels.findIndex(({ heightPx }) => heightPx * UPSCALE >= shownHeightPx);
  return enough < 0 ? levels.length - 1 : enough;
}

/** Halves within this time: media of that many seconds decides. */
const FAST_HALF_SEC = 2;
const SLOW_HALF_SEC = 6;
/** Less says more of the line's delay than of its width. */
const LEAST_BYTES = 12_000;

type Mean = Readonly<{ value: number; weight: number }>;
const NONE: Mean = { value: 0, weight: 0 };

/** Throughput of downloads: the lower of a fast and a slow mean, so that a drop counts at once and a burst does not. */
export class Throughput {
  #fast = NONE;
  #slow = NONE;

  /** One download. @param sec what it lasted, from the request on */
  add(bytes: number, sec: number): void {
    if (bytes < LEAST_BYTES) return;
    const lasted = Math.max(sec, 0.002);
    const bps = (bytes * 8) / lasted;
    // What came quickly says as much as what took long: by time alone a few slow parts would outweigh all others.
    const weight = Math.max(lasted, 0.1);
    this.#fast = mix(this.#fast, bps, weight, FAST_HALF_SEC);
    this.#slow = mix(this.#slow, bps, weight, SLOW_HALF_SEC);
  }

  /** Bit/s; undefined before the first download. */
  get bps(): number | undefined {
    return this.#fast.weight === 0 ? undefined : Math.min(estimate(this.#fast), estimate(this.#slow));
  }
}

function mix({ value, weight }: Mean, bps: number, bySec: number, halfSec: number): Mean {
  const keep = 0.5 ** (bySec / halfSec);
  return { value: value * keep + bps * (1 - keep), weight: weight * keep + (1 - keep) };
}

function estimate({ value, weight }: Mean): number {
  return value / weight;
}
