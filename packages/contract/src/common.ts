/** Schemas used by several features: ids, handles, pages of a list, shared text limits. */
import { z } from "zod";
import { plainLines, plainText } from "./plain-text.ts";

/** What people and programs write freely: the database's text has neither NUL nor halves of surrogate pairs. */
export const Text = z
  .string()
  .refine((text) => text.isWellFormed() && !text.includes("\0"), "has a character that cannot be stored");

/** Cleaning takes its time: no more than this is cleaned. */
const RAW_CHARS = 20_000;
/** What is shown in one line beside what others write: names, titles. What hides in it or turns its direction is taken away. */
export const Line = Text.max(RAW_CHARS).overwrite(plainText);
/** The same with line breaks: descriptions. */
export const Lines = Text.max(RAW_CHARS).overwrite(plainLines);

/** Opaque, URL-safe, sortable by creation: 20 characters of lower-case Crockford base 32. */
export const Id = z.string().regex(/^[0-9a-hjkmnp-tv-z]{20}$/, "not an id");

/** Public name of an account or channel, as in `/@handle`: 3–30 of a–z, 0–9, `_`; compared in lower case. */
export const Handle = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9_]{3,30}$/, "3 to 30 letters, digits or underscores");

export const Email = z.string().trim().toLowerCase().max(254).pipe(z.email());

/** New passwords: length is what counts. Upper bound keeps hashing time bounded. */
export const Password = z.string().min(10, "at least 10 characters").max(256);

/** BCP 47 primary language with optional region, e.g. `en`, `de-CH`. */
export const Language = z.string().regex(/^[a-z]{2,3}(-[A-Z]{2})?$/, "a language tag such as en or de-CH");

export const Category = z.enum([
  "talk",
  "music",
  "gaming",
  "news",
  "education",
  "technology",
  "sports",
  "arts",
  "worship",
  "business",
  "other",
]);
export type Category = z.infer<typeof Category>;

export const Tags = z.array(Line.toLowerCase().min(1).max(30)).max(10);

/** RFC 3339 instant in UTC with milliseconds. */
export const Instant = z.iso.datetime();

/** Query of every list. `cursor` is what the former page gave as `nextCursor`. */
export const PageQuery = z.object({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(24),
});

/** `{ items, nextCursor }`; `nextCursor` is null on the last page. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** `lowest`: realtime first; `balanced`: LL-HLS; `stable`: LL-HLS further behind. */
export const LatencyMode = z.enum(["lowest", "balanced", "stable"]);
export type LatencyMode = z.infer<typeof LatencyMode>;
