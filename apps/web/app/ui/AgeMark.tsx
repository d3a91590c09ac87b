/** "18+": the show is not for everybody's age. */
import type { MinimumAge } from "@rostrum/contract/age-gate";
import { useTranslation } from "react-i18next";
import { cn } from "./cn.ts";

export function AgeMark({ minimumAge, className }: { minimumAge: MinimumAge; className?: string }) {
  const { t } = useTranslation();
  return (
    <span
      className={cn(
        "inline-flex h-5 items-center rounded-sm bg-amber-tint px-1.5 text-xs font-semibold text-amber-text tabular",
        className,
      )}
    >
      <span aria-hidden>{minimumAge}+</span>
      <span className="sr-only">{t("ui.minimumAge", { years: minimumAge })}</span>
    </span>
  );
}
