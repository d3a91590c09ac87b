/** Minutes in the largest unit that leaves no rest, as a text's key and its number. Pure. */

/** Null for 0. */
export function ageText(minutes: number): readonly [string, { count: number }] | null {
  if (minutes <= 0) return null;
  if (minutes % 1440 === 0) return ["chat:age.days", { count: minutes / 1440 }];
  if (minutes % 60 === 0) return ["chat:age.hours", { count: minutes / 60 }];
  return ["chat:age.minutes", { count: minutes }];
}
