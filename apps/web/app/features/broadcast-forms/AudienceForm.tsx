/** Whom a show is for; it holds at once, also while the show is on the air. */
import { useTranslation } from "react-i18next";
import { useDraft } from "../../lib/use-draft.ts";
import { useSave } from "../../lib/use-save.ts";
import { FormSection } from "../../ui/FormSection.tsx";
import { type Audience, AudienceField } from "./AudienceField.tsx";
import type { BroadcastFormProps } from "./DetailsForm.tsx";

export function AudienceForm({ api, broadcast, onSaved }: BroadcastFormProps) {
  const { t } = useTranslation();
  const { ageRestricted, minimumAge, kidMode } = broadcast;
  const draft = useDraft<Audience>({ ageRestricted, minimumAge, kidMode });
  const { values, set, changes } = draft;
  const { state, run, reset, errorOf } = useSave(async () => {
    const sent = changes ?? {};
    onSaved(await api.broadcasts.update(broadcast.id, sent));
    draft.settle(sent);
  });
  return (
    <FormSection
      title={t("broadcast-forms:audience.title")}
      state={state}
      dirty={changes !== null}
      onSave={() => void run()}
    >
      <AudienceField
        value={values}
        error={errorOf("kidMode")}
        onChange={(next) => {
          reset();
          set(next);
        }}
      />
    </FormSection>
  );
}
