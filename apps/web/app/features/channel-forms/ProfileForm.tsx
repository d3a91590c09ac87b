/** What a channel is called and what it is about. */
import type { Client } from "@rostrum/client/client";
import type { OwnChannel } from "@rostrum/contract/channels";
import { useTranslation } from "react-i18next";
import { useDraft } from "../../lib/use-draft.ts";
import { useSave } from "../../lib/use-save.ts";
import { CategorySelect, LanguageSelect } from "../../ui/ChoiceFields.tsx";
import { FormSection } from "../../ui/FormSection.tsx";
import { TagInput } from "../../ui/TagInput.tsx";
import { TextArea, TextField } from "../../ui/TextField.tsx";

export type ChannelFormProps = Readonly<{
  api: Pick<Client, "channels">;
  channel: OwnChannel;
  /** Called with what the server has now. */
  onSaved: (channel: OwnChannel) => void;
}>;

export function ProfileForm({ api, channel, onSaved }: ChannelFormProps) {
  const { t } = useTranslation();
  const { title, description, category, tags, language } = channel;
  const draft = useDraft({ title, description, category, tags, language });
  const { values, set, changes } = draft;
  const { state, run, reset, errorOf } = useSave(async () => {
    const sent = changes ?? {};
    onSaved(await api.channels.update(channel.id, sent));
    draft.settle(sent);
  });
  const edit = (fields: Partial<typeof values>): void => {
    reset();
    set(fields);
  };
  return (
    <FormSection
      id="profile"
      title={t("channel-forms:profile.title")}
      description={t("channel-forms:profile.text")}
      state={state}
      dirty={changes !== null}
      onSave={() => void run()}
    >
      <TextField
        label={t("channel-forms:name")}
        value={values.title}
        maxLength={100}
        error={errorOf("title")}
        onChange={(event) => edit({ title: event.target.value })}
      />
      <TextArea
        label={t("field.description")}
        aside={t("ui.optional")}
        value={values.description}
        maxLength={5000}
        error={errorOf("description")}
        onChange={(event) => edit({ description: event.target.value })}
      />
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
