/** Health over the whole show: charts by the minute, and what happened when. */
import type { Client } from "@rostrum/client/client";
import type { HealthMinute, HealthSample } from "@rostrum/contract/health";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { formatInstant } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { usePolling } from "../../lib/use-polling.ts";
import { errorText } from "../../lib/use-save.ts";
import { MetricChart } from "./MetricChart.tsx";
import { METRICS, metricOf } from "./series.ts";
import { type HealthSpan, sessionRows, sessionSeries, sessionWindow, spansOf } from "./session.ts";

export type HealthApi = Pick<Client, "broadcasts">;

/** A new minute is told when it is over. */
const POLL_MS = 60_000;

/** `samples` fill in what the minutes do not tell yet. */
export function SessionHealth(props: { api: HealthApi; broadcastId: string; samples: readonly HealthSample[] }) {
  const { api, broadcastId, samples } = props;
  const { t } = useTranslation();
  const { data: minutes, failure } = usePolling<readonly HealthMinute[]>(
    async (signal) => (await api.broadcasts.healthMinutes(broadcastId, { signal })).minutes,
    { initial: [], intervalMs: POLL_MS, atOnce: true },
  );
  const session = useMemo(() => ({ minutes, samples }), [minutes, samples]);
  const latest = samples.at(-1);
  const series = useMemo(() => METRICS.map((metric) => sessionSeries(session, metric)), [session]);
  const rows = useMemo(() => METRICS.map((metric) => sessionRows(session, metric)), [session]);
  return (
    <>
      {failure === null ? null : (
        <p role="alert" className="text-sm text-live-text">
          {errorText(failure, t)}
        </p>
      )}
      {METRICS.map((metric, index) => (
        <MetricChart
          key={metric}
          metric={metric}
          current={latest === undefined ? null : metricOf(latest, metric)}
          series={series[index] ?? NOTHING}
          windowSec={sessionWindow(series[index] ?? NOTHING)}
          rows={rows[index] ?? []}
        />
      ))}
      <Spans spans={useMemo(() => spansOf(session), [session])} />
    </>
  );
}

const NOTHING = { x: [], y: [] };

function Spans({ spans }: { spans: readonly HealthSpan[] }) {
  const { t } = useTranslation();
  const { locale, timeZone } = useLocale();
  const time = (at: number): string => formatInstant(at, "time", locale, timeZone);
  return (
    <section aria-label={t("health:spans.title")} className="flex flex-col gap-2 border-t border-line pt-3">
      <h3 className="text-xs font-semibold text-muted">{t("health:spans.title")}</h3>
      {spans.length === 0 ? (
        <p className="text-sm text-faint">{t("health:spans.none")}</p>
      ) : (
        <ul className="flex flex-col gap-1.5 text-sm">
          {spans.map(({ note, fromMs, toMs }) => (
            <li key={`${note.code} ${fromMs}`} className="flex flex-col">
              <span className="text-xs text-faint tabular">
                {time(fromMs) === time(toMs)
                  ? time(fromMs)
                  : t("health:spans.time", { from: time(fromMs), to: time(toMs) })}
              </span>
              <span className={note.level === "bad" ? "text-live-text" : "text-amber-text"}>{note.text}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
