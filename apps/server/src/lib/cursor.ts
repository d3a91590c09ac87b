/** Cursors of lists: where the former page ended, as an opaque word. */
import { AppError } from "./app-error.ts";

export type CursorPart = string | number;

/** The end of the year 9999. */
const MAX_TIME_MS = Date.UTC(10_000, 0) - 1;

/** @param parts the sort key of the last item, most significant first */
export function encodeCursor(parts: readonly CursorPart[]): string {
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/**
 * @param shape one letter per part: `s` string, `n` number
 * @throws {AppError} `invalid_input` when the word is not a cursor of this list
 */
export function decodeCursor(cursor: string, shape: string): readonly CursorPart[] {
  const parts = parse(cursor);
  const fits = Array.isArray(parts) && parts.map(letterOf).join("") === shape;
  if (!fits) throw new AppError("invalid_input", "The cursor does not belong to this list; begin without one.");
  return parts as readonly CursorPart[];
}

/** "?" for what no list ever gives: numbers are times in ms or counts, strings are in the database. */
function letterOf(part: unknown): string {
  if (typeof part === "string") return part.isWellFormed() && !part.includes("\0") ? "s" : "?";
  return Number.isInteger(part) && Math.abs(Number(part)) <= MAX_TIME_MS ? "n" : "?";
}

/** A page of `limit` out of up to `limit + 1` rows: the extra one says that more follow. */
export function pageOfRows<Row, Item>(
  rows: readonly Row[],
  limit: number,
  key: (row: Row) => readonly CursorPart[],
  present: (row: Row) => Item,
): { items: Item[]; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? encodeCursor(key(last)) : null;
  return { items: page.map(present), nextCursor };
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return null;
  }
}
