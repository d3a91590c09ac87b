/** How a show reaches its viewers, and what happens when its source is lost. */
import type { LatencyMode } from "@rostrum/contract/common";
import { useTranslation } from "react-i18next";
import { DVR_CHOICES_SEC, RECONNECT_CHOICES_SEC } from "../../lib/choices.ts";
import { useDraft } from "../../lib/use-draft.ts";
import { useSave } from "../../lib/use-save.ts";
import { LengthSelect } from "../../ui/ChoiceFields.tsx";
import { FormSection } from "../../ui/FormSection.tsx";
import { Select } from "../../ui/Select.tsx";
import { Switch } from "../../ui/Switch.tsx";
import type { BroadcastFormProps } from "./DetailsForm.tsx";

const MODES: readonly LatencyMode[] = ["lowest", "balanced", "stable"];

export function DeliveryForm({ api, broadcast, onSaved }: BroadcastFormProps) {
  const { t } = useTranslation();
  const { latencyMode, dvrWindowSec, reconnectWindowSec, autoLive, record, liveAt } = broadcast;
  const draft = useDraft({ latencyMode, dvrWindowSec, reconnectWindowSec, autoLive, record });
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
    <FormSection
      title={t("broadcast-forms:delivery.title")}
      state={state}
      dirty={changes !== null}
      onSave={() => void run()}
    >
      <Select
        label={t("broadcast-forms:latency.label")}
        hint={t(`broadcast-forms:latency.${values.latencyMode}Hint`)}
        value={values.latencyMode}
        onValueChange={(next) => edit({ latencyMode: next })}
        options={MODES.map((mode) => ({ value: mode, label: t(`broadcast-forms:latency.${mode}`) }))}
      />
      <LengthSelect
        label={t("broadcast-forms:dvr.label")}
        hint={t("broadcast-forms:dvr.hint")}
        off={t("broadcast-forms:dvr.off")}
        choices={DVR_CHOICES_SEC}
        value={values.dvrWindowSec}
        error={errorOf("dvrWindowSec")}
        onValueChange={(next) => edit({ dvrWindowSec: next })}
      />
      <LengthSelect
        label={t("broadcast-forms:reconnect.label")}
        hint={t("broadcast-forms:reconnect.hint")}
        off={t("broadcast-forms:reconnect.off")}
        choices={RECONNECT_CHOICES_SEC}
        value={values.reconnectWindowSec}
        error={errorOf("reconnectWindowSec")}
        onValueChange={(next) => edit({ reconnectWindowSec: next })}
      />
      <Switch
        label={t("broadcast-forms:autoLive.label")}
        hint={t("broadcast-forms:autoLive.hint")}
        checked={values.autoLive}
        onCheckedChange={(next) => edit({ autoLive: next })}
      />
      <Switch
        label={t("broadcast-forms:record.label")}
        hint={t(
          liveAt !== null && !broadcast.record ? "broadcast-forms:record.tooLate" : "broadcast-forms:record.hint",
        )}
        checked={values.record}
        disabled={liveAt !== null && !broadcast.record}
        onCheckedChange={(next) => edit({ record: next })}
      />
    </FormSection>
  );
}
