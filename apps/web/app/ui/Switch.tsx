/** On or off, at once. */
import { Switch as Radix } from "radix-ui";
import { type ReactNode, useId } from "react";
import { cn } from "./cn.ts";

/** A row: name and explanation on the left, the switch on the right. */
export function Switch({
  label,
  hint,
  checked,
  onCheckedChange,
  disabled,
  className,
}: {
  label: ReactNode;
  hint?: ReactNode;
  checked: boolean;
  onCheckedChange: (checked: boolean) => void;
  disabled?: boolean;
  className?: string;
}) {
  const id = useId();
  return (
    <div className={cn("flex items-start justify-between gap-6", className)}>
      <div className="min-w-0">
        <label htmlFor={id} className="text-sm font-medium text-text">
          {label}
        </label>
        {hint ? (
          <p id={`${id}-hint`} className="mt-0.5 max-w-prose text-xs text-faint">
            {hint}
          </p>
        ) : null}
      </div>
      <Radix.Root
        id={id}
        checked={checked}
        onCheckedChange={onCheckedChange}
        disabled={disabled ?? false}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className="relative inline-flex h-6 w-10 shrink-0 items-center rounded-full bg-control transition-colors disabled:opacity-50 data-[state=checked]:bg-accent pointer-coarse:after:absolute pointer-coarse:after:-inset-2.5"
      >
        <Radix.Thumb className="ml-0.5 size-5 rounded-full bg-on-solid transition-transform data-[state=checked]:translate-x-4" />
      </Radix.Root>
    </div>
  );
}
