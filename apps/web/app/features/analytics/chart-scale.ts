/** Where the points of a chart stand: in percent of its place, from its upper left corner. Pure. */

/** `y` null: not known, a gap. */
export type ChartPoint = Readonly<{ x: number; y: number | null }>;

const NICE = [1, 2, 2.5, 5, 10];

/** The end of an axis from 0 that holds `most`, in steps that people count in. @param whole only whole numbers make sense */
export function niceMax(most: number, whole: boolean): number {
  if (whole && !(most > 4)) return 4;
  if (!(most > 0)) return 1;
  const size = 10 ** Math.floor(Math.log10(most));
  const end = (NICE.find((step) => most <= step * size * (1 + 1e-9)) ?? 10) * size;
  return whole ? Math.ceil(end / 2) * 2 : end;
}

const STEPS_SEC = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800];

/** Moments for an axis of a time in ms: at most `count` steps, each a length that people know. Both ends are inclusive. */
export function timeTicks(fromMs: number, toMs: number, count: number): number[] {
  const lengthSec = (toMs - fromMs) / 1000;
  const stepMs = (STEPS_SEC.find((step) => lengthSec / step <= count) ?? lengthSec / count) * 1000;
  const ticks: number[] = [];
  for (let at = Math.ceil(fromMs / stepMs) * stepMs; at <= toMs; at += stepMs) ticks.push(at);
  return ticks.length === 0 ? [fromMs] : ticks;
}

export type Scale = Readonly<{ fromX: number; toX: number; maxY: number }>;

export const xPercent = (x: number, { fromX, toX }: Scale): number =>
  toX <= fromX ? 0 : Math.min(100, Math.max(0, ((x - fromX) / (toX - fromX)) * 100));
const yPercent = (y: number, { maxY }: Scale): number => 100 - Math.min(100, Math.max(0, (y / maxY) * 100));

/** The stretches of points without a gap. */
function runsOf(points: readonly ChartPoint[]): { x: number; y: number }[][] {
  const runs: { x: number; y: number }[][] = [[]];
  for (const { x, y } of points) {
    if (y === null) runs.push([]);
    else runs.at(-1)?.push({ x, y });
  }
  return runs.filter((run) => run.length > 0);
}

/** SVG path of a line, broken where nothing is known. */
export function linePath(points: readonly ChartPoint[], scale: Scale): string {
  return runsOf(points)
    .map((run) => run.map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${at(x, y, scale)}`).join(""))
    .join("");
}

/** SVG path of what lies under that line. */
export function areaPath(points: readonly ChartPoint[], scale: Scale): string {
  return runsOf(points)
    .map((run) => {
      const [first, last] = [run[0], run.at(-1)];
      if (first === undefined || last === undefined) return "";
      const line = run.map(({ x, y }) => `L${at(x, y, scale)}`).join("");
      return `M${at(first.x, 0, scale)}${line}L${at(last.x, 0, scale)}Z`;
    })
    .join("");
}

const at = (x: number, y: number, scale: Scale): string => `${short(xPercent(x, scale))} ${short(yPercent(y, scale))}`;
const short = (value: number): number => Math.round(value * 100) / 100;

/** The index of the point that is nearest to `x`; -1 without points. */
export function nearest(points: readonly ChartPoint[], x: number): number {
  let best = -1;
  for (const [index, point] of points.entries()) {
    if (best === -1 || Math.abs(point.x - x) < Math.abs((points[best]?.x ?? 0) - x)) best = index;
  }
  return best;
}
