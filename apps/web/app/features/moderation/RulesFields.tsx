/** Who may write, how often, and with which links: the fields of a chat's rules and of what shield mode brings. */
import { CHAT_LIMITS, ChatLinks, ChatMode, type ChatRules } from "@rostrum/contract/chat";
import { useTranslation } from "react-i18next";
import { withValue } from "../../lib/choices.ts";
import { Select } from "../../ui/Select.tsx";

const SLOW_SEC = [0, 3, 5, 10, 30, 60, CHAT_LIMITS.slowModeMaxSec];
const AGE_MIN = [0, 10, 60, 1440, 10_080, CHAT_LIMITS.minAgeMaxMin];

/** Only with these it matters how old somebody's account or following is. */
const WITH_AGE: ReadonlySet<ChatMode> = new Set(["registered", "followers"]);

export function RulesFields(props: {
  values: ChatRules;
  onValues: (change: Partial<ChatRules>) => void;
  errorOf: (field: string) => string | null;
}) {
  const { values, onValues, errorOf } = props;
  const { t } = useTranslation();
  const ageText = useAgeText();
  return (
    <>
      <Select
        label={t("moderation:rules.mode.label")}
        hint={t(`moderation:rules.mode.${values.mode}Hint`)}
        error={errorOf("mode")}
        value={values.mode}
        options={ChatMode.options.map((value) => ({ value, label: t(`moderation:rules.mode.${value}`) }))}
        onValueChange={(mode) => onValues({ mode })}
      />
      {WITH_AGE.has(values.mode) ? (
        <Select
          label={t(values.mode === "followers" ? "moderation:rules.followAge" : "moderation:rules.accountAge")}
          error={errorOf("minAgeMin")}
          value={String(values.minAgeMin)}
          options={withValue(AGE_MIN, values.minAgeMin).map((min) => ({ value: String(min), label: ageText(min) }))}
          onValueChange={(min) => onValues({ minAgeMin: Number(min) })}
        />
      ) : null}
      <Select
        label={t("moderation:rules.slow.label")}
        hint={t("moderation:rules.slow.hint")}
        error={errorOf("slowModeSec")}
        value={String(values.slowModeSec)}
        options={withValue(SLOW_SEC, values.slowModeSec).map((sec) => ({
          value: String(sec),
          label: sec === 0 ? t("moderation:rules.slow.off") : t("moderation:rules.slow.sec", { count: sec }),
        }))}
        onValueChange={(sec) => onValues({ slowModeSec: Number(sec) })}
      />
      <Select
        label={t("moderation:rules.links.label")}
        error={errorOf("links")}
        value={values.links}
        options={ChatLinks.options.map((value) => ({ value, label: t(`moderation:rules.links.${value}`) }))}
        onValueChange={(links) => onValues({ links })}
      />
    </>
  );
}

/** Minutes in the largest unit that leaves no rest. */
function useAgeText(): (minutes: number) => string {
  const { t } = useTranslation();
  return (minutes) => {
    if (minutes === 0) return t("moderation:rules.age.none");
    if (minutes % 1440 === 0) return t("moderation:rules.age.days", { count: minutes / 1440 });
    if (minutes % 60 === 0) return t("moderation:rules.age.hours", { count: minutes / 60 });
    return t("moderation:rules.age.minutes", { count: minutes });
  };
}
