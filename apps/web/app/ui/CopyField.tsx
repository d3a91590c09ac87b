/** A value to be copied, and a button that copies. */
import { Check, Copy } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./Button.tsx";
import { cn } from "./cn.ts";
import { Field, type FieldProps, inputClass } from "./Field.tsx";

/** The text is selectable and read-only. `secret` values are set in mono. `actions` stand after the copy button. */
export function CopyField({
  label,
  hint,
  aside,
  className,
  value,
  actions,
}: Omit<FieldProps, "error"> & { value: string; actions?: ReactNode }) {
  return (
    <Field label={label} hint={hint} aside={aside} className={className}>
      {(control) => (
        <div className="flex gap-2">
          <input
            {...control}
            readOnly
            value={value}
            spellCheck={false}
            onFocus={(event) => event.target.select()}
            className={cn(inputClass, "touch-target h-9 flex-1 bg-surface font-mono text-sm sm:text-sm")}
          />
          <CopyButton value={value} />
          {actions}
        </div>
      )}
    </Field>
  );
}

/** Says "Copied" for two seconds; selects nothing. */
export function CopyButton({ value, label, size = "md" }: { value: string; label?: string; size?: "sm" | "md" }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    void copyText(value).then(setCopied);
  };
  return (
    <Button size={size} onClick={copy}>
      {copied ? <Check aria-hidden className="text-green-text" /> : <Copy aria-hidden />}
      <span aria-live="polite">{copied ? t("ui.copied") : (label ?? t("ui.copy"))}</span>
    </Button>
  );
}

/** True when the text is on the clipboard. Works without https too, where the clipboard API is missing. */
export async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Refused, for instance without focus: try the old way.
    }
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("readonly", "");
  area.style.position = "fixed";
  area.style.opacity = "0";
  (document.activeElement?.closest("[role=dialog]") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
