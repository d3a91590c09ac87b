/** What forms offer to choose from. Pure. */

/** Lengths in seconds that forms offer; 0: switched off. */
export const DVR_CHOICES_SEC = [0, 300, 1800, 3600, 7200, 14_400, 43_200];
export const RECONNECT_CHOICES_SEC = [0, 30, 60, 120, 300, 600, 1800];

/** Language tags that forms list; a value that is not among them is kept and listed too. */
export const LANGUAGES = [
  "en",
  "ar",
  "bn",
  "cs",
  "da",
  "de",
  "el",
  "es",
  "fi",
  "fr",
  "he",
  "hi",
  "hu",
  "id",
  "it",
  "ja",
  "ko",
  "nb",
  "nl",
  "pl",
  "pt",
  "ro",
  "ru",
  "sv",
  "th",
  "tr",
  "uk",
  "vi",
  "zh",
] as const;

/** `choices` with `value` among them, in order. */
export function withValue(choices: readonly number[], value: number): number[] {
  return [...new Set([...choices, value])].toSorted((a, b) => a - b);
}

/** Which unit a length of time is said in. */
export type LengthText = Readonly<{ unit: "off" | "seconds" | "minutes" | "hours"; count: number }>;

/** In the largest unit that leaves no rest. `sec` is whole. */
export function lengthText(sec: number): LengthText {
  if (sec === 0) return { unit: "off", count: 0 };
  if (sec % 3600 === 0) return { unit: "hours", count: sec / 3600 };
  if (sec % 60 === 0) return { unit: "minutes", count: sec / 60 };
  return { unit: "seconds", count: sec };
}

/** What is left of `edited` when `sent` was saved: fields that were changed since, compared as JSON. */
export function unsent<T extends object>(edited: Partial<T>, sent: Partial<T>): Partial<T> {
  return changesOf(sent, edited) ?? {};
}

/** What of `now` differs from `before`, compared as JSON; null when nothing does. */
export function changesOf<T extends object>(before: T, now: T): Partial<T> | null {
  const changed = Object.entries(now).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof T]),
  );
  return changed.length === 0 ? null : (Object.fromEntries(changed) as Partial<T>);
}
