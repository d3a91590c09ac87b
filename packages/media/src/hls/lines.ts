/** The lines of a playlist within limits. rfc8216bis §4.1. */
import { MalformedError } from "../errors.ts";

const SPEC = "rfc8216bis §4.1";
const MAX_TEXT = 16 * 1024 * 1024;
const MAX_LINE = 16_384;
const MAX_LINES = 200_000;

/** One line that says something: a tag with what stands behind its colon, or a URI. `number` counts from 1. */
export type PlaylistLine =
  | Readonly<{ kind: "tag"; name: string; value: string; number: number }>
  | Readonly<{ kind: "uri"; uri: string; number: number }>;

/**
 * Tags and URIs in order; comments and blank lines are left out.
 * @throws {MalformedError} no #EXTM3U, a byte order mark, control characters, a line over 16,384 or a text over 16 Mi characters, more than 200,000 lines; the offset is the line number
 */
export function* iterateLines(text: string): Generator<PlaylistLine, void> {
  if (text.length > MAX_TEXT) throw new MalformedError(`playlist of ${text.length} characters`, 1, SPEC);
  let number = 0;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    number += 1;
    const line = trimLine(text, start, end, number);
    start = end + 1;
    if (number === 1) requireHeader(line);
    else if (line.startsWith("#EXT")) yield toTag(line, number);
    else if (line !== "" && !line.startsWith("#")) yield { kind: "uri", uri: line, number };
  }
  if (number === 0) requireHeader("");
}

function trimLine(text: string, start: number, end: number, number: number): string {
  if (end - start > MAX_LINE) throw new MalformedError(`line of ${end - start} characters`, number, SPEC);
  if (number > MAX_LINES) throw new MalformedError(`more than ${MAX_LINES} lines`, number, SPEC);
  const line = text.slice(start, end).trimEnd();
  // oxlint-disable-next-line no-control-regex -- these are the characters that the format forbids
  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(line))
    throw new MalformedError("control character", number, SPEC);
  return line;
}

function requireHeader(line: string): void {
  if (line !== "#EXTM3U")
    throw new MalformedError(`starts with ${JSON.stringify(line.slice(0, 40))}, expected #EXTM3U`, 1, SPEC);
}

function toTag(line: string, number: number): PlaylistLine {
  const colon = line.indexOf(":");
  if (colon < 0) return { kind: "tag", name: line.slice(1), value: "", number };
  return { kind: "tag", name: line.slice(1, colon), value: line.slice(colon + 1), number };
}
