/** A line over time with what happened beside it, drawn as SVG. Decorative for screen readers: the table beside it says the same. */
import { type PointerEvent, useState } from "react";
import { cn } from "../../ui/cn.ts";
import {
  areaPath,
  type ChartPoint,
  linePath,
  nearest,
  niceMax,
  type Scale,
  timeTicks,
  xPercent,
} from "./chart-scale.ts";

export type TimeChartProps = Readonly<{
  points: readonly ChartPoint[];
  /** Smaller figures below the line, on a scale of their own. */
  bars?: readonly ChartPoint[];
  /** Moments with a number. */
  marks?: readonly Readonly<{ x: number; label: string }>[];
  /** Only whole numbers make sense on the left axis. */
  whole?: boolean;
  /** The highest value of the left axis; left out: what the points need. */
  maxY?: number;
  formatX: (x: number) => string;
  formatY: (y: number) => string;
  /** What is said of the point under the pointer. */
  describe: (index: number) => string;
  className?: string;
}>;

const X_TICKS = 6;

export function TimeChart(props: TimeChartProps) {
  const { points, bars = [], marks = [], whole = false, formatX, formatY, className } = props;
  const [hovered, setHovered] = useState<number | null>(null);
  const scale: Scale = {
    fromX: points[0]?.x ?? 0,
    toX: points.at(-1)?.x ?? 1,
    maxY: props.maxY ?? niceMax(Math.max(0, ...points.map(({ y }) => y ?? 0)), whole),
  };
  const follow = (event: PointerEvent<HTMLDivElement>): void => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const x = scale.fromX + ((event.clientX - left) / Math.max(1, width)) * (scale.toX - scale.fromX);
    const index = nearest(points, x);
    setHovered(index === -1 ? null : index);
  };
  const shown = hovered === null ? undefined : points[hovered];
  return (
    <div
      aria-hidden
      className={cn(
        "relative grid grid-cols-[auto_minmax(0,1fr)] grid-rows-[minmax(0,1fr)_auto] gap-x-2 text-xs text-faint tabular",
        className,
      )}
    >
      <div className="flex flex-col-reverse justify-between py-0 text-right">
        {[0, 0.5, 1].map((share) => (
          <span key={share} className="h-0 -translate-y-2">
            {formatY(scale.maxY * share)}
          </span>
        ))}
      </div>
      <div
        className="relative h-full min-h-24 touch-pan-y"
        onPointerMove={follow}
        onPointerLeave={() => setHovered(null)}
      >
        <Drawing points={points} bars={bars} scale={scale} />
        {marks.map((mark) => (
          <span
            key={`${mark.x} ${mark.label}`}
            className="absolute inset-y-0 border-l border-dashed border-control"
            style={{ left: `${xPercent(mark.x, scale)}%` }}
          >
            <span className="absolute -top-1 -left-2 flex size-4 items-center justify-center rounded-full bg-raised text-[10px] text-text">
              {mark.label}
            </span>
          </span>
        ))}
        {shown === undefined || hovered === null ? null : (
          <Reading x={xPercent(shown.x, scale)} text={props.describe(hovered)} />
        )}
      </div>
      <span />
      <TimeAxis scale={scale} format={formatX} />
    </div>
  );
}

/** Stretched to its place; lines keep their width. */
function Drawing({
  points,
  bars,
  scale,
}: {
  points: readonly ChartPoint[];
  bars: readonly ChartPoint[];
  scale: Scale;
}) {
  const most = Math.max(1, ...bars.map(({ y }) => y ?? 0));
  const width = 100 / Math.max(1, bars.length);
  return (
    <svg viewBox="0 0 100 100" preserveAspectRatio="none" className="absolute inset-0 size-full overflow-visible">
      {[0, 50, 100].map((y) => (
        <line key={y} x1="0" x2="100" y1={y} y2={y} className="stroke-line" vectorEffect="non-scaling-stroke" />
      ))}
      <path d={areaPath(points, scale)} className="fill-accent-tint" />
      {bars.map(({ x, y }) =>
        y === null || y === 0 ? null : (
          <rect
            key={x}
            x={Math.max(0, Math.min(100 - width * 0.8, xPercent(x, scale) - width * 0.4))}
            y={100 - (y / most) * 35}
            width={width * 0.8}
            height={(y / most) * 35}
            className="fill-blue opacity-60"
          />
        ),
      )}
      <path
        d={linePath(points, scale)}
        className="fill-none stroke-accent-text"
        strokeWidth="1.75"
        strokeLinejoin="round"
        strokeLinecap="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}

/** Stays inside the chart at both ends. */
function Reading({ x, text }: { x: number; text: string }) {
  return (
    <>
      <span className="pointer-events-none absolute inset-y-0 border-l border-control" style={{ left: `${x}%` }} />
      <span
        className="pointer-events-none absolute top-1 rounded-sm bg-raised px-2 py-1 whitespace-nowrap text-text shadow-float"
        style={x > 50 ? { right: `calc(${100 - x}% + 6px)` } : { left: `calc(${x}% + 6px)` }}
      >
        {text}
      </span>
    </>
  );
}

function TimeAxis({ scale, format }: { scale: Scale; format: (x: number) => string }) {
  const ticks = timeTicks(scale.fromX, scale.toX, X_TICKS);
  return (
    <div className="relative mt-1 h-4">
      {ticks.map((at, index) => {
        const x = xPercent(at, scale);
        return (
          <span
            key={at}
            className={cn(
              "absolute top-0 whitespace-nowrap",
              x < 6 ? "" : x > 94 ? "-translate-x-full" : "-translate-x-1/2",
              index % 2 === 1 && "max-sm:hidden",
            )}
            style={{ left: `${x}%` }}
          >
            {format(at)}
          </span>
        );
      })}
    </div>
  );
}
