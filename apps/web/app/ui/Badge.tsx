/** Small labels. State is told by a word and an icon, never by colour alone. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "./cn.ts";

export type Tone = "neutral" | "accent" | "live" | "amber" | "green" | "blue";

const TONES: Record<Tone, string> = {
  neutral: "bg-hover text-muted",
  accent: "bg-accent-tint text-accent-text",
  live: "bg-live-tint text-live-text",
  amber: "bg-amber-tint text-amber-text",
  green: "bg-green-tint text-green-text",
  blue: "bg-blue-tint text-blue-text",
};

/** 20 px high. `icon` is a 12 px icon. */
export function Badge({
  tone = "neutral",
  icon,
  children,
  className,
}: {
  tone?: Tone;
  icon?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  return (
    <span
      className={cn(
        "inline-flex h-5 items-center gap-1 rounded-sm px-1.5 text-xs font-medium whitespace-nowrap tabular [&>svg]:size-3",
        TONES[tone],
        className,
      )}
    >
      {icon}
      {children}
    </span>
  );
}

/** The red LIVE sign. The only solid red in the interface. */
export function LiveBadge({ className }: { className?: string }) {
  const { t } = useTranslation();
  return (
    <span
      className={cn(
        "inline-flex h-5 items-center gap-1.5 rounded-sm bg-live px-1.5 text-xs font-semibold tracking-wide text-on-solid uppercase",
        className,
      )}
    >
      <span aria-hidden className="size-1.5 animate-pulse-live rounded-full bg-on-solid" />
      {t("state.live")}
    </span>
  );
}
