/** A box to tick, with its text behind it. */
import { CircleAlert } from "lucide-react";
import { type ReactNode, useId } from "react";

export function CheckField({
  label,
  error,
  checked,
  onChange,
}: {
  label: ReactNode;
  error: string | null;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="flex min-h-9 touch-target items-start gap-2.5 py-1.5 text-sm">
        <input
          id={id}
          type="checkbox"
          checked={checked}
          aria-invalid={error === null ? undefined : true}
          aria-describedby={error === null ? undefined : `${id}-note`}
          onChange={(event) => onChange(event.target.checked)}
          className="mt-0.5 size-4 shrink-0 accent-accent pointer-coarse:size-5"
        />
        <span className="min-w-0 wrap-anywhere whitespace-pre-line">{label}</span>
      </label>
      {error === null ? null : (
        <p id={`${id}-note`} role="alert" className="flex gap-1.5 text-xs text-live-text">
          <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
          {error}
        </p>
      )}
    </div>
  );
}
