/** One question of a form, as its kind wants it. */
import { REGISTRATION_LIMITS, type RegistrationField } from "@rostrum/contract/registration";
import { useTranslation } from "react-i18next";
import { CheckField } from "./CheckField.tsx";
import { Select } from "../../ui/Select.tsx";
import { TextArea, TextField } from "../../ui/TextField.tsx";

type Answer = string | boolean;

/** Labels and options are what the channel wrote: they are shown as text. */
export function AnswerField({
  field,
  value,
  error,
  onChange,
}: {
  field: RegistrationField;
  value: Answer | undefined;
  error: string | null;
  onChange: (value: Answer) => void;
}) {
  const { t } = useTranslation();
  const text = typeof value === "string" ? value : "";
  const common = { label: field.label, error, ...(field.required ? {} : { aside: t("ui.optional") }) };
  switch (field.kind) {
    case "checkbox":
      return (
        <CheckField label={field.label} error={error} checked={value === true} onChange={(next) => onChange(next)} />
      );
    case "select": {
      const options = field.options.map((option) => ({ value: option, label: option }));
      return (
        <Select
          {...common}
          required={field.required}
          value={text}
          onValueChange={onChange}
          options={[{ value: "", label: t("registration:choose") }, ...options]}
        />
      );
    }
    case "long_text":
      return (
        <TextArea
          {...common}
          required={field.required}
          maxLength={REGISTRATION_LIMITS.longTextChars}
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "text":
      return (
        <TextField
          {...common}
          required={field.required}
          maxLength={REGISTRATION_LIMITS.textChars}
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    default:
      return field.kind satisfies never;
  }
}
