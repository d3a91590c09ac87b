/** When a show begins. Only before it has begun. */
import { useTranslation } from "react-i18next";
import { useDraft } from "../../lib/use-draft.ts";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { FormSection } from "../../ui/FormSection.tsx";
import type { BroadcastFormProps } from "./DetailsForm.tsx";
import { StartField } from "./StartField.tsx";

export function ScheduleForm({ api, broadcast, onSaved }: BroadcastFormProps) {
  const { t } = useTranslation();
  const draft = useDraft({ startAt: broadcast.startAt });
  const { values, set, changes } = draft;
  const { state, run, reset, errorOf } = useSave(async () => {
    const sent = changes ?? {};
    onSaved(await api.broadcasts.update(broadcast.id, sent));
    draft.settle(sent);
  });
  const edit = (startAt: string | null): void => {
    reset();
    set({ startAt });
  };
  return (
    <FormSection
      title={t("broadcast-forms:schedule.title")}
      description={t("broadcast-forms:schedule.text")}
      state={state}
      dirty={changes !== null}
      onSave={() => void run()}
    >
      <div className="flex flex-col items-start gap-2">
        <StartField startAt={values.startAt} onChange={edit} error={errorOf("startAt")} />
        {values.startAt === null ? null : (
          <Button size="sm" variant="ghost" onClick={() => edit(null)}>
            {t("broadcast-forms:schedule.clear")}
          </Button>
        )}
      </div>
    </FormSection>
  );
}
