/** What new shows of a channel begin with, and what happens when a second encoder comes. */
import { SecondPublisher } from "@rostrum/contract/channels";
import { useTranslation } from "react-i18next";
import { DVR_CHOICES_SEC, RECONNECT_CHOICES_SEC } from "../../lib/choices.ts";
import { useDraft } from "../../lib/use-draft.ts";
import { useSave } from "../../lib/use-save.ts";
import { LengthSelect } from "../../ui/ChoiceFields.tsx";
import { FormSection } from "../../ui/FormSection.tsx";
import { Select } from "../../ui/Select.tsx";
import { Switch } from "../../ui/Switch.tsx";
import type { ChannelFormProps } from "./ProfileForm.tsx";

export function DefaultsForm({ api, channel, onSaved }: ChannelFormProps) {
  const { t } = useTranslation();
  const draft = useDraft(channel.settings);
  const { values, set, changes } = draft;
  const { state, run, reset, errorOf } = useSave(async () => {
    const sent = changes ?? {};
    onSaved(await api.channels.update(channel.id, { settings: sent }));
    draft.settle(sent);
  });
  const edit = (fields: Partial<typeof values>): void => {
    reset();
    set(fields);
  };
  return (
    <FormSection
      id="defaults"
      title={t("channel-forms:defaults.title")}
      description={t("channel-forms:defaults.text")}
      state={state}
      dirty={changes !== null}
      onSave={() => void run()}
    >
      <Switch
        label={t("channel-forms:autoLive.label")}
        hint={t("channel-forms:autoLive.hint")}
        checked={values.autoLive}
        onCheckedChange={(next) => edit({ autoLive: next })}
      />
      <Select
        label={t("channel-forms:secondPublisher.label")}
        hint={t(`channel-forms:secondPublisher.${values.secondPublisher}Hint`)}
        value={values.secondPublisher}
        onValueChange={(next) => edit({ secondPublisher: next })}
        options={SecondPublisher.options.map((option) => ({
          value: option,
          label: t(`channel-forms:secondPublisher.${option}`),
        }))}
      />
      <LengthSelect
        label={t("channel-forms:reconnect.label")}
        hint={t("channel-forms:reconnect.hint")}
        off={t("channel-forms:reconnect.off")}
        choices={RECONNECT_CHOICES_SEC}
        value={values.reconnectWindowSec}
        error={errorOf("settings.reconnectWindowSec")}
        onValueChange={(next) => edit({ reconnectWindowSec: next })}
      />
      <LengthSelect
        label={t("channel-forms:dvr.label")}
        hint={t("channel-forms:dvr.hint")}
        off={t("channel-forms:dvr.off")}
        choices={DVR_CHOICES_SEC}
        value={values.dvrWindowSec}
        error={errorOf("settings.dvrWindowSec")}
        onValueChange={(next) => edit({ dvrWindowSec: next })}
      />
    </FormSection>
  );
}
