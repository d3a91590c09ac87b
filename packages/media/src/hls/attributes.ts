/** Attribute lists and number forms of playlists. rfc8216bis §4.2. */
import { MalformedError } from "../errors.ts";

const SPEC = "rfc8216bis §4.2";
const NAME = /^[A-Z0-9-]+$/;
const BREAKS_LINE = /[\r\n]/;
const BREAKS_QUOTES = /["\r\n]/;
const ENUMERATED = /^[^\s",]+$/;
const DECIMAL = /^\d+(\.\d*)?$/;
const INTEGER = /^\d{1,20}$/;
const DECIMALS = 6;

/** A decimal-floating-point with at most six decimals and no exponent. @throws {RangeError} negative, not finite, or beyond 2^53 */
export function decimal(value: number): string {
  if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER))
    throw new RangeError(`${value} is not a decimal-floating-point`);
  return signedDecimal(value);
}

/** As `decimal`, negative values allowed. @throws {RangeError} not finite or beyond ±2^53 */
export function signedDecimal(value: number): string {
  if (!(Math.abs(value) <= Number.MAX_SAFE_INTEGER))
    throw new RangeError(`${value} is not a signed-decimal-floating-point`);
  const text = value.toFixed(DECIMALS).replace(/\.?0+$/, "");
  return text === "-0" ? "0" : text;
}

