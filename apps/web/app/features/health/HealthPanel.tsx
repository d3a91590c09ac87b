/** Everything that is known about how the show arrives and how it is seen. */
import type { HealthNote } from "@rostrum/contract/health";
import { CircleX, Info, type LucideIcon, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useLocale } from "../../lib/locale.tsx";
import { cn } from "../../ui/cn.ts";
import { FigureGrid } from "./FigureGrid.tsx";
import { sourceFigures, viewerFigures } from "./figures.ts";
import { FreshnessNote, useStale } from "./FreshnessNote.tsx";
import { MetricChart } from "./MetricChart.tsx";
import type { Health } from "./use-health.ts";

/** Charts first, figures under them, notes last. After the show (`over`) there is nothing to note. */
export function HealthPanel({ health, over }: { health: Health; over: boolean }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { samples, latest } = health;
  const at = latest?.at ?? null;
  const stale = useStale(at);
  return (
    <section aria-labelledby="health-title" className="flex flex-col gap-3">
      <header className="flex items-baseline justify-between gap-3">
        <h2 id="health-title" className="text-md font-semibold">
          {t("health:title")}
        </h2>
        <FreshnessNote at={at} />
      </header>
      <MetricChart samples={samples} metric="bitrate" />
      <MetricChart samples={samples} metric="fps" />
      <div className="flex flex-col gap-2 border-t border-line pt-3">
        <h3 className="text-xs font-semibold text-muted">{t("health:fromEncoder")}</h3>
        <FigureGrid figures={sourceFigures(latest, locale)} stale={stale} className="grid-cols-3" />
      </div>
      <div className="flex flex-col gap-2 border-t border-line pt-3">
        <h3 className="text-xs font-semibold text-muted">{t("health:atViewers")}</h3>
        <FigureGrid figures={viewerFigures(latest, locale)} stale={stale} className="grid-cols-2 sm:grid-cols-4" />
      </div>
      {latest !== null && latest.notes.length > 0 && !over ? <Notes notes={latest.notes} /> : null}
    </section>
  );
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
