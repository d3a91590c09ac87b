/** A share of the audience over time or minutes: how many stayed, how much of the time they waited. */
import { useLocale } from "../../lib/locale.tsx";
import { ChartFrame } from "./ChartFrame.tsx";
import { type ChartPoint, niceMax } from "./chart-scale.ts";
import { TimeChart } from "./TimeChart.tsx";
import { formatShare } from "./words.ts";

/** `x` in ms, `y` 0 to 1. */
export function ShareChart({
  title,
  note,
  points,
  headings,
  formatX,
  whole = false,
}: {
  title: string;
  note: string;
  points: readonly ChartPoint[];
  headings: readonly [string, string];
  formatX: (x: number) => string;
  /** The axis ends at 100 %, however small the shares are. */
  whole?: boolean;
}) {
  const { locale } = useLocale();
  const most = Math.max(0.01, ...points.map(({ y }) => y ?? 0));
  return (
    <ChartFrame
      level={2}
      title={title}
      note={note}
      table={{ headings, rows: points.map(({ x, y }) => [formatX(x), formatShare(y, locale)]) }}
    >
      <TimeChart
        className="h-44"
        points={points}
        maxY={whole ? 1 : Math.min(1, niceMax(most, false))}
        formatX={formatX}
        formatY={(value) => formatShare(value, locale)}
        describe={(index) => {
          const point = points[index];
          return point === undefined ? "" : `${formatX(point.x)}: ${formatShare(point.y, locale)}`;
        }}
      />
    </ChartFrame>
  );
}
