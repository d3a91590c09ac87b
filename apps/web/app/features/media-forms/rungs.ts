/** The rungs of a ladder as somebody edits them. Pure. */
import type { LadderRung } from "@rostrum/contract/channels";

export const MAX_RUNGS = 5;

/** Heights that are offered, with what they usually get. */
export const RUNG_CHOICES: readonly LadderRung[] = [
  { heightPx: 1080, videoBitrateBps: 4_500_000 },
  { heightPx: 720, videoBitrateBps: 2_500_000 },
  { heightPx: 540, videoBitrateBps: 1_800_000 },
  { heightPx: 480, videoBitrateBps: 1_500_000 },
  { heightPx: 360, videoBitrateBps: 800_000 },
  { heightPx: 240, videoBitrateBps: 400_000 },
];

export const BITRATE_LIMITS_KBPS = { min: 150, max: 20_000 } as const;

/** What is wrong with a ladder; null when it can be saved. */
export type RungProblem = "none" | "twice" | "bitrate" | "order";

export function rungProblem(rungs: readonly LadderRung[]): RungProblem | null {
  if (rungs.length === 0) return "none";
  if (new Set(rungs.map(({ heightPx }) => heightPx)).size < rungs.length) return "twice";
  const { min, max } = BITRATE_LIMITS_KBPS;
  if (!rungs.every(({ videoBitrateBps: bps }) => bps >= min * 1000 && bps <= max * 1000)) return "bitrate";
  const sorted = highestFirst(rungs);
  const rises = sorted.some((rung, i) => rung.videoBitrateBps <= (sorted[i + 1]?.videoBitrateBps ?? 0));
  return rises ? "order" : null;
}

export function highestFirst(rungs: readonly LadderRung[]): LadderRung[] {
  return rungs.toSorted((a, b) => b.heightPx - a.heightPx);
}

/** The next rung to add: the highest choice that is not there yet; undefined when all are. */
export function nextRung(rungs: readonly LadderRung[]): LadderRung | undefined {
  return RUNG_CHOICES.find(({ heightPx }) => rungs.every((rung) => rung.heightPx !== heightPx));
}
