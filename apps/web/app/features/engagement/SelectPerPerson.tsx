/** How many questions of one person may wait for an answer. */
import { useTranslation } from "react-i18next";
import { withValue } from "../../lib/choices.ts";
import { Select } from "../../ui/Select.tsx";

const CHOICES = [1, 2, 3, 5, 10, 20, 50];

export function SelectPerPerson({ value, onValueChange }: { value: number; onValueChange: (value: number) => void }) {
  const { t } = useTranslation();
  return (
    <Select
      label={t("engagement:settings.questionsPerPerson")}
      value={String(value)}
      onValueChange={(text) => onValueChange(Number(text))}
      options={withValue(CHOICES, value).map((count) => ({ value: String(count), label: String(count) }))}
    />
  );
}
