/** A button that is only an icon: always named, always with a tooltip. */
import type { ComponentProps, ReactNode } from "react";
import { cn } from "./cn.ts";
import { Tooltip } from "./Tooltip.tsx";

export type IconButtonProps = Omit<ComponentProps<"button">, "children"> & {
  /** What the button does; read aloud and shown as the tooltip. */
  label: string;
  /** Shown in the tooltip after the label. */
  shortcut?: string;
  icon: ReactNode;
  variant?: "ghost" | "secondary";
  size?: "sm" | "md";
  side?: "top" | "right" | "bottom" | "left";
};

/** Icons are 16 px in `sm` and 20 px in `md`. */
export function IconButton({
  label,
  shortcut,
  icon,
  variant = "ghost",
  size = "md",
  side = "bottom",
  className,
  type,
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip content={shortcut ? `${label} (${shortcut})` : label} side={side}>
      <button
        {...rest}
        type={type ?? "button"}
        aria-label={label}
        className={cn(
          "touch-target inline-flex shrink-0 items-center justify-center rounded-sm text-muted transition-colors hover:bg-hover hover:text-text disabled:pointer-events-none disabled:opacity-50 data-[state=open]:bg-hover data-[state=open]:text-text",
          size === "sm" ? "size-8 [&>svg]:size-4" : "size-9 [&>svg]:size-5",
          variant === "secondary" && "border border-line-strong bg-surface",
          className,
        )}
      >
        {icon}
      </button>
    </Tooltip>
  );
}
