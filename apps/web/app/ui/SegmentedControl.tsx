/** One of two to five, all in view. */
import { ToggleGroup } from "radix-ui";
import type { ReactNode } from "react";
import { cn } from "./cn.ts";

/** `label` is for screen readers. One option is always chosen. */
export function SegmentedControl<T extends string>({
  label,
  value,
  options,
  onValueChange,
  className,
}: {
  label: string;
  value: T;
  options: readonly { readonly value: T; readonly label: ReactNode; readonly icon?: ReactNode }[];
  onValueChange: (value: T) => void;
  className?: string;
}) {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      onValueChange={(next) => {
        if (next !== "") onValueChange(next as T);
      }}
      className={cn("inline-flex rounded-sm border border-line bg-raised p-0.5", className)}
    >
      {options.map((option) => (
        <ToggleGroup.Item
          key={option.value}
          value={option.value}
          className="inline-flex h-8 flex-1 items-center justify-center gap-1.5 rounded-[4px] px-3 text-sm font-medium whitespace-nowrap text-muted transition-colors hover:text-text data-[state=on]:bg-canvas data-[state=on]:text-text data-[state=on]:shadow-float pointer-coarse:h-10 [&>svg]:size-4"
        >
          {option.icon}
          {option.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
