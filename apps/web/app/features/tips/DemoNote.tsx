/** Says that no money moves, wherever tips are only played. */
import { useTranslation } from "react-i18next";

export function DemoNote() {
  const { t } = useTranslation();
  return (
    <p role="note" className="rounded-sm border border-amber-line bg-amber-tint px-3 py-2 text-sm text-amber-text">
      {t("tips:demoNote")}
    </p>
  );
}

/** The same beside one tip. */
export function DemoMark() {
  const { t } = useTranslation();
  return (
    <span className="rounded-sm border border-amber-line bg-amber-tint px-1.5 text-xs whitespace-nowrap text-amber-text">
      {t("tips:demo")}
    </span>
  );
}
