/** What people write, cleaned as the chat cleans it, and bounded. */
import { lengthOf, plainLines as linesOf, plainText } from "@rostrum/contract/plain-text";
import { AppError } from "../../lib/app-error.ts";

/**
 * One line of `text`, at most `maxChars` characters long.
 * @throws {AppError} invalid_input when nothing is left, or it is too long
 */
export function plain(text: string, what: string, maxChars: number): string {
  return bounded(plainText(text), what, maxChars);
}

/** As `plain`, with line breaks, at most two together; may be empty. */
export function plainLines(text: string, what: string, maxChars: number): string {
  const lines = linesOf(text);
  return lines === "" ? "" : bounded(lines, what, maxChars);
}

function bounded(text: string, what: string, maxChars: number): string {
  if (text === "") throw new AppError("invalid_input", `${what} has nothing that can be read.`);
  if (lengthOf(text) > maxChars) throw new AppError("invalid_input", `${what} may have ${maxChars} characters.`);
  return text;
}
