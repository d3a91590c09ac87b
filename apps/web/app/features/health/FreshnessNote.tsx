/** How old the figures beside it are. */
import { useTranslation } from "react-i18next";
import { useNow } from "../../lib/locale.tsx";
import { cn } from "../../ui/cn.ts";
import { freshnessOf } from "./series.ts";

/** `at` is the newest sample's. Amber once it is no longer now. */
export function FreshnessNote({ at }: { at: string | null }) {
  const { t } = useTranslation();
  const freshness = freshnessOf(at, useNow());
  const old = freshness.kind === "seconds" || freshness.kind === "minutes";
  return (
    <span
      suppressHydrationWarning
      className={cn("text-xs whitespace-nowrap tabular", old ? "text-amber-text" : "text-faint")}
    >
      {t(`health:fresh.${freshness.kind}`, "count" in freshness ? { count: freshness.count } : {})}
    </span>
  );
}

/** True when figures of `at` are too old to act on. */
export function useStale(at: string | null): boolean {
  const { kind } = freshnessOf(at, useNow(5000));
  return kind !== "now";
}
