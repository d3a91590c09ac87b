/** Figures under their names. */
import { useTranslation } from "react-i18next";
import { cn } from "../../ui/cn.ts";
import type { Figure } from "./figures.ts";

/** `stale` greys figures that are no longer true for sure. */
export function FigureGrid({ figures, stale, className }: { figures: Figure[]; stale: boolean; className?: string }) {
  const { t } = useTranslation();
  return (
    <dl className={cn("grid gap-x-4 gap-y-2.5", className)}>
      {figures.map(({ name, value }) => (
        <div key={name} className="min-w-0">
          <dt className="truncate text-xs text-faint">{t(`health:figure.${name}`)}</dt>
          <dd className={cn("truncate text-base font-medium tabular", stale && "text-faint")}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
