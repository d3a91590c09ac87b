/** Cursors of lists: where the former page ended, as an opaque word. */
import { AppError } from "./app-error.ts";

export type CursorPart = string | number;

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
  const fits = Array.isArray(parts) && parts.map((part) => (typeof part)[0]).join("") === shape;
  if (!fits) throw new AppError("invalid_input", "The cursor does not belong to this list; begin without one.");
  return parts as readonly CursorPart[];
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
