/** The levels of a show as the pages see them. Pure. */
import type { Quality } from "../engine-state.ts";
import type { Level } from "./levels.ts";

/** @param known is returned when it says the same: pages compare by identity */
export function qualitiesOf(levels: readonly Level[], known: readonly Quality[]): readonly Quality[] {
  const same =
    levels.length === known.length &&
    levels.every(({ heightPx, bitrateBps }, at) => {
      const one = known[at];
      return one?.heightPx === heightPx && one.bitrateBps === bitrateBps;
    });
  if (same) return known;
  return levels.map(({ heightPx, bitrateBps }, index) => ({
    index,
    heightPx,
    bitrateBps,
    name: heightPx > 0 ? `${heightPx}p` : "",
  }));
}
