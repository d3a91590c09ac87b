/** Buttons and links that look like buttons. */
import type { ComponentProps } from "react";
import { Link, type LinkProps } from "react-router";
import { cn } from "./cn.ts";
import { Spinner } from "./Spinner.tsx";

/** `primary` once per view; `live` only to go live; `danger` only inside a confirmation. */
export type ButtonVariant = "primary" | "secondary" | "ghost" | "live" | "danger";
export type ButtonSize = "sm" | "md" | "lg";

type Look = { variant?: ButtonVariant | undefined; size?: ButtonSize | undefined };

const VARIANTS: Record<ButtonVariant, string> = {
  primary: "bg-accent text-on-solid hover:bg-accent-hover",
  secondary: "border border-line-strong bg-surface text-text hover:bg-hover active:bg-pressed",
  ghost: "text-muted hover:bg-hover hover:text-text active:bg-pressed",
  live: "bg-live text-on-solid hover:bg-live-hover",
  danger: "bg-live text-on-solid hover:bg-live-hover",
};
const SIZES: Record<ButtonSize, string> = {
  sm: "h-8 gap-1.5 px-3 text-sm",
  md: "h-9 gap-2 px-3.5 text-base",
  lg: "h-11 gap-2 px-5 text-md",
};

/** The classes of a button, for elements that are neither `button` nor router link. */
export function buttonClass({ variant = "secondary", size = "md" }: Look = {}, className?: string): string {
  return cn(
    "touch-target inline-flex shrink-0 items-center justify-center rounded-sm font-medium whitespace-nowrap transition-colors select-none",
    "disabled:pointer-events-none disabled:opacity-50 aria-disabled:pointer-events-none aria-disabled:opacity-50 [&>svg]:size-4 [&>svg]:shrink-0",
    VARIANTS[variant],
    SIZES[size],
    className,
  );
}

export type ButtonProps = ComponentProps<"button"> & Look & { busy?: boolean | undefined };

/** `busy` shows a spinner, keeps the width of the label, and refuses further clicks. Default `type` is `button`. */
export function Button({ variant, size, busy = false, className, children, disabled, type, ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type ?? "button"}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={buttonClass({ variant, size }, className)}
    >
      {busy ? <Spinner /> : null}
      {children}
    </button>
  );
}

/** A router link with the look of a button. */
export function ButtonLink({ variant, size, className, ...rest }: LinkProps & Look) {
  return <Link {...rest} className={buttonClass({ variant, size }, className)} />;
}
