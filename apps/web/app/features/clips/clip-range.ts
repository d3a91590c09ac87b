/** Which stretch of a show a clip can be, and how long it is. Pure; media time in ms. */

export type Range = Readonly<{ fromMs: number; toMs: number }>;

export const CLIP_CHOICE = { minMs: 15_000, usualMs: 30_000, maxMs: 90_000, stepMs: 500 } as const;

/** What can be chosen from when the viewer is at `nowMs`; null when the show has not lasted long enough. */
export function clipWindow(nowMs: number): Range | null {
  const toMs = Math.floor(nowMs / CLIP_CHOICE.stepMs) * CLIP_CHOICE.stepMs;
  return toMs < CLIP_CHOICE.minMs ? null : { fromMs: Math.max(0, toMs - CLIP_CHOICE.maxMs), toMs };
}

/** What is chosen at first: the last half minute. */
export function usualRange({ fromMs, toMs }: Range): Range {
  return { fromMs: Math.max(fromMs, toMs - CLIP_CHOICE.usualMs), toMs };
}
