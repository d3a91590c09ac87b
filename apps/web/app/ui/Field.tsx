/** Label, control, hint and error of a form field, wired for screen readers. */
import { CircleAlert } from "lucide-react";
import { type ReactNode, useId } from "react";
import { cn } from "./cn.ts";

export type FieldProps = {
  label: ReactNode;
  hint?: ReactNode;
  /** Replaces the hint and marks the control as invalid. */
  error?: string | null | undefined;
  /** Shown after the label, for instance "optional". */
  aside?: ReactNode;
  className?: string | undefined;
};

/** What the control inside must carry. */
export type FieldControl = { id: string; "aria-describedby": string | undefined; "aria-invalid": true | undefined };

/** `children` gets the attributes that tie it to the label, the hint and the error. */
export function Field({
  label,
  hint,
  error,
  aside,
  className,
  children,
}: FieldProps & { children: (control: FieldControl) => ReactNode }) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className={cn("flex min-w-0 flex-col gap-1.5", className)}>
      <div className="flex items-baseline justify-between gap-3">
        <label htmlFor={id} className="text-sm font-medium text-text">
          {label}
        </label>
        {aside ? <span className="text-xs text-faint">{aside}</span> : null}
      </div>
      {children({
        id,
        "aria-describedby": note ? `${id}-note` : undefined,
        "aria-invalid": error ? true : undefined,
      })}
      {note ? (
        <p
          id={`${id}-note`}
          role={error ? "alert" : undefined}
          className={cn("flex gap-1.5 text-xs", error ? "text-live-text" : "text-faint")}
        >
          {error ? <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" /> : null}
          <span>{note}</span>
        </p>
      ) : null}
    </div>
  );
}

/** The look of everything one can type into. 16 px on phones, so that iOS does not zoom. */
export const inputClass =
  "w-full min-w-0 rounded-sm border border-control bg-canvas px-3 text-md text-text transition-colors sm:text-base " +
  "hover:border-muted focus-visible:border-accent-text focus-visible:outline-1 focus-visible:outline-offset-0 " +
  "disabled:opacity-60 aria-invalid:border-live-text";
