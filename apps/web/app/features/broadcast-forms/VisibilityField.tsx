/** Who may watch a show. */
import type { Visibility } from "@rostrum/contract/broadcasts";
import { Globe, Link2, Lock } from "lucide-react";
import { useTranslation } from "react-i18next";
import { SegmentedControl } from "../../ui/SegmentedControl.tsx";

const ICONS = { public: Globe, unlisted: Link2, private: Lock } as const;
const OPTIONS = ["public", "unlisted", "private"] as const;

/** The choice and what it means. */
export function VisibilityField({ value, onChange }: { value: Visibility; onChange: (value: Visibility) => void }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-1.5">
      <span aria-hidden className="text-sm font-medium">
        {t("broadcast-forms:visibility.label")}
      </span>
      <SegmentedControl
        label={t("broadcast-forms:visibility.label")}
        value={value}
        onValueChange={onChange}
        options={OPTIONS.map((option) => {
          const Icon = ICONS[option];
          return { value: option, label: t(`broadcast-forms:visibility.${option}`), icon: <Icon aria-hidden /> };
        })}
        className="self-start max-sm:w-full"
      />
      <p className="text-xs text-faint">{t(`broadcast-forms:visibility.${value}Hint`)}</p>
    </div>
  );
}
