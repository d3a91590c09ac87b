/** The order in which files are to play, as it is put together. Pure. */

/** Moves the entry at `index` by `step` places; at the ends nothing happens. */
export function moved<T>(list: readonly T[], index: number, step: -1 | 1): T[] {
  const other = index + step;
  const [a, b] = [list[index], list[other]];
  if (a === undefined || b === undefined) return [...list];
  return list.map((entry, i) => (i === index ? b : i === other ? a : entry));
}

/** What a file is doing, for its line in the library. `percent` is of the preparation. */
export function percentOf(progress: number): number {
  return Math.min(100, Math.max(0, Math.round(progress * 100)));
}
