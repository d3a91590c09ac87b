/** The audience in the control room: how many watch, how well, from where. */
import type { Client } from "@rostrum/client/client";
import type { LiveAnalytics } from "@rostrum/contract/analytics";
import { ChartArea } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formatCount, formatInstant, formatSeconds } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { ButtonLink } from "../../ui/Button.tsx";
import { SelectInput } from "../../ui/Select.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { Breakdown, LatencyBars } from "./Breakdown.tsx";
import { ChartFrame } from "./ChartFrame.tsx";
import { TimeChart } from "./TimeChart.tsx";
import { useLiveAnalytics } from "./use-live-analytics.ts";
import { BREAKDOWNS, type BreakdownName, formatShare, formatViewers } from "./words.ts";

/** Without a heading of its own. */
export function AudiencePanel({ api, broadcastId }: { api: Pick<Client, "analytics">; broadcastId: string }) {
  const { t } = useTranslation();
  const { live, failing } = useLiveAnalytics(api, broadcastId);
  return (
    <div className="flex flex-col gap-4">
      <p role="status" className="text-sm text-amber-text empty:hidden">
        {failing ? t("analytics:failing") : ""}
      </p>
      {live === null ? failing ? null : <Loading /> : <Figures live={live} />}
      {/* The show goes on in this window. */}
      <ButtonLink to={`/broadcasts/${broadcastId}/analytics`} target="_blank" size="sm" className="self-start">
        <ChartArea aria-hidden />
        {t("analytics:all")}
      </ButtonLink>
    </div>
  );
}

function Loading() {
  return (
    <div className="flex flex-col gap-4">
      <Skeleton className="h-24" />
      <Skeleton className="h-32" />
    </div>
  );
}

function Figures({ live }: { live: LiveAnalytics }) {
  const { t } = useTranslation();
  return (
    <>
      <Now live={live} />
      {live.sessions === 0 ? (
        <p className="rounded-sm border border-dashed border-line px-4 py-6 text-center text-sm text-muted">
          {t("analytics:nobodyYet")}
        </p>
      ) : (
        <>
          <LastHour live={live} />
          <div className="flex flex-col gap-2 border-t border-line pt-4">
            <h3 className="text-sm font-medium">{t("analytics:latencyNow")}</h3>
            <LatencyBars bins={live.latency.filter(({ share }) => share > 0)} />
          </div>
          {live.countsOnly ? <p className="text-sm text-muted">{t("analytics:countsOnly")}</p> : <Who live={live} />}
        </>
      )}
    </>
  );
}

function Now({ live }: { live: LiveAnalytics }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const figures = [
    ["viewersNow", formatCount(live.viewers, locale)],
    ["peak", formatCount(live.peakViewers, locale)],
    ["sessions", formatCount(live.sessions, locale)],
    ["join", formatSeconds(live.joinMsP50, locale)],
    ["joinP95", formatSeconds(live.joinMsP95, locale)],
    ["rebufferedNow", formatShare(live.rebufferedShare, locale)],
    ["waitingNow", formatShare(live.stallRatio, locale)],
  ] as const;
  return (
    <dl className="grid grid-cols-3 gap-x-4 gap-y-2.5">
      {figures.map(([name, value]) => (
        <div key={name} className="min-w-0">
          <dt className="text-xs text-faint">{t(`analytics:tile.${name}`)}</dt>
          <dd className="font-medium tabular">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function LastHour({ live }: { live: LiveAnalytics }) {
  const { t } = useTranslation();
  const { locale, timeZone } = useLocale();
  const time = (ms: number): string => formatInstant(ms, "time", locale, timeZone);
  const points = live.series.map(({ at, viewers }) => ({ x: Date.parse(at), y: viewers }));
  return (
    <ChartFrame
      title={t("analytics:lastHour")}
      table={{
        headings: [t("analytics:time"), t("analytics:viewers"), t("analytics:ofTime")],
        rows: minutesOf(live.series).map(({ at, viewers, stallRatio }) => [
          time(Date.parse(at)),
          formatViewers(viewers, locale),
          formatShare(stallRatio, locale),
        ]),
      }}
    >
      <TimeChart
        whole
        className="h-32"
        points={points}
        formatX={time}
        formatY={(value) => formatCount(value, locale)}
        describe={(index) => {
          const point = points[index];
          return point === undefined ? "" : `${time(point.x)}: ${formatViewers(point.y, locale)}`;
        }}
      />
    </ChartFrame>
  );
}

/** The first point of every minute, newest first: a table of each ten seconds is read by nobody. */
function minutesOf(series: LiveAnalytics["series"]): LiveAnalytics["series"] {
  const minute = (at: string): string => at.slice(0, 16);
  return series.filter((point, index) => minute(point.at) !== minute(series[index - 1]?.at ?? "")).toReversed();
}

function Who({ live }: { live: LiveAnalytics }) {
  const { t } = useTranslation();
  const [by, setBy] = useState<BreakdownName>("devices");
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-4">
      <SelectInput
        aria-label={t("analytics:breakDown")}
        value={by}
        onValueChange={(value) => setBy(value)}
        options={BREAKDOWNS.map((value) => ({ value, label: t(`analytics:by.${value}`) }))}
        className="w-full"
      />
      <Breakdown by={by} items={live[by]} />
    </div>
  );
}
