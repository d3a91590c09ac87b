/** One figure over time: its chart, and its table one click away. */
import { ChartLine, Table2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatInstant, UNKNOWN } from "../../lib/format.ts";
import { useHydrated, useLocale } from "../../lib/locale.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import type { MetricName, MinuteRow, Series } from "./series.ts";

const LineChart = lazy(() => import("./LineChart.tsx"));

const HEIGHT_PX = 84;

export type MetricChartProps = Readonly<{
  metric: MetricName;
  /** What the figure is now; null: unknown. */
  current: number | null;
  series: Series;
  /** Of the time axis, in seconds. */
  windowSec: number;
  /** Newest first. */
  rows: readonly MinuteRow[];
}>;

/** A line, and the same by the minute as a table. */
export function MetricChart({ metric, current, series, windowSec, rows }: MetricChartProps) {
  const { t } = useTranslation();
  const { locale, timeZone } = useLocale();
  const hydrated = useHydrated();
  const [asTable, setAsTable] = useState(false);
  const known = series.y.some((value) => value !== null);
  const digits = metric === "bitrate" ? 1 : 0;
  const write = (value: number | null): string =>
    value === null ? UNKNOWN : new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
  const time = (at: number): string => formatInstant(at, "time", locale, timeZone);
  return (
    <section aria-label={t(`health:chart.${metric}`)} className="min-w-0">
      <header className="mb-1 flex items-center justify-between gap-3">
        <h3 className="text-sm font-medium">
          {t(`health:chart.${metric}`)}{" "}
          <span className="text-muted tabular">
            {write(current)} {current === null ? "" : t(`health:unit.${metric}`)}
          </span>
        </h3>
        <IconButton
          size="sm"
          label={t(asTable ? "health:asChart" : "health:asTable")}
          icon={asTable ? <ChartLine /> : <Table2 />}
          onClick={() => setAsTable(!asTable)}
        />
      </header>
      {asTable || !hydrated || known ? null : (
        <p className="flex h-21 items-center justify-center rounded-sm border border-dashed border-line px-4 text-center text-xs text-faint">
          {t("health:noFigures")}
        </p>
      )}
      {asTable || !hydrated || !known ? null : (
        <Suspense fallback={<Skeleton className="h-21" />}>
          <LineChart series={series} windowSec={windowSec} formatValue={write} formatTime={time} heightPx={HEIGHT_PX} />
        </Suspense>
      )}
      {hydrated || asTable ? null : <Skeleton className="h-21" />}
      <div
        // A scrolling region must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        {...(asTable ? { tabIndex: 0, role: "region", "aria-label": t(`health:chart.${metric}`) } : {})}
        className={asTable ? "h-21 overflow-y-auto rounded-sm border border-line" : "sr-only"}
      >
        <MinuteTable
          caption={t("health:tableCaption", { what: t(`health:chart.${metric}`), unit: t(`health:unit.${metric}`) })}
          rows={rows}
          write={write}
          time={time}
        />
      </div>
    </section>
  );
}

function MinuteTable({
  caption,
  rows,
  write,
  time,
}: {
  caption: string;
  rows: readonly MinuteRow[];
  write: (value: number | null) => string;
  time: (at: number) => string;
}) {
  const { t } = useTranslation();
  return (
    <table className="w-full text-left text-sm tabular">
      <caption className="sr-only">{caption}</caption>
      <thead className="sticky top-0 bg-raised text-xs text-faint">
        <tr>
          {(["minute", "average", "lowest", "highest"] as const).map((name) => (
            <th key={name} scope="col" className="px-3 py-1.5 font-medium">
              {t(`health:table.${name}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody suppressHydrationWarning>
        {rows.map((row) => (
          <tr key={row.at} className="border-t border-line">
            <th scope="row" className="px-3 py-1 font-normal text-muted">
              {time(row.at)}
            </th>
            <td className="px-3 py-1">{write(row.average)}</td>
            <td className="px-3 py-1">{write(row.lowest)}</td>
            <td className="px-3 py-1">{write(row.highest)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
