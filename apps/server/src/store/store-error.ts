/** What goes wrong with the store as a whole, said so that an operator can act on it. */

/** `message` is one or two sentences for the operator; it can be printed as it is. */
export class StoreError extends Error {
  override readonly name = "StoreError";

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
  }
}

/** SQLSTATE of a database error (both backends), or the `code` of a Node error; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** True when a row with the same key exists already; with `constraint`, only when that unique index or constraint says so. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (errorCode(error) !== "23505") return false;
  return constraint === undefined || (error as { constraint?: unknown }).constraint === constraint;
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
