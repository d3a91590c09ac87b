/** A round-cornered icon button on the picture. Its name is shown on hover and focus, also in full screen. */
import type { ComponentProps, ReactNode } from "react";
import { cn } from "../../ui/cn.ts";

export type PlayerButtonProps = Omit<ComponentProps<"button">, "children"> & {
  label: string;
  shortcut?: string;
  icon: ReactNode;
};

export function PlayerButton({ label, shortcut, icon, className, ...rest }: PlayerButtonProps) {
  return (
    <button
      {...rest}
      type="button"
      aria-label={label}
      {...(shortcut === undefined ? {} : { "aria-keyshortcuts": shortcut })}
      className={cn(
        "group/button relative inline-flex size-9 shrink-0 touch-target items-center justify-center rounded-sm text-on-picture transition-colors hover:bg-on-picture/15 focus-visible:outline-on-picture [&>svg]:size-5",
        className,
      )}
    >
      {icon}
      <span
        aria-hidden
        className="pointer-events-none absolute bottom-full left-1/2 mb-2 -translate-x-1/2 rounded-sm bg-scrim px-2 py-1 text-xs whitespace-nowrap opacity-0 transition-opacity group-hover/button:opacity-100 group-focus-visible/button:opacity-100 group-data-[state=open]/button:opacity-0 max-sm:hidden"
      >
        {label}
        {shortcut === undefined ? null : <kbd className="ml-1.5 font-sans text-on-picture/70">{shortcut}</kbd>}
      </span>
    </button>
  );
}
