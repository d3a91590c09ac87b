/** What a show is about. */
import type { Client } from "@rostrum/client/client";
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import { useTranslation } from "react-i18next";
import { useDraft } from "../../lib/use-draft.ts";
import { useSave } from "../../lib/use-save.ts";
import { CategorySelect, LanguageSelect } from "../../ui/ChoiceFields.tsx";
import { FormSection } from "../../ui/FormSection.tsx";
import { TagInput } from "../../ui/TagInput.tsx";
import { TextArea, TextField } from "../../ui/TextField.tsx";
import { VisibilityField } from "./VisibilityField.tsx";

export type BroadcastFormProps = Readonly<{
  api: Pick<Client, "broadcasts">;
  broadcast: OwnBroadcast;
  /** Called with what the server has now. */
  onSaved: (broadcast: OwnBroadcast) => void;
}>;

export function DetailsForm({ api, broadcast, onSaved }: BroadcastFormProps) {
  const { t } = useTranslation();
  const { title, description, category, tags, language, visibility } = broadcast;
  const draft = useDraft({ title, description, category, tags, language, visibility });
  const { values, set, changes } = draft;
  const { state, run, reset, errorOf } = useSave(async () => {
    const sent = changes ?? {};
    onSaved(await api.broadcasts.update(broadcast.id, sent));
    draft.settle(sent);
  });
  const edit = (fields: Partial<typeof values>): void => {
    reset();
    set(fields);
  };
  return (
    <FormSection title={t("broadcast-forms:details")} state={state} dirty={changes !== null} onSave={() => void run()}>
      <TextField
        label={t("field.title")}
        value={values.title}
        maxLength={140}
        error={errorOf("title")}
        onChange={(event) => edit({ title: event.target.value })}
      />
      <TextArea
        label={t("field.description")}
        aside={t("ui.optional")}
        value={values.description}
        maxLength={5000}
        rows={6}
        error={errorOf("description")}
        onChange={(event) => edit({ description: event.target.value })}
      />
      <VisibilityField value={values.visibility} onChange={(next) => edit({ visibility: next })} />
      <div className="grid gap-5 sm:grid-cols-2">
        <CategorySelect value={values.category} onValueChange={(next) => edit({ category: next })} />
        <LanguageSelect value={values.language} onValueChange={(next) => edit({ language: next })} />
      </div>
      <TagInput
        label={t("field.tags")}
        hint={t("field.tagsHint")}
        value={values.tags}
        error={errorOf("tags")}
        onValueChange={(next) => edit({ tags: next })}
      />
    </FormSection>
  );
}
