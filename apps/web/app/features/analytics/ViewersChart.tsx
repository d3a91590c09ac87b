/** Viewers over time, with what happened in the show. */
import type { Analytics } from "@rostrum/contract/analytics";
import { useTranslation } from "react-i18next";
import { formatClock, formatCount } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { ChartFrame } from "./ChartFrame.tsx";
import { TimeChart } from "./TimeChart.tsx";
import { chaptersIn, formatViewers } from "./words.ts";

type Report = Pick<Analytics, "series" | "chapters" | "stepMs">;

/** The line is viewers, the bars are messages in the chat, numbers are chapters. */
export function ViewersChart({ series, chapters, stepMs }: Report) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const last = series.at(-1)?.atMs ?? 0;
  const marks = chapters.filter(({ atMs }) => atMs <= last + stepMs);
  return (
    <ChartFrame
      level={2}
      title={t("analytics:viewersOverTime")}
      table={{
        headings: [
          t("analytics:time"),
          t("analytics:viewers"),
          t("analytics:joined"),
          t("analytics:messages"),
          t("analytics:chapters"),
        ],
        rows: series.map((point) => [
          formatClock(point.atMs),
          formatViewers(point.viewers, locale),
          formatCount(point.joins, locale),
          formatCount(point.chatMessages, locale),
          chaptersIn(chapters, point.atMs, stepMs),
        ]),
      }}
    >
      <Legend hasMarks={marks.length > 0} />
      <TimeChart
        whole
        className="h-64"
        points={series.map(({ atMs, viewers }) => ({ x: atMs, y: viewers }))}
        bars={series.map(({ atMs, chatMessages }) => ({ x: atMs, y: chatMessages }))}
        marks={marks.map(({ atMs }, index) => ({ x: atMs, label: String(index + 1) }))}
        formatX={formatClock}
        formatY={(value) => formatCount(value, locale)}
        describe={(index) => {
          const point = series[index];
          if (point === undefined) return "";
          return t("analytics:pointRead", {
            time: formatClock(point.atMs),
            viewers: formatViewers(point.viewers, locale),
            messages: formatCount(point.chatMessages, locale),
          });
        }}
      />
      {marks.length === 0 ? null : (
        <ol aria-label={t("analytics:chapters")} className="mt-1 grid gap-x-6 gap-y-1 text-sm sm:grid-cols-2">
          {marks.map(({ atMs, title }, index) => (
            <li key={`${atMs} ${title}`} className="flex min-w-0 items-baseline gap-2">
              <span aria-hidden className="w-5 shrink-0 text-right text-xs text-faint tabular">
                {index + 1}
              </span>
              <span className="text-muted tabular">{formatClock(atMs)}</span>
              <span className="min-w-0 truncate">{title}</span>
            </li>
          ))}
        </ol>
      )}
    </ChartFrame>
  );
}

function Legend({ hasMarks }: { hasMarks: boolean }) {
  const { t } = useTranslation();
  return (
    <p aria-hidden className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
      <span className="inline-flex items-center gap-1.5">
        <i className="h-0.5 w-4 bg-accent-text" />
        {t("analytics:viewers")}
      </span>
      <span className="inline-flex items-center gap-1.5">
        <i className="h-3 w-1.5 bg-blue opacity-60" />
        {t("analytics:messages")}
      </span>
      {hasMarks ? (
        <span className="inline-flex items-center gap-1.5">
          <i className="h-3 border-l border-dashed border-control" />
          {t("analytics:chapters")}
        </span>
      ) : null}
    </p>
  );
}
