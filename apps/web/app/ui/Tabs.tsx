/** Several panels in one place, one shown. */
import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cn } from "./cn.ts";

export type TabItem<T extends string = string> = {
  readonly value: T;
  readonly label: ReactNode;
  readonly content: ReactNode;
};

/** Arrow keys move between the tabs. `label` names the list for screen readers. */
export function Tabs<T extends string>({
  label,
  items,
  value,
  onValueChange,
  defaultValue,
  className,
}: {
  label: string;
  items: readonly TabItem<T>[];
  value?: T;
  onValueChange?: (value: T) => void;
  defaultValue?: T;
  className?: string;
}) {
  const first = items[0]?.value ?? "";
  return (
    <Radix.Root
      {...(value === undefined ? { defaultValue: defaultValue ?? first } : { value })}
      onValueChange={(next) => onValueChange?.(next as T)}
      className={cn("flex min-h-0 flex-col", className)}
    >
      <Radix.List aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line">
        {items.map((item) => (
          <Radix.Trigger key={item.value} value={item.value} className={tabClass}>
            {item.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {items.map((item) => (
        <Radix.Content key={item.value} value={item.value} className="min-h-0 flex-1 pt-4 outline-none">
          {item.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}

/** The look of one tab; also for navigation links that look like tabs (set `data-state="active"`). */
export const tabClass =
  "touch-target -mb-px inline-flex h-10 shrink-0 items-center gap-2 rounded-t-sm border-b-2 border-transparent px-3 text-base font-medium text-muted transition-colors hover:text-text focus-visible:-outline-offset-2 data-[state=active]:border-accent-text data-[state=active]:text-text [&>svg]:size-4";
