/** Whether shows are recorded, how long recordings are kept, and who may make clips. */
import { ClipMakers } from "@rostrum/contract/channels";
import { useTranslation } from "react-i18next";
import { FormSection } from "../../ui/FormSection.tsx";
import { Select } from "../../ui/Select.tsx";
import { Switch } from "../../ui/Switch.tsx";
import { TextField } from "../../ui/TextField.tsx";
import { StorageUsage } from "./StorageUsage.tsx";
import { type MediaFormProps, useSettingsForm } from "./use-settings-form.ts";

const RETENTION_DAYS = [7, 14, 30, 90, 180, 365];
const FOR_EVER = "0";
const MAX_GIB = 100_000;

export function RecordingForm(props: MediaFormProps) {
  const { t } = useTranslation();
  const form = useSettingsForm(props, ({ record, retentionDays, quotaGib, clips }) => ({
    record,
    retentionDays,
    quotaGib,
    clips,
  }));
  const { values, edit, errorOf } = form;
  const days = [...new Set([...RETENTION_DAYS, values.retentionDays ?? 7])].toSorted((a, b) => a - b);
  return (
    <FormSection
      id="recording"
      title={t("media-forms:recording.title")}
      description={t("media-forms:recording.text")}
      state={form.state}
      dirty={form.dirty}
      onSave={form.save}
    >
      <Switch
        label={t("media-forms:recording.record")}
        hint={t("media-forms:recording.recordHint")}
        checked={values.record}
        onCheckedChange={(record) => edit({ record })}
      />
      <Select
        label={t("media-forms:recording.retention")}
        hint={t("media-forms:recording.retentionHint")}
        error={errorOf("retentionDays")}
        value={String(values.retentionDays ?? FOR_EVER)}
        onValueChange={(text) => edit({ retentionDays: text === FOR_EVER ? null : Number(text) })}
        options={[
          { value: FOR_EVER, label: t("media-forms:recording.forEver") },
          ...days.map((count) => ({ value: String(count), label: t("media-forms:recording.days", { count }) })),
        ]}
      />
      <TextField
        label={t("media-forms:recording.quota")}
        hint={t("media-forms:recording.quotaHint")}
        error={errorOf("quotaGib")}
        aside={t("ui.optional")}
        type="number"
        inputMode="numeric"
        min={1}
        max={MAX_GIB}
        step={1}
        value={values.quotaGib ?? ""}
        onChange={(event) =>
          edit({ quotaGib: event.target.value === "" ? null : Math.round(event.target.valueAsNumber) })
        }
      />
      <StorageUsage api={props.api} channelId={props.channel.id} quotaGib={values.quotaGib} />
      <Select
        label={t("media-forms:clips.label")}
        hint={t(`media-forms:clips.hint.${values.clips}`)}
        value={values.clips}
        onValueChange={(clips) => edit({ clips })}
        options={ClipMakers.options.map((who) => ({ value: who, label: t(`media-forms:clips.${who}`) }))}
      />
    </FormSection>
  );
}
