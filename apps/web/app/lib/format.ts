/** Numbers and times as text. Pure; unknown is an en dash, never 0. */

/** What is shown for a value nobody knows. */
export const UNKNOWN = "–";

/** Bits per second as kbps or Mbps with one decimal. */
export function formatBitrate(bps: number | null, locale: string): string {
  if (bps === null) return UNKNOWN;
  const [value, unit] = bps >= 1_000_000 ? [bps / 1_000_000, "Mbps"] : [bps / 1000, "kbps"];
  const digits = unit === "Mbps" ? 1 : 0;
  return `${new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value)} ${unit}`;
}

/** Milliseconds as "0.9 s". */
export function formatSeconds(ms: number | null, locale: string, digits = 1): string {
  if (ms === null) return UNKNOWN;
  return `${new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(ms / 1000)} s`;
}

/** A count, short from 10 000 on: "9,999", "12K", "1.2M". */
export function formatCount(count: number | null, locale: string): string {
  if (count === null) return UNKNOWN;
  return count < 10_000
    ? new Intl.NumberFormat(locale).format(count)
    : new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 }).format(count);
}

/** A length as a clock: "0:07", "12:07", "1:02:07". Negative is 0. */
export function formatClock(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const tail = `${String(minutes).padStart(hours > 0 ? 2 : 1, "0")}:${String(seconds).padStart(2, "0")}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

export type CountdownParts = Readonly<{ days: number; hours: number; minutes: number; seconds: number }>;

/** What is left, in whole seconds rounded up so that the last one shown is 1. Past is all zero. */
export function countdownParts(ms: number): CountdownParts {
  const total = Math.max(0, Math.ceil(ms / 1000));
  return {
    days: Math.floor(total / 86_400),
    hours: Math.floor(total / 3600) % 24,
    minutes: Math.floor(total / 60) % 60,
    seconds: total % 60,
  };
}

const STEPS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

/** "3 hours ago", "in 2 days". Under a minute either way is "now". */
export function formatRelative(at: number, now: number, locale: string): string {
  const seconds = (at - now) / 1000;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, "second");
}

export type InstantStyle = "schedule" | "date" | "time" | "full";

const STYLES: Record<InstantStyle, Intl.DateTimeFormatOptions> = {
  schedule: {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "short",
  },
  date: { day: "numeric", month: "short", year: "numeric" },
  time: { hour: "numeric", minute: "2-digit" },
  full: { dateStyle: "full", timeStyle: "short" },
};

/** An instant in a zone. "schedule" names the zone. */
export function formatInstant(at: number, style: InstantStyle, locale: string, timeZone: string): string {
  return new Intl.DateTimeFormat(locale, { ...STYLES[style], timeZone }).format(at);
}

/** An instant as the value of `<input type="datetime-local">` in a zone: "2026-11-20T19:30". */
export function toLocalInput(at: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", timeZone }).format(at);
  return parts.replace(" ", "T");
}

/** The instant (RFC 3339, UTC) that a `datetime-local` value means in the browser's own zone; null when it is empty or no date. */
export function fromLocalInput(value: string): string | null {
  if (value === "") return null;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** The name of a language tag in the reader's language, for instance "German". */
export function languageName(tag: string, locale: string): string {
  try {
    return new Intl.DisplayNames([locale], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** Bytes as MB below one GB and as GB above, with one decimal; decimal units, as disks are sold. */
export function formatBytes(bytes: number | null, locale: string): string {
  if (bytes === null) return UNKNOWN;
  const [value, unit] = bytes >= 1e9 ? [bytes / 1e9, "GB"] : [bytes / 1e6, "MB"];
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(value)} ${unit}`;
}
