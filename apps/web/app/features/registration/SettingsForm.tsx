/** Whether people register for a show, and what they are asked. */
import type { Client } from "@rostrum/client/client";
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import { type OwnRegistrationSettings, REGISTRATION_LIMITS, RegistrationMode } from "@rostrum/contract/registration";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDraft } from "../../lib/use-draft.ts";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { Section } from "../../ui/Card.tsx";
import { CopyField } from "../../ui/CopyField.tsx";
import { FormSection } from "../../ui/FormSection.tsx";
import { SegmentedControl } from "../../ui/SegmentedControl.tsx";
import { TextArea, TextField } from "../../ui/TextField.tsx";
import { changed, moved, withNew, without } from "./field-list.ts";
import { QuestionEditor } from "./QuestionEditor.tsx";

type SettingsFormProps = Readonly<{
  api: Pick<Client, "registrations">;
  broadcast: Pick<OwnBroadcast, "id" | "visibility" | "kidMode">;
  settings: OwnRegistrationSettings;
  publicUrl: string;
}>;

type Draft = ReturnType<typeof useDraft<Omit<OwnRegistrationSettings, "registered">>>;

/** Of a show for children it only says why there is none. */
export function SettingsForm({ api, broadcast, settings, publicUrl }: SettingsFormProps) {
  const { t } = useTranslation();
  const [saved, setSaved] = useState(settings);
  const { mode, capacity, consent, fields } = saved;
  const draft = useDraft({ mode, capacity, consent, fields });
  const { values, changes } = draft;
  const { state, run, reset, errorOf } = useSave(async () => {
    const sent = changes ?? {};
    setSaved(await api.registrations.updateSettings(broadcast.id, sent));
    draft.settle(sent);
  });
  const edit = (changedValues: Partial<typeof values>): void => {
    reset();
    draft.set(changedValues);
  };
  const parts = { values, edit, errorOf };
  if (broadcast.kidMode) {
    return (
      <Section id="registration" title={t("registration:settings.title")}>
        <p className="text-sm text-muted">{t("registration:settings.kids")}</p>
      </Section>
    );
  }
  return (
    <FormSection
      id="registration"
      title={t("registration:settings.title")}
      description={t("registration:settings.text")}
      state={state}
      dirty={changes !== null}
      onSave={() => void run()}
    >
      <ModeField {...parts} isPrivate={broadcast.visibility === "private"} />
      {values.mode === "off" ? null : (
        <>
          <CopyField label={t("registration:settings.link")} value={`${publicUrl}/register/${broadcast.id}`} />
          <CapacityField {...parts} />
          <TextArea
            label={t("registration:settings.consent")}
            hint={t("registration:settings.consentHint")}
            maxLength={REGISTRATION_LIMITS.consentChars}
            rows={3}
            value={values.consent}
            error={errorOf("consent")}
            onChange={(event) => edit({ consent: event.target.value })}
          />
          <Questions {...parts} />
        </>
      )}
    </FormSection>
  );
}

type Parts = Readonly<{
  values: Draft["values"];
  edit: (values: Partial<Draft["values"]>) => void;
  errorOf: (path: string) => string | null;
}>;

function ModeField({ values, edit, errorOf, isPrivate }: Parts & { isPrivate: boolean }) {
  const { t } = useTranslation();
  const error = errorOf("mode");
  return (
    <div className="flex flex-col gap-1.5">
      <SegmentedControl
        label={t("registration:settings.mode")}
        value={values.mode}
        onValueChange={(mode) => edit({ mode })}
        options={RegistrationMode.options.map((mode) => ({ value: mode, label: t(`registration:settings.${mode}`) }))}
        className="self-start max-sm:w-full"
      />
      <p className="text-xs text-faint">{t(`registration:settings.${values.mode}Hint`)}</p>
      {error === null ? null : (
        <p role="alert" className="text-xs text-live-text">
          {error}
        </p>
      )}
      {isPrivate && values.mode !== "off" ? (
        <p className="text-xs text-amber-text">{t("registration:settings.private")}</p>
      ) : null}
    </div>
  );
}

/** Keeps what is typed; only a number that can be is an edit. */
function CapacityField({ values, edit, errorOf }: Parts) {
  const { t } = useTranslation();
  const [text, setText] = useState(values.capacity === null ? "" : String(values.capacity));
  const capacity = text.trim() === "" ? null : Number(text);
  const isGood = capacity === null || (Number.isInteger(capacity) && capacity >= 1 && capacity <= SEATS);
  return (
    <TextField
      label={t("registration:settings.capacity")}
      hint={t("registration:settings.capacityHint")}
      inputMode="numeric"
      maxLength={6}
      value={text}
      error={isGood ? errorOf("capacity") : t("registration:settings.capacityProblem", { max: SEATS })}
      onChange={(event) => {
        setText(event.target.value);
        const typed = event.target.value.trim();
        const next = typed === "" ? null : Number(typed);
        if (next === null || (Number.isInteger(next) && next >= 1 && next <= SEATS)) edit({ capacity: next });
      }}
      className="max-w-48"
    />
  );
}

const SEATS = REGISTRATION_LIMITS.seats;

function Questions({ values, edit, errorOf }: Parts) {
  const { t } = useTranslation();
  const { fields } = values;
  return (
    <section className="flex flex-col gap-3">
      <div>
        <h3 className="text-sm font-medium">{t("registration:settings.questions")}</h3>
        <p className="text-xs text-faint">
          {t("registration:settings.questionsHint", { count: REGISTRATION_LIMITS.fields })}
        </p>
      </div>
      {fields.length === 0 ? <p className="text-sm text-muted">{t("registration:settings.noQuestions")}</p> : null}
      {fields.map((field, at) => (
        <QuestionEditor
          key={field.id}
          field={field}
          number={at + 1}
          isLast={at === fields.length - 1}
          errorOf={errorOf}
          onChange={(next) => edit({ fields: changed(fields, at, next) })}
          onMove={(by) => edit({ fields: moved(fields, at, by) })}
          onRemove={() => edit({ fields: without(fields, at) })}
        />
      ))}
      <Button
        onClick={() => edit({ fields: withNew(fields) })}
        disabled={fields.length >= REGISTRATION_LIMITS.fields}
        className="self-start"
      >
        <Plus aria-hidden />
        {t("registration:settings.add")}
      </Button>
    </section>
  );
}
