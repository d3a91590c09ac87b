/** Choices that several forms offer: category, language, a length of time. */
import { Category } from "@rostrum/contract/common";
import { useTranslation } from "react-i18next";
import { LANGUAGES, lengthText, withValue } from "../lib/choices.ts";
import { languageName } from "../lib/format.ts";
import { useLocale } from "../lib/locale.tsx";
import type { FieldProps } from "./Field.tsx";
import { Select } from "./Select.tsx";

type Choice<T> = { value: T; onValueChange: (value: T) => void };

export function CategorySelect({ value, onValueChange, error }: Choice<Category> & Pick<FieldProps, "error">) {
  const { t } = useTranslation();
  return (
    <Select
      label={t("field.category")}
      error={error}
      value={value}
      onValueChange={onValueChange}
      options={Category.options.map((option) => ({ value: option, label: t(`category.${option}`) }))}
    />
  );
}

/** `value` is a language tag. */
export function LanguageSelect({ value, onValueChange, error }: Choice<string> & Pick<FieldProps, "error">) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const tags = [...new Set<string>([...LANGUAGES, value])];
  return (
    <Select
      label={t("field.language")}
      error={error}
      value={value}
      onValueChange={onValueChange}
      options={tags.map((tag) => ({ value: tag, label: languageName(tag, locale) }))}
    />
  );
}

/** `value` and `choices` in seconds. `off` is what 0 means. */
export function LengthSelect({
  value,
  onValueChange,
  choices,
  off,
  ...field
}: Choice<number> & FieldProps & { choices: readonly number[]; off: string }) {
  const { t } = useTranslation();
  const label = (sec: number): string => {
    const { unit, count } = lengthText(sec);
    return unit === "off" ? off : t(`length.${unit}`, { count });
  };
  return (
    <Select
      {...field}
      value={String(value)}
      onValueChange={(text) => onValueChange(Number(text))}
      options={withValue(choices, value).map((sec) => ({ value: String(sec), label: label(sec) }))}
    />
  );
}
