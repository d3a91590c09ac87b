/** Limits against spam: repetition, floods, capitals, links, mentions, and which accounts count as new. */
import { type ModerationSettings, SpamAction } from "@rostrum/contract/moderation";
import { useTranslation } from "react-i18next";
import { withValue } from "../../lib/choices.ts";
import { useDraft } from "../../lib/use-draft.ts";
import { useSave } from "../../lib/use-save.ts";
import { FormSection } from "../../ui/FormSection.tsx";
import { Select } from "../../ui/Select.tsx";
import type { ModerationFormProps } from "./ProfanityForm.tsx";

type Limits = Omit<ModerationSettings, "profanity">;
type Rule = Exclude<keyof Limits, "newAccountDays">;

/** Numbers of a rule, in the order in which they are read, and what is offered for each. */
const NUMBERS = {
  repeat: { times: [2, 3, 4, 5, 10], withinSec: [10, 30, 60, 300, 600] },
  flood: { messages: [3, 5, 8, 12, 20], withinSec: [5, 10, 20, 60] },
  caps: { percent: [60, 70, 80, 90, 100], letters: [10, 20, 40, 80] },
  links: { most: [0, 1, 2, 3, 5, 10] },
  mentions: { most: [0, 1, 3, 5, 10, 20] },
} as const satisfies Record<Rule, Readonly<Record<string, readonly number[]>>>;

const RULES = Object.keys(NUMBERS) as readonly Rule[];
const NEW_DAYS = [0, 1, 3, 7, 30, 90];

export function SpamForm({ api, channelId, settings, onSaved }: ModerationFormProps) {
  const { t } = useTranslation();
  const { profanity: _, ...limits } = settings;
  const draft = useDraft<Limits>(limits);
  const { values, changes } = draft;
  const { state, run, reset } = useSave(async () => {
    const sent = changes ?? {};
    // What somebody else has set since the page was opened stays.
    const now = await api.moderation.settings(channelId);
    onSaved(await api.moderation.saveSettings(channelId, { ...now, ...sent }));
    draft.settle(sent);
  });
  const set = (change: Partial<Limits>): void => {
    reset();
    draft.set(change);
  };
  return (
    <FormSection
      id="spam"
      title={t("moderation:spam.title")}
      description={t("moderation:spam.text")}
      state={state}
      dirty={changes !== null}
      onSave={() => void run()}
    >
      {RULES.map((rule) => (
        <RuleFields key={rule} rule={rule} values={values} onValues={set} />
      ))}
      <Select
        label={t("moderation:spam.newAccountDays")}
        hint={t("moderation:spam.newAccountDaysHint")}
        value={String(values.newAccountDays)}
        options={withValue(NEW_DAYS, values.newAccountDays).map((days) => ({
          value: String(days),
          label: days === 0 ? t("moderation:spam.none") : t("moderation:do.days", { count: days }),
        }))}
        onValueChange={(days) => set({ newAccountDays: Number(days) })}
      />
    </FormSection>
  );
}

type RuleProps = Readonly<{ rule: Rule; values: Limits; onValues: (change: Partial<Limits>) => void }>;

function RuleFields({ rule, values, onValues }: RuleProps) {
  const { t } = useTranslation();
  const value = values[rule];
  const numbers = Object.entries<readonly number[]>(NUMBERS[rule]);
  const known: Readonly<Record<string, unknown>> = value;
  return (
    <fieldset className="grid items-end gap-3 border-b border-line pb-5 sm:grid-cols-3">
      <legend className="mb-2 text-sm font-medium">{t(`moderation:spam.${rule}.title`)}</legend>
      <Select
        label={t("moderation:spam.action")}
        value={value.action}
        options={SpamAction.options.map((action) => ({ value: action, label: t(`moderation:spam.actions.${action}`) }))}
        onValueChange={(action) => onValues({ [rule]: { ...value, action } })}
      />
      {value.action === "off"
        ? null
        : numbers.map(([name, choices]) => (
            <Select
              key={name}
              label={t(`moderation:spam.${rule}.${name}`)}
              value={String(known[name])}
              options={withValue(choices, Number(known[name])).map((number) => ({
                value: String(number),
                label: t(`moderation:spam.unit.${name}`, { count: number }),
              }))}
              onValueChange={(text) => onValues({ [rule]: { ...value, [name]: Number(text) } })}
            />
          ))}
    </fieldset>
  );
}
