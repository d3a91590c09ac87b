/** The foot of the control room: rates and drops at a glance, and how old they are. */
import { useTranslation } from "react-i18next";
import { formatClock, UNKNOWN } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { cn } from "../../ui/cn.ts";
import { sourceFigures } from "./figures.ts";
import { FreshnessNote, useStale } from "./FreshnessNote.tsx";
import { measuredAt } from "./series.ts";
import type { Health } from "./use-health.ts";

const SHOWN = new Set(["videoBitrate", "audioBitrate", "fps", "keyframes", "drops"]);

export function RateStrip({ health }: { health: Health }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { latest } = health;
  const at = measuredAt(latest);
  const stale = useStale(at);
  const mediaTimeMs = latest?.mediaTimeMs ?? null;
  const figures = [
    ...sourceFigures(latest, locale).filter((figure) => SHOWN.has(figure.name)),
    { name: "mediaTime", value: mediaTimeMs === null ? UNKNOWN : formatClock(mediaTimeMs) },
  ];
  return (
    <footer
      aria-label={t("health:strip")}
      className="flex flex-wrap items-center gap-x-6 gap-y-1 rounded-md border border-line bg-surface px-4 py-2 text-sm"
    >
      {figures.map(({ name, value }) => (
        <span key={name} className="inline-flex items-baseline gap-1.5 whitespace-nowrap">
          <span className="text-xs text-faint">{t(`health:figure.${name}`)}</span>
          <span className={cn("font-medium tabular", stale && "text-faint")}>{value}</span>
        </span>
      ))}
      <span className="ml-auto">
        <FreshnessNote at={at} />
      </span>
    </footer>
  );
}
