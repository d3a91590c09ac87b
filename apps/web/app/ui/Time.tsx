/** Instants for people: in their zone, how long ago, how long still. */
import { useTranslation } from "react-i18next";
import { countdownParts, formatClock, formatInstant, formatRelative, type InstantStyle } from "../lib/format.ts";
import { useLocale, useNow } from "../lib/locale.tsx";
import { cn } from "./cn.ts";

/** `at` is RFC 3339. "schedule" names the zone. */
export function LocalTime({ at, style, className }: { at: string; style: InstantStyle; className?: string }) {
  const { locale, timeZone } = useLocale();
  return (
    <time suppressHydrationWarning dateTime={at} className={cn("tabular", className)}>
      {formatInstant(Date.parse(at), style, locale, timeZone)}
    </time>
  );
}

/** "3 hours ago", exact on hover; again every half minute. */
export function RelativeTime({ at, className }: { at: string; className?: string }) {
  const { locale, timeZone } = useLocale();
  const now = useNow(30_000);
  const instant = Date.parse(at);
  return (
    <time
      suppressHydrationWarning
      dateTime={at}
      title={formatInstant(instant, "full", locale, timeZone)}
      className={cn("tabular", className)}
    >
      {formatRelative(instant, now, locale)}
    </time>
  );
}

/** Time since `since` as a running clock. */
export function Elapsed({ since, className }: { since: string; className?: string }) {
  const now = useNow();
  return <span className={cn("tabular", className)}>{formatClock(now - Date.parse(since))}</span>;
}

/** "in 2 d 3 h" on cards (`compact`), four numbers with units on pages. When it is over it says that it starts soon. */
export function Countdown({ to, compact = false, className }: { to: string; compact?: boolean; className?: string }) {
  const { t } = useTranslation();
  const left = Date.parse(to) - useNow();
  const parts = countdownParts(left);
  if (left <= 0) return <span className={className}>{t("time.soon")}</span>;
  if (compact) return <span className={cn("tabular", className)}>{compactText(parts, t)}</span>;
  const units = (["days", "hours", "minutes", "seconds"] as const).filter((unit) => unit !== "days" || parts.days > 0);
  return (
    <span role="timer" className={cn("flex gap-5", className)}>
      {units.map((unit) => (
        <span key={unit} className="flex min-w-12 flex-col items-center">
          <span className="text-2xl font-semibold tracking-tight tabular">{String(parts[unit]).padStart(2, "0")}</span>
          <span className="text-xs opacity-75">{t(`time.${unit}`, { count: parts[unit] })}</span>
        </span>
      ))}
    </span>
  );
}

type Translate = (key: string, values: Record<string, unknown>) => string;

function compactText({ days, hours, minutes, seconds }: ReturnType<typeof countdownParts>, t: Translate): string {
  if (days > 0) return t("time.inDaysHours", { days, hours });
  if (hours > 0) return t("time.inHoursMinutes", { hours, minutes });
  return t("time.inClock", { clock: `${minutes}:${String(seconds).padStart(2, "0")}` });
}