/** A decimal-integer. @throws {RangeError} negative, a fraction, or beyond 2^53 */
export function integer(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is not a decimal-integer`);
  return String(value);
}

/** A quoted-string. @throws {RangeError} it has a double quote or a line break, for which the format has no escape */
export function quoted(value: string): string {
  if (BREAKS_QUOTES.test(value)) throw new RangeError(`quote or line break in quoted string ${JSON.stringify(value)}`);
  return `"${value}"`;
}

/** An enumerated-string. @throws {RangeError} empty, or with quotes, commas or white space */
export function enumerated(value: string): string {
  if (!ENUMERATED.test(value)) throw new RangeError(`${JSON.stringify(value)} is not an enumerated string`);
  return value;
}

/** Text that stands alone on its line, e.g. a URI. @throws {RangeError} empty, a line break, space at an end, or a leading # */
export function line(value: string): string {
  if (value === "" || BREAKS_LINE.test(value) || value.trim() !== value || value.startsWith("#")) {
    throw new RangeError(`${JSON.stringify(value)} cannot stand on a line of its own`);
  }
  return value;
}

/** `NAME=value` pairs joined; undefined values are left out. Values must have their form already. */
export function attributeList(attributes: Readonly<Record<string, string | undefined>>): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) pairs.push(`${name}=${value}`);
  return pairs.join(",");
}

/** `YES`, or undefined so that the attribute is left out. */
export function yes(value: boolean | undefined): "YES" | undefined {
  return value === true ? "YES" : undefined;
}

/** Applies `format` to a value that may be absent. */
export function optional<T>(value: T | undefined, format: (value: T) => string): string | undefined {
  return value === undefined ? undefined : format(value);
}

/** One parsed attribute list with typed access. Errors carry the line number as offset. */
export class Attributes {
  readonly #values: ReadonlyMap<string, string>;
  readonly #lineNumber: number;

  /** @throws {MalformedError} a pair without name or value, or a name that comes twice */
  constructor(text: string, lineNumber: number) {
    this.#lineNumber = lineNumber;
    this.#values = splitPairs(text, lineNumber);
  }

  /** The attribute without quotes when it is a quoted-string. */
  quoted(name: string): string | undefined {
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    if (!value.startsWith('"')) return this.#fail(`${name}=${value} is not a quoted string`);
    return value.slice(1, -1);
  }

  /** As quoted; the enumerated string NONE stands as it is. */
  quotedOrNone(name: string): string | undefined {
    return this.#values.get(name) === "NONE" ? "NONE" : this.quoted(name);
  }

  /** The attribute as it stands. */
  enumerated(name: string): string | undefined {
    const value = this.#values.get(name);
    return value !== undefined && !ENUMERATED.test(value)
      ? this.#fail(`${name}=${value} is not an enumerated string`)
      : value;
  }

  decimal(name: string): number | undefined {
    return optionalOf(this.#values.get(name), (value) => parseDecimal(value, this.#lineNumber));
  }

  signedDecimal(name: string): number | undefined {
    const value = this.#values.get(name);
    if (value?.startsWith("-")) return -parseDecimal(value.slice(1), this.#lineNumber);
    return optionalOf(value, (text) => parseDecimal(text, this.#lineNumber));
  }

  integer(name: string): number | undefined {
    return optionalOf(this.#values.get(name), (value) => parseInteger(value, this.#lineNumber));
  }

  /** True for YES, false for NO or when absent. */
  yes(name: string): boolean {
    const value = this.#values.get(name);
    if (value === undefined || value === "NO") return false;
    return value === "YES" ? true : this.#fail(`${name}=${value}, expected YES or NO`);
  }

  resolution(name: string): { widthPx: number; heightPx: number } | undefined {
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    const [width, height, more] = value.split("x");
    if (width === undefined || height === undefined || more !== undefined)
      return this.#fail(`${name}=${value}, expected <w>x<h>`);
    return { widthPx: parseInteger(width, this.#lineNumber), heightPx: parseInteger(height, this.#lineNumber) };
  }

  /** The value, or MalformedError that names the missing attribute. */
  need<T>(value: T | undefined, name: string): T {
    return value === undefined ? this.#fail(`${name} is missing`) : value;
  }

  #fail(message: string): never {
    throw new MalformedError(message, this.#lineNumber, SPEC);
  }
}

/** @throws {MalformedError} not a decimal-floating-point */
export function parseDecimal(text: string, lineNumber: number): number {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  if (!(value <= Number.MAX_SAFE_INTEGER))
    throw new MalformedError(`${JSON.stringify(text.slice(0, 40))} is not a decimal number`, lineNumber, SPEC);
  return value;
}

/** @throws {MalformedError} not a decimal-integer, or beyond 2^53 */
export function parseInteger(text: string, lineNumber: number): number {
  const value = INTEGER.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value))
    throw new MalformedError(`${JSON.stringify(text.slice(0, 40))} is not a decimal integer`, lineNumber, SPEC);
  return value;
}

function optionalOf<T>(value: string | undefined, parse: (value: string) => T): T | undefined {
  return value === undefined ? undefined : parse(value);
}

function splitPairs(text: string, lineNumber: number): Map<string, string> {
  const values = new Map<string, string>();
  let at = 0;
  while (at < text.length) {
    const equals = text.indexOf("=", at);
    const name = equals < 0 ? text.slice(at) : text.slice(at, equals).trim();
    if (equals < 0 || !NAME.test(name))
      throw new MalformedError(`attribute ${JSON.stringify(name.slice(0, 40))}`, lineNumber, SPEC);
    if (values.has(name)) throw new MalformedError(`attribute ${name} comes twice`, lineNumber, SPEC);
    const end = valueEnd(text, equals + 1, lineNumber);
    const value = text.slice(equals + 1, end).trim();
    if (value === "") throw new MalformedError(`attribute ${name} without value`, lineNumber, SPEC);
    values.set(name, value);
    at = end + 1;
  }
  return values;
}

function valueEnd(text: string, start: number, lineNumber: number): number {
  if (text[start] !== '"') {
    const comma = text.indexOf(",", start);
    return comma < 0 ? text.length : comma;
  }
  const close = text.indexOf('"', start + 1);
  if (close < 0) throw new MalformedError("quoted string without end", lineNumber, SPEC);
  if (close + 1 < text.length && text[close + 1] !== ",")
    throw new MalformedError("text behind a quoted string", lineNumber, SPEC);
  return close + 1;
}
