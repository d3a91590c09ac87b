/** Questions to what is buffered. Pure; seconds of media time; ranges are half open and in order. */

export type Range = Readonly<{ startSec: number; endSec: number }>;

/** Browsers play over most holes that are shorter than this by themselves. */
const SEAM_SEC = 0.05;

/** A copy of what the browser reports; its own object changes under one's hands. */
export function rangesOf(buffered: TimeRanges): Range[] {
  return Array.from({ length: buffered.length }, (_, at) => ({
    startSec: buffered.start(at),
    endSec: buffered.end(at),
  }));
}

/** Media that is there in every one of the lists. */
export function intersect(lists: ReadonlyArray<readonly Range[]>): Range[] {
  const [first = [], ...others] = lists;
  let common: readonly Range[] = first;
  for (const other of others) {
    common = common.flatMap((one) =>
      other
        .map(({ startSec, endSec }) => ({
          startSec: Math.max(startSec, one.startSec),
          endSec: Math.min(endSec, one.endSec),
        }))
        .filter(({ startSec, endSec }) => endSec > startSec),
    );
  }
  return [...common];
}

/** How far one can play on from `atSec` without a pause, over holes of up to `seamSec`; 0 when nothing is there. */
export function aheadOf(ranges: readonly Range[], atSec: number, seamSec = SEAM_SEC): number {
  let endSec: number | undefined;
  for (const range of ranges) {
    if (endSec === undefined) {
      if (range.startSec <= atSec + SEAM_SEC && range.endSec > atSec) ({ endSec } = range);
    } else if (range.startSec <= endSec + seamSec) endSec = Math.max(endSec, range.endSec);
  }
  return endSec === undefined ? 0 : endSec - atSec;
}

/** Where media goes on behind the hole that begins at or just after `atSec`; undefined: nothing is behind it. */
export function behindHole(ranges: readonly Range[], atSec: number): number | undefined {
  return ranges.find(({ startSec }) => startSec > atSec)?.startSec;
}
