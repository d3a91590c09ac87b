/** Everything that is known about how the show arrives and how it is seen. */
import type { HealthNote, HealthSample } from "@rostrum/contract/health";
import { CircleX, Info, type LucideIcon, TriangleAlert } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocale } from "../../lib/locale.tsx";
import { cn } from "../../ui/cn.ts";
import { SegmentedControl } from "../../ui/SegmentedControl.tsx";
import { FigureGrid } from "./FigureGrid.tsx";
import { sourceFigures, viewerFigures } from "./figures.ts";
import { useStale } from "./FreshnessNote.tsx";
import { MetricChart } from "./MetricChart.tsx";
import { METRICS, type MetricName, metricOf, minutesOf, seriesOf, windowOf } from "./series.ts";
import { type HealthApi, SessionHealth } from "./SessionHealth.tsx";
import type { Health } from "./use-health.ts";

/** Charts first, figures under them, notes last. After the show (`over`) there is nothing to note. */
export function HealthPanel(props: { api: HealthApi; broadcastId: string; health: Health; over: boolean }) {
  const { api, broadcastId, health, over } = props;
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { samples, latest } = health;
  const [range, setRange] = useState<Range>(over ? "show" : "recent");
  const stale = useStale(latest?.at ?? null);
  return (
    <div className="flex flex-col gap-3">
      <SegmentedControl
        label={t("health:range.label")}
        value={range}
        onValueChange={setRange}
        options={RANGES.map((value) => ({ value, label: t(`health:range.${value}`) }))}
        className="self-start max-sm:w-full"
      />
      {range === "recent" ? (
        METRICS.map((metric) => <RecentChart key={metric} samples={samples} metric={metric} />)
      ) : (
        <SessionHealth api={api} broadcastId={broadcastId} samples={samples} />
      )}
      <div className="flex flex-col gap-2 border-t border-line pt-3">
        <h3 className="text-xs font-semibold text-muted">{t("health:fromEncoder")}</h3>
        <FigureGrid figures={sourceFigures(latest, locale)} stale={stale} className="grid-cols-3" />
      </div>
      <div className="flex flex-col gap-2 border-t border-line pt-3">
        <h3 className="text-xs font-semibold text-muted">{t("health:atViewers")}</h3>
        <FigureGrid figures={viewerFigures(latest, locale)} stale={stale} className="grid-cols-2 sm:grid-cols-4" />
      </div>
      {latest !== null && latest.notes.length > 0 && !over ? <Notes notes={latest.notes} /> : null}
    </div>
  );
}

const RANGES = ["recent", "show"] as const;
type Range = (typeof RANGES)[number];
const TABLE_SEC = 60 * 60;

/** The last minutes as a line, the last hour as a table. */
function RecentChart({ samples, metric }: { samples: readonly HealthSample[]; metric: MetricName }) {
  const windowSec = windowOf(samples);
  const series = useMemo(() => seriesOf(samples, metric, windowSec), [samples, metric, windowSec]);
  const rows = useMemo(() => minutesOf(seriesOf(samples, metric, TABLE_SEC)), [samples, metric]);
  const latest = samples.at(-1);
  const current = latest === undefined ? null : metricOf(latest, metric);
  return <MetricChart metric={metric} current={current} series={series} windowSec={windowSec} rows={rows} />;
}

const LOOKS: Record<HealthNote["level"], { readonly icon: LucideIcon; readonly tone: string }> = {
  bad: { icon: CircleX, tone: "text-live-text" },
  degraded: { icon: TriangleAlert, tone: "text-amber-text" },
  info: { icon: Info, tone: "text-blue-text" },
};

function Notes({ notes }: { notes: readonly HealthNote[] }) {
  const { t } = useTranslation();
  return (
    <ul aria-label={t("health:notes")} className="flex flex-col gap-2 border-t border-line pt-3 text-sm">
      {notes.map((note) => {
        const { icon: Icon, tone } = LOOKS[note.level];
        return (
          <li key={note.code} className="flex gap-2">
            <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0", tone)} />
            <span className="text-muted">
              <span className="sr-only">{t(`health:noteLevel.${note.level}`)} </span>
              {note.text}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
