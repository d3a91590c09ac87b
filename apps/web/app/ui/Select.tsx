/** One of a few. The browser's own select: right on phones, fast, and reachable by keyboard. */
import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";
import { cn } from "./cn.ts";
import { Field, type FieldProps, inputClass } from "./Field.tsx";

export type Option<T extends string = string> = { readonly value: T; readonly label: string };

type Native<T extends string> = Omit<ComponentProps<"select">, "className" | "onChange" | "value"> & {
  options: readonly Option<T>[];
  value?: T;
  onValueChange?: (value: T) => void;
};

/** Without a visible label: give `aria-label`. */
export function SelectInput<T extends string>({
  options,
  onValueChange,
  className,
  ...rest
}: Native<T> & { className?: string }) {
  return (
    <span className={cn("relative block", className)}>
      <select
        {...rest}
        onChange={(event) => {
          const chosen = options.find((option) => option.value === event.target.value);
          if (chosen) onValueChange?.(chosen.value);
        }}
        className={cn(inputClass, "touch-target h-9 appearance-none truncate pr-9")}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} className="bg-canvas text-text">
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-3 size-4 -translate-y-1/2 text-icon"
      />
    </span>
  );
}

/** A labelled select. */
export function Select<T extends string>({ label, hint, error, aside, className, ...rest }: FieldProps & Native<T>) {
  return (
    <Field label={label} hint={hint} error={error} aside={aside} className={className}>
      {(control) => <SelectInput {...rest} {...control} />}
    </Field>
  );
}
