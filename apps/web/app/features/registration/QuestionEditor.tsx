/** One question of the form while the crew writes it. */
import { REGISTRATION_LIMITS, type RegistrationField, RegistrationFieldKind } from "@rostrum/contract/registration";
import { ArrowDown, ArrowUp, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../ui/IconButton.tsx";
import { Select } from "../../ui/Select.tsx";
import { Switch } from "../../ui/Switch.tsx";
import { TextArea, TextField } from "../../ui/TextField.tsx";
import { ofKind, optionsOf } from "./field-list.ts";

type QuestionProps = Readonly<{
  field: RegistrationField;
  /** From 1. */
  number: number;
  isLast: boolean;
  /** The refusal of one of its fields. */
  errorOf: (path: string) => string | null;
  onChange: (values: Partial<RegistrationField>) => void;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
}>;

export function QuestionEditor({ field, number, isLast, errorOf, onChange, onMove, onRemove }: QuestionProps) {
  const { t } = useTranslation();
  const base = `fields.${number - 1}`;
  return (
    <fieldset className="flex min-w-0 flex-col gap-4 rounded-sm border border-line p-4">
      <legend className="px-1 text-sm font-medium">{t("registration:settings.question", { number })}</legend>
      <div className="flex flex-wrap items-start gap-3">
        <TextField
          label={t("registration:settings.label")}
          maxLength={REGISTRATION_LIMITS.labelChars}
          value={field.label}
          error={errorOf(`${base}.label`)}
          onChange={(event) => onChange({ label: event.target.value })}
          className="min-w-56 flex-[2_1_14rem]"
        />
        <Select
          label={t("registration:settings.kind")}
          value={field.kind}
          onValueChange={(kind) => onChange(ofKind(field, kind))}
          options={RegistrationFieldKind.options.map((kind) => ({
            value: kind,
            label: t(`registration:settings.kinds.${kind}`),
          }))}
          className="min-w-40 flex-[1_1_10rem]"
        />
      </div>
      {field.kind === "select" ? (
        <OptionsField
          options={field.options}
          error={errorOf(`${base}.options`)}
          onChange={(options) => onChange({ options })}
        />
      ) : null}
      <Switch
        label={t("registration:settings.required_field")}
        checked={field.required}
        onCheckedChange={(required) => onChange({ required })}
      />
      <div className="flex gap-1">
        <IconButton
          size="sm"
          label={t("registration:settings.up", { number })}
          icon={<ArrowUp />}
          disabled={number === 1}
          onClick={() => onMove(-1)}
        />
        <IconButton
          size="sm"
          label={t("registration:settings.down", { number })}
          icon={<ArrowDown />}
          disabled={isLast}
          onClick={() => onMove(1)}
        />
        <IconButton
          size="sm"
          label={t("registration:settings.remove", { number })}
          icon={<Trash2 />}
          onClick={onRemove}
          className="ml-auto"
        />
      </div>
    </fieldset>
  );
}

type OptionsProps = Readonly<{
  options: readonly string[];
  error: string | null;
  onChange: (options: string[]) => void;
}>;

/** Keeps what is typed as it is: a line that is being written may still be blank, or end in a blank. */
function OptionsField({ options, error, onChange }: OptionsProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(options.join("\n"));
  return (
    <TextArea
      label={t("registration:settings.options")}
      rows={4}
      value={text}
      error={error}
      onChange={(event) => {
        setText(event.target.value);
        onChange(optionsOf(event.target.value));
      }}
    />
  );
}
