/** Which emoji rise over the picture, and how: bounded, whatever a crowd clicks. Pure. */
import { REACTION_EMOJI } from "@rostrum/contract/engagement";
import { entriesOf, type ReactionCounts } from "./crowd.ts";

/** `place` 0 to 1 from the left, `drift` -1 to 1 to the side, `delayMs` until it begins, `scale` of its size. */
export type Flight = Readonly<{
  key: number;
  emoji: string;
  place: number;
  drift: number;
  delayMs: number;
  scale: number;
}>;

/** On the screen at a time. */
export const MAX_FLIGHTS = 36;
/** With less motion. */
export const MAX_CALM_FLIGHTS = 6;
/** From one telling: a thousand clicks are not more than a crowd. */
const MAX_AT_ONCE = 12;
/** So long one telling lasts. */
const SPREAD_MS = 500;

/** As many of each as its part of the crowd, at least one of each, while there is room. `random` gives 0 to below 1. */
export function planned(counts: ReactionCounts, room: number, random: () => number): readonly Omit<Flight, "key">[] {
  const wanted = entriesOf(counts).filter(([, count]) => count > 0);
  const all = wanted.reduce((sum, [, count]) => sum + count, 0);
  const most = Math.min(MAX_AT_ONCE, all);
  const emoji = wanted.flatMap(([reaction, count]) =>
    Array.from({ length: Math.max(1, Math.round((count / all) * most)) }, () => REACTION_EMOJI[reaction]),
  );
  return emoji.slice(0, Math.max(0, room)).map((one) => ({
    emoji: one,
    place: random(),
    drift: random() * 2 - 1,
    delayMs: Math.round(random() * SPREAD_MS),
    scale: 0.8 + random() * 0.5,
  }));
}
