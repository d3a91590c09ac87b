/** How far a goal is. */
import type { Goal } from "@rostrum/contract/tips";
import { useTranslation } from "react-i18next";
import { useLocale } from "../../lib/locale.tsx";
import { cn } from "../../ui/cn.ts";
import { formatAmount, partOf } from "./amount.ts";

/** `isOverlay`: over a picture, where sizes follow the text around it. */
export function GoalBar({ goal, isOverlay = false }: { goal: Goal; isOverlay?: boolean }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { title, raisedMinor, targetMinor, currency } = goal;
  const part = partOf(raisedMinor, targetMinor);
  const raised = formatAmount(raisedMinor, currency, locale);
  const target = formatAmount(targetMinor, currency, locale);
  return (
    <div className={cn("flex min-w-0 flex-col", isOverlay ? "gap-[0.25em]" : "gap-2 text-sm")}>
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <bdi className="min-w-0 font-medium wrap-anywhere">{title}</bdi>
        <span className={cn("tabular", isOverlay ? undefined : "text-muted")}>
          {t("tips:goal.raised", { raised, target })}
        </span>
      </div>
      <div
        role="progressbar"
        aria-label={title}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(part * 100)}
        aria-valuetext={t("tips:goal.raised", { raised, target })}
        className={cn("overflow-hidden rounded-full", isOverlay ? "h-[0.4em] bg-overlay" : "h-2 bg-hover")}
      >
        <div
          className="h-full rounded-full bg-accent transition-[width] duration-(--duration-slow)"
          style={{ width: `${part * 100}%` }}
        />
      </div>
    </div>
  );
}
