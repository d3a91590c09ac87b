/** One line and many lines of text. */
import type { ComponentProps, ReactNode } from "react";
import { cn } from "./cn.ts";
import { Field, type FieldProps, inputClass } from "./Field.tsx";

export type TextFieldProps = FieldProps &
  Omit<ComponentProps<"input">, "className"> & {
    /** Shown inside, before the text, for instance "@". */
    prefix?: ReactNode;
  };

/** A labelled `input`. */
export function TextField({ label, hint, error, aside, className, prefix, ...input }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} aside={aside} className={className}>
      {(control) =>
        prefix ? (
          <div className="relative">
            <span aria-hidden className="pointer-events-none absolute inset-y-0 left-3 flex items-center text-faint">
              {prefix}
            </span>
            <input {...input} {...control} className={cn(inputClass, "touch-target h-9 pl-7")} />
          </div>
        ) : (
          <input {...input} {...control} className={cn(inputClass, "touch-target h-9")} />
        )
      }
    </Field>
  );
}

export type TextAreaProps = FieldProps & Omit<ComponentProps<"textarea">, "className">;

/** A labelled `textarea`; `rows` defaults to 4. */
export function TextArea({ label, hint, error, aside, className, rows = 4, ...area }: TextAreaProps) {
  return (
    <Field label={label} hint={hint} error={error} aside={aside} className={className}>
      {(control) => (
        <textarea {...area} {...control} rows={rows} className={cn(inputClass, "resize-y py-2 leading-normal")} />
      )}
    </Field>
  );
}
