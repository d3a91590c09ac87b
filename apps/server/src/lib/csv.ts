/** Tables as CSV (RFC 4180) for spreadsheets. */

/** With a byte order mark, so that spreadsheets read UTF-8. */
export const CSV_START = "\uFEFF";

/** One line. Every cell is quoted; text that a spreadsheet would run as a formula is led by an apostrophe. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(cell).join(",")}\r\n`;
}

/** What spreadsheets take for the beginning of a formula, also behind white space, in full width, and behind what is not seen. */
const FORMULA = /^[\s\p{Cf}\p{Cc}]*[=+\-@|%\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/u;

function cell(value: string | number | null): string {
  if (value === null) return '""';
  // Our own numbers may be negative; what people wrote is text.
  if (typeof value === "number") return String(value);
  const harmless = FORMULA.test(value) ? `'${value}` : value;
  return `"${harmless.replaceAll('"', '""')}"`;
}
