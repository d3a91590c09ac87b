/** Which rows of a long list are drawn, and how much room the others take. Pure; heights in CSS px. */

/** `keys` are the rows from top to bottom; `heights` those that were measured. */
export type Rows = Readonly<{ keys: readonly string[]; heights: ReadonlyMap<string, number>; estimatePx: number }>;

/** Rows `from` (inclusive) to `to` (exclusive) are drawn, `abovePx` and `belowPx` stand for the rest. */
export type RowWindow = Readonly<{ from: number; to: number; abovePx: number; belowPx: number }>;

const heightOf = ({ keys, heights, estimatePx }: Rows, index: number): number =>
  heights.get(keys[index] ?? "") ?? estimatePx;

/** The rows that lie between `topPx` and `topPx + viewPx`, and `overscanPx` of those beyond. */
export function windowAt(rows: Rows, topPx: number, viewPx: number, overscanPx: number): RowWindow {
  const count = rows.keys.length;
  let from = 0;
  let abovePx = 0;
  while (from < count && abovePx + heightOf(rows, from) < topPx - overscanPx) {
    abovePx += heightOf(rows, from);
    from += 1;
  }
  let to = from;
  let reachedPx = abovePx;
  while (to < count && reachedPx < topPx + viewPx + overscanPx) {
    reachedPx += heightOf(rows, to);
    to += 1;
  }
  let belowPx = 0;
  for (let index = to; index < count; index += 1) belowPx += heightOf(rows, index);
  return { from, to, abovePx, belowPx };
}

/** The last rows, as many as fill the view: for a list that sticks to its end. */
export function windowAtEnd(rows: Rows, viewPx: number, overscanPx: number): RowWindow {
  const to = rows.keys.length;
  let from = to;
  for (let filledPx = 0; from > 0 && filledPx < viewPx + overscanPx;) {
    from -= 1;
    filledPx += heightOf(rows, from);
  }
  let abovePx = 0;
  for (let index = 0; index < from; index += 1) abovePx += heightOf(rows, index);
  return { from, to, abovePx, belowPx: 0 };
}
