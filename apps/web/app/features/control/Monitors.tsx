/** What viewers see, and beside it what they would see next. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "../../ui/cn.ts";

/** `next` null: there is nothing to choose, or not for this person. */
export function Monitors({ program, next }: { program: ReactNode; next: ReactNode | null }) {
  const { t } = useTranslation();
  return (
    <div className={cn("grid", next !== null && "sm:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]")}>
      <section aria-label={t("control:program")} className="self-start">
        {program}
      </section>
      {next}
    </div>
  );
}
