/** When a show begins, in the zone of the person who plans it. */
import { useTranslation } from "react-i18next";
import { fromLocalInput, toLocalInput } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { TextField } from "../../ui/TextField.tsx";

/** `startAt` is RFC 3339 or null. */
export function StartField({
  startAt,
  onChange,
  error,
}: {
  startAt: string | null;
  onChange: (startAt: string | null) => void;
  error?: string | null;
}) {
  const { t } = useTranslation();
  const { timeZone } = useLocale();
  return (
    <TextField
      type="datetime-local"
      label={t("broadcast-forms:start.label")}
      hint={t("broadcast-forms:start.zone", { zone: timeZone.replaceAll("_", " ") })}
      error={error}
      value={startAt === null ? "" : toLocalInput(Date.parse(startAt), timeZone)}
      onChange={(event) => onChange(fromLocalInput(event.target.value))}
      className="max-w-80"
    />
  );
}
