/** A description cut into its session part and its sections, with attributes by name. Bounded before anything is read (RFC 8866 §5). */
import { MalformedError, ProtocolViolation } from "@rostrum/media/errors";

/** A room of many participants needs some 6 KB for each section. */
const MAX_CHARS = 1024 * 1024;
const MAX_LINE_CHARS = 8_192;
const MAX_SECTIONS = 256;
/** Lines of one section. Browsers write up to 150. */
const MAX_LINES = 1_024;

export const SDP_SPEC = "RFC 8866 §5";

/** `offset` counts characters from the start of the description. */
export type Attribute = Readonly<{ value: string; offset: number }>;

/** One level: the session, or one section. `head` is the value of its first line, `v=` or `m=`. */
export class Level {
  readonly head: Attribute;
  readonly #attributes = new Map<string, Attribute[]>();
  #lines = 0;

  constructor(head: Attribute) {
    this.head = head;
  }

  /** All of that name in their order. The value is "" for an attribute without one. */
  all(name: string): readonly Attribute[] {
    return this.#attributes.get(name) ?? [];
  }

  first(name: string): Attribute | undefined {
    return this.#attributes.get(name)?.[0];
  }

  has(name: string): boolean {
    return this.#attributes.has(name);
  }

  /** @throws {ProtocolViolation} more lines than a level may have */
  add(name: string, attribute: Attribute): void {
    this.#lines += 1;
    if (this.#lines > MAX_LINES) throw new ProtocolViolation(`more than ${MAX_LINES} attributes in one section`);
    const known = this.#attributes.get(name);
    if (known === undefined) this.#attributes.set(name, [attribute]);
    else known.push(attribute);
  }
}

/** `origin` is the value of the `o=` line. */
export type Levels = Readonly<{ session: Level; origin: Attribute; sections: readonly Level[] }>;

/**
 * @throws {MalformedError} lines that are none
 * @throws {ProtocolViolation} beyond the bounds
 */
export function readLevels(text: string): Levels {
  if (text.length > MAX_CHARS) {
    throw new ProtocolViolation(`a session description of ${text.length} characters; at most ${MAX_CHARS} are read`);
  }
  const sections: Level[] = [];
  let session: Level | undefined;
  let origin: Attribute | undefined;
  for (const line of linesOf(text)) {
    const { type, attribute } = line;
    if (session === undefined) {
      if (type !== "v" || attribute.value !== "0") throw new MalformedError("it must begin with v=0", 0, SDP_SPEC);
      session = new Level(attribute);
    } else if (type === "m") {
      if (sections.length >= MAX_SECTIONS) throw new ProtocolViolation(`more than ${MAX_SECTIONS} sections`);
      sections.push(new Level(attribute));
    } else if (type === "o") origin ??= attribute;
    else if (type === "a") addAttribute(sections.at(-1) ?? session, attribute);
  }
  if (session === undefined) throw new MalformedError("an empty session description", 0, SDP_SPEC);
  if (origin === undefined) throw new MalformedError("there is no o= line", 0, SDP_SPEC);
  return { session, origin, sections };
}

type Line = Readonly<{ type: string; attribute: Attribute }>;

function* linesOf(text: string): Generator<Line> {
  let offset = 0;
  while (offset < text.length) {
    const found = text.indexOf("\n", offset);
    const end = found < 0 ? text.length : found;
    if (end - offset > MAX_LINE_CHARS) throw new ProtocolViolation(`a line of more than ${MAX_LINE_CHARS} characters`);
    const line = text.slice(offset, end).trimEnd();
    if (line !== "") {
      if (line.includes("\r") || line.includes("\0")) {
        throw new MalformedError("a carriage return or NUL within a line", offset, SDP_SPEC);
      }
      if (line[1] !== "=") throw new MalformedError(`a line without "x=": ${shown(line)}`, offset, SDP_SPEC);
      yield { type: line.slice(0, 1), attribute: { value: line.slice(2), offset } };
    }
    offset = end + 1;
  }
}

function addAttribute(level: Level, { value, offset }: Attribute): void {
  const colon = value.indexOf(":");
  const name = colon < 0 ? value : value.slice(0, colon);
  level.add(name, { value: colon < 0 ? "" : value.slice(colon + 1).trim(), offset });
}

/** A piece of untrusted text for an error message. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
