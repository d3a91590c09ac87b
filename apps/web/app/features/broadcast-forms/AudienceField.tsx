/** Whom a show is for: everybody, adults, or children. One of them, so that no two can be chosen together. */
import { DEFAULT_MINIMUM_AGE, type MinimumAge } from "@rostrum/contract/age-gate";
import { Baby, EyeOff, Users } from "lucide-react";
import { useTranslation } from "react-i18next";
import { SegmentedControl } from "../../ui/SegmentedControl.tsx";
import { Select } from "../../ui/Select.tsx";

/** As the contract has it. */
export type Audience = Readonly<{ ageRestricted: boolean; minimumAge: MinimumAge; kidMode: boolean }>;

export const EVERYBODY: Audience = { ageRestricted: false, minimumAge: DEFAULT_MINIMUM_AGE, kidMode: false };

const ICONS = { everybody: Users, adults: EyeOff, kids: Baby } as const;
const KINDS = ["everybody", "adults", "kids"] as const;
const AGES = ["16", "18"] as const;

export function AudienceField(props: { value: Audience; error?: string | null; onChange: (value: Audience) => void }) {
  const { value, error = null, onChange } = props;
  const { t } = useTranslation();
  const kind = value.ageRestricted ? "adults" : value.kidMode ? "kids" : "everybody";
  return (
    <div className="flex flex-col gap-1.5">
      <span aria-hidden className="text-sm font-medium">
        {t("broadcast-forms:audience.label")}
      </span>
      <SegmentedControl
        label={t("broadcast-forms:audience.label")}
        value={kind}
        onValueChange={(next) => onChange({ ...value, ageRestricted: next === "adults", kidMode: next === "kids" })}
        options={KINDS.map((option) => {
          const Icon = ICONS[option];
          return { value: option, label: t(`broadcast-forms:audience.${option}`), icon: <Icon aria-hidden /> };
        })}
        className="self-start max-sm:w-full"
      />
      <p className="text-xs text-faint">{t(`broadcast-forms:audience.${kind}Hint`)}</p>
      {error === null ? null : (
        <p role="alert" className="text-xs text-live-text">
          {error}
        </p>
      )}
      {kind === "adults" ? (
        <Select
          className="mt-2 max-w-60"
          label={t("broadcast-forms:audience.minimumAge")}
          value={String(value.minimumAge) as (typeof AGES)[number]}
          onValueChange={(next) => onChange({ ...value, minimumAge: next === "16" ? 16 : 18 })}
          options={AGES.map((age) => ({ value: age, label: t("broadcast-forms:audience.years", { years: age }) }))}
        />
      ) : null}
    </div>
  );
}
