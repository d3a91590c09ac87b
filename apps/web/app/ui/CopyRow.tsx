/** A value that must be seen whole before it is copied, for instance an address: its name, a copy button, and all of it below. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "./CopyField.tsx";

/** `lines` is how much of a long value is shown; all of it is copied. */
export function CopyRow({ label, value, hint, lines }: { label: string; value: string; hint?: ReactNode; lines?: 2 }) {
  const { t } = useTranslation();
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <div className="flex items-center justify-between gap-3">
        <span className="min-w-0 text-sm font-medium">{label}</span>
        <span role="group" aria-label={`${t("ui.copy")}: ${label}`}>
          <CopyButton size="sm" value={value} />
        </span>
      </div>
      <code className="rounded-sm bg-raised px-2.5 py-1.5 font-mono text-sm break-all select-all">
        <span className={lines ? "line-clamp-2" : "block"}>{value}</span>
      </code>
      {hint ? <p className="text-xs text-faint">{hint}</p> : null}
    </div>
  );
}
