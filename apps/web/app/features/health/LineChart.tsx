/** One line over time, drawn by uPlot. Decorative for screen readers: the table beside it says the same. Browser only. */
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Series } from "./series.ts";

export type LineChartProps = Readonly<{
  series: Series;
  /** Shown on the time axis however little is known, in seconds. */
  windowSec: number;
  /** Writes a value of the left axis. */
  formatValue: (value: number) => string;
  formatTime: (atMs: number) => string;
  heightPx: number;
}>;

/** A canvas does not know CSS variables: colours come from elements that do. */
function colourOf(root: HTMLElement, className: string): string {
  const probe = root.querySelector(`.${className}`);
  return probe === null ? "currentColor" : getComputedStyle(probe).color;
}

function optionsOf(root: HTMLElement, props: () => LineChartProps, widthPx: number): uPlot.Options {
  const font = `11px ${getComputedStyle(root).fontFamily}`;
  const faint = () => colourOf(root, "probe-axis");
  const grid = { stroke: () => colourOf(root, "probe-grid"), width: 1 };
  return {
    width: widthPx,
    height: props().heightPx,
    padding: [8, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { time: true, range: (_, _min, max) => [max - props().windowSec, max] },
      // From zero: a chart that begins elsewhere makes noise look like trouble.
      y: { range: (_, _min, max) => [0, max > 0 ? max * 1.15 : 1] },
    },
    axes: [
      {
        stroke: faint,
        font,
        size: 22,
        gap: 4,
        grid: { show: false },
        ticks: { show: false },
        space: 90,
        values: (_, splits) => splits.map((sec) => props().formatTime(sec * 1000)),
      },
      {
        stroke: faint,
        font,
        size: 40,
        gap: 6,
        grid,
        ticks: { show: false },
        space: 28,
        values: (_, splits) => splits.map((value) => props().formatValue(value)),
      },
    ],
    series: [
      {},
      {
        stroke: () => colourOf(root, "probe-line"),
        fill: () => colourOf(root, "probe-fill"),
        width: 1.75,
        spanGaps: false,
        points: { show: false },
      },
    ],
  };
}

/** As wide as its place; redrawn in place when samples come. */
export default function LineChart(props: LineChartProps) {
  const root = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
    plot.current?.setData([props.series.x, props.series.y]);
  });
  useEffect(() => {
    const place = root.current;
    if (place === null) return;
    const { x, y } = latest.current.series;
    const options = optionsOf(place, () => latest.current, place.clientWidth);
    const chart = new uPlot(options, [x, y], place);
    plot.current = chart;
    const resized = new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: options.height }));
    resized.observe(place);
    return () => {
      resized.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, []);
  return (
    <div ref={root} aria-hidden className="relative min-w-0 overflow-hidden" style={{ height: props.heightPx }}>
      <i hidden className="probe-line text-accent-text" />
      <i hidden className="probe-fill text-accent-tint" />
      <i hidden className="probe-axis text-faint" />
      <i hidden className="probe-grid text-line" />
    </div>
  );
}
