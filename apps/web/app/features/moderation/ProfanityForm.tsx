/** Lists of swear words: how strict, in which languages, and what becomes of a message that has one. */
import type { Client } from "@rostrum/client/client";
import { FilterAction, type ModerationSettings, ProfanityLanguage, ProfanityLevel } from "@rostrum/contract/moderation";
import { useTranslation } from "react-i18next";
import { languageName } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { useDraft } from "../../lib/use-draft.ts";
import { useSave } from "../../lib/use-save.ts";
import { FormSection } from "../../ui/FormSection.tsx";
import { Select } from "../../ui/Select.tsx";

export type ModerationFormProps = Readonly<{
  api: Pick<Client, "moderation">;
  channelId: string;
  settings: ModerationSettings;
  /** With what the server has now. */
  onSaved: (settings: ModerationSettings) => void;
}>;

export function ProfanityForm({ api, channelId, settings, onSaved }: ModerationFormProps) {
  const { t } = useTranslation();
  const draft = useDraft(settings.profanity);
  const { values, changes } = draft;
  const { state, run, reset } = useSave(async () => {
    const sent = changes ?? {};
    // What somebody else has set since the page was opened stays.
    const now = await api.moderation.settings(channelId);
    onSaved(await api.moderation.saveSettings(channelId, { ...now, profanity: { ...now.profanity, ...sent } }));
    draft.settle(sent);
  });
  const set = (change: Partial<typeof values>): void => {
    reset();
    draft.set(change);
  };
  return (
    <FormSection
      id="profanity"
      title={t("moderation:profanity.title")}
      description={t("moderation:profanity.text")}
      state={state}
      dirty={changes !== null}
      onSave={() => void run()}
    >
      <Select
        label={t("moderation:profanity.level.label")}
        hint={t(`moderation:profanity.level.${values.level}Hint`)}
        value={values.level}
        options={ProfanityLevel.options.map((value) => ({ value, label: t(`moderation:profanity.level.${value}`) }))}
        onValueChange={(level) => set({ level })}
      />
      {values.level === "off" ? null : (
        <>
          <Languages chosen={values.languages} onChosen={(languages) => set({ languages })} />
          <Select
            label={t("moderation:profanity.action")}
            value={values.action}
            options={FilterAction.options.map((value) => ({ value, label: t(`moderation:filter.action.${value}`) }))}
            onValueChange={(action) => set({ action })}
          />
        </>
      )}
    </FormSection>
  );
}

type Chosen = ModerationSettings["profanity"]["languages"];

function Languages({ chosen, onChosen }: { chosen: Chosen; onChosen: (languages: Chosen) => void }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1.5 text-sm font-medium">{t("moderation:profanity.languages")}</legend>
      <div className="flex flex-wrap gap-x-5 gap-y-2">
        {ProfanityLanguage.options.map((language) => (
          <label key={language} className="inline-flex touch-target items-center gap-2 text-base">
            <input
              type="checkbox"
              checked={chosen.includes(language)}
              onChange={(event) =>
                onChosen(
                  ProfanityLanguage.options.filter((each) =>
                    each === language ? event.target.checked : chosen.includes(each),
                  ),
                )
              }
            />
            {languageName(language, locale)}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
