/** What can be set about a show while it runs, in the control room. */
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import type { LatencyMode } from "@rostrum/contract/common";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { DVR_CHOICES_SEC, RECONNECT_CHOICES_SEC } from "../../lib/choices.ts";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { LengthSelect } from "../../ui/ChoiceFields.tsx";
import { SaveNote } from "../../ui/FormSection.tsx";
import { PosterField } from "../../ui/PosterField.tsx";
import { Select } from "../../ui/Select.tsx";
import { TextArea, TextField } from "../../ui/TextField.tsx";
import { AudienceField } from "./AudienceField.tsx";
import type { BroadcastFormProps } from "./DetailsForm.tsx";
import { faultsOf, type LiveSettings as Values, settingsOf } from "./live-settings.ts";
import { useKeptDraft } from "./use-kept-draft.ts";
import { VisibilityField } from "./VisibilityField.tsx";
import { WatermarkField } from "./WatermarkField.tsx";

const MODES: readonly LatencyMode[] = ["lowest", "balanced", "stable"];
const TITLE_CHARS = 140;
const DESCRIPTION_CHARS = 5000;
/** What is too long may be pasted and then shortened. */
const MAX_OVER = 200;

/** Saved together, when the button says so: what viewers see does not change while somebody types. Pictures are saved at once. */
export function LiveSettings({ api, broadcast, onSaved }: BroadcastFormProps) {
  const { t } = useTranslation();
  const draft = useKeptDraft(`rostrum.control.settings.${broadcast.id}`, settingsOf(broadcast));
  const { values, set, changes } = draft;
  const { state, run, reset, errorOf } = useSave(async () => {
    const sent = changes ?? {};
    onSaved(await api.broadcasts.update(broadcast.id, sent));
    draft.settle(sent);
  });
  const faults = faultsOf(values);
  const edit = (fields: Partial<Values>): void => {
    reset();
    set(fields);
  };
  const errorAt = (field: keyof Values): string | null => {
    const fault = faults[field];
    return fault === undefined ? errorOf(field) : t(`broadcast-forms:live.fault.${fault}`);
  };
  const count = Object.keys(changes ?? {}).length;
  const isGood = Object.keys(faults).length === 0;
  return (
    <form
      noValidate
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        if (isGood && changes !== null) void run();
      }}
    >
      <TextField
        label={t("field.title")}
        aside={`${values.title.trim().length} / ${TITLE_CHARS}`}
        value={values.title}
        maxLength={TITLE_CHARS + MAX_OVER}
        error={errorAt("title")}
        onChange={(event) => edit({ title: event.target.value })}
      />
      <TextArea
        label={t("field.description")}
        aside={`${values.description.trim().length} / ${DESCRIPTION_CHARS}`}
        value={values.description}
        maxLength={DESCRIPTION_CHARS + MAX_OVER}
        rows={4}
        error={errorAt("description")}
        onChange={(event) => edit({ description: event.target.value })}
      />
      <VisibilityField value={values.visibility} onChange={(visibility) => edit({ visibility })} />
      <AudienceField
        value={{ ageRestricted: values.ageRestricted, minimumAge: values.minimumAge, kidMode: values.kidMode }}
        error={errorAt("kidMode")}
        onChange={edit}
      />
      <DeliveryFields broadcast={broadcast} values={values} edit={edit} errorAt={errorAt} />
      <WatermarkField
        api={api}
        broadcast={broadcast}
        onSaved={onSaved}
        corner={values.watermarkCorner}
        onCorner={(watermarkCorner) => edit({ watermarkCorner })}
      />
      <section aria-label={t("broadcast-forms:poster.title")} className="flex flex-col gap-1.5">
        <span aria-hidden className="text-sm font-medium">
          {t("broadcast-forms:poster.title")}
        </span>
        <PosterField
          url={broadcast.posterUrl}
          onUpload={(file) => api.broadcasts.putPoster(broadcast.id, file).then(onSaved)}
          onRemove={() => api.broadcasts.removePoster(broadcast.id).then(onSaved)}
        />
      </section>
      <p className="text-xs text-faint">
        {t("broadcast-forms:live.nextShow")}{" "}
        <Link
          to={`/broadcasts/${broadcast.id}/settings`}
          className="rounded-sm font-medium text-accent-text hover:underline"
        >
          {t("broadcast-forms:live.all")}
        </Link>
      </p>
      <footer className="sticky -bottom-4 -mx-4 -mb-4 flex flex-wrap items-center justify-between gap-3 border-t border-line bg-surface px-4 py-3">
        <SaveNote
          state={changes !== null && state.kind === "saved" ? { kind: "idle" } : state}
          hint={changes === null ? null : t("broadcast-forms:live.changes", { count })}
        />
        <span className="flex gap-2">
          {changes === null ? null : (
            <Button size="sm" variant="ghost" disabled={state.kind === "saving"} onClick={draft.undo}>
              {t("broadcast-forms:live.undo")}
            </Button>
          )}
          <Button
            type="submit"
            size="sm"
            variant={changes === null ? "secondary" : "primary"}
            busy={state.kind === "saving"}
            disabled={changes === null || !isGood}
          >
            {t("ui.save")}
          </Button>
        </span>
      </footer>
    </form>
  );
}

type DeliveryProps = Readonly<{
  broadcast: OwnBroadcast;
  values: Values;
  edit: (fields: Partial<Values>) => void;
  errorAt: (field: keyof Values) => string | null;
}>;

/** Nothing is delivered any more when the show is over. */
function DeliveryFields({ broadcast, values, edit, errorAt }: DeliveryProps) {
  const { t } = useTranslation();
  const { state, liveAt, dvrWindowSec } = broadcast;
  if (state === "ended" || state === "archived") return null;
  const grows = liveAt !== null && values.dvrWindowSec > dvrWindowSec;
  return (
    <>
      <Select
        label={t("broadcast-forms:latency.label")}
        hint={t(`broadcast-forms:latency.${values.latencyMode}Hint`)}
        value={values.latencyMode}
        onValueChange={(latencyMode) => edit({ latencyMode })}
        options={MODES.map((mode) => ({ value: mode, label: t(`broadcast-forms:latency.${mode}`) }))}
      />
      <LengthSelect
        label={t("broadcast-forms:dvr.label")}
        hint={t(grows ? "broadcast-forms:dvr.grows" : "broadcast-forms:dvr.hint")}
        off={t("broadcast-forms:dvr.off")}
        choices={DVR_CHOICES_SEC}
        value={values.dvrWindowSec}
        error={errorAt("dvrWindowSec")}
        onValueChange={(next) => edit({ dvrWindowSec: next })}
      />
      <LengthSelect
        label={t("broadcast-forms:reconnect.label")}
        hint={t("broadcast-forms:reconnect.hint")}
        off={t("broadcast-forms:reconnect.off")}
        choices={RECONNECT_CHOICES_SEC}
        value={values.reconnectWindowSec}
        error={errorAt("reconnectWindowSec")}
        onValueChange={(reconnectWindowSec) => edit({ reconnectWindowSec })}
      />
    </>
  );
}
