/** Action Message Format 0, the value encoding of RTMP commands and FLV metadata. AMF0 specification (Adobe, 2007). */
import { ByteReader, ByteWriter } from "./bytes.ts";
import { MalformedError, UnsupportedError } from "./errors.ts";

/** Objects have no prototype, so that a key such as `__proto__` or `constructor` is only a key. */
export type AmfValue = null | undefined | boolean | number | string | Date | AmfValue[] | AmfObject;
export type AmfObject = { [key: string]: AmfValue };

/** `maxDepth` counts nested objects and arrays, `maxValues` all values of one decode; both inclusive. */
export type AmfLimits = Readonly<{ maxDepth: number; maxValues: number }>;

const SPEC = "AMF0 §2";
const DEFAULT_LIMITS: AmfLimits = { maxDepth: 32, maxValues: 4_096 };
const MAX_SHORT_STRING_BYTES = 0xffff;
const TEXT_ENCODER = new TextEncoder();

const MARKER = {
  number: 0x00,
  boolean: 0x01,
  string: 0x02,
  object: 0x03,
  null: 0x05,
  undefined: 0x06,
  reference: 0x07,
  ecmaArray: 0x08,
  objectEnd: 0x09,
  strictArray: 0x0a,
  date: 0x0b,
  longString: 0x0c,
  unsupported: 0x0d,
  xmlDocument: 0x0f,
  typedObject: 0x10,
  avmPlus: 0x11,
} as const;

/**
 * All values in `bytes`, in order.
 * @throws {MalformedError} cut off, an unknown marker, or over a limit
 * @throws {UnsupportedError} references and AMF3 values, which no encoder needs for publishing
 */
export function decodeAmf0(bytes: Uint8Array, limits: Partial<AmfLimits> = {}): AmfValue[] {
  const decoder = new Decoder(bytes, { ...DEFAULT_LIMITS, ...limits });
  const values: AmfValue[] = [];
  while (decoder.remaining > 0) values.push(decoder.value(0));
  return values;
}

/**
 * The values one after the other. Arrays become strict arrays, objects become anonymous objects.
 * @throws {RangeError} nested deeper than 32, e.g. a cycle
 */
export function encodeAmf0(values: readonly AmfValue[]): Uint8Array {
  const writer = new ByteWriter(512);
  for (const value of values) writeValue(writer, value, 0);
  return writer.finish();
}

/** One ECMA array, the form that onMetaData's argument takes. @throws {RangeError} nested deeper than 32 */
export function encodeAmf0EcmaArray(object: AmfObject): Uint8Array {
  const writer = new ByteWriter(512);
  const entries = Object.entries(object);
  writer.u8(MARKER.ecmaArray).u32(entries.length);
  writeProperties(writer, entries, 1);
  return writer.finish();
}

/** Whether `value` is an object with keys: neither null nor array nor date. */
export function isAmfObject(value: AmfValue): value is AmfObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

class Decoder {
  readonly #reader: ByteReader;
  readonly #limits: AmfLimits;
  #values = 0;

  constructor(bytes: Uint8Array, limits: AmfLimits) {
    this.#reader = new ByteReader(bytes, SPEC);
    this.#limits = limits;
  }

  get remaining(): number {
    return this.#reader.remaining;
  }

  value(depth: number): AmfValue {
    const reader = this.#reader;
    const at = reader.position;
    if (depth > this.#limits.maxDepth) throw this.#malformed(`nested deeper than ${this.#limits.maxDepth}`, at);
    if (++this.#values > this.#limits.maxValues) throw this.#malformed(`over ${this.#limits.maxValues} values`, at);
    const marker = reader.u8();
    switch (marker) {
      case MARKER.number:
        return reader.f64();
      case MARKER.boolean:
        return reader.u8() !== 0;
      case MARKER.string:
        return reader.utf8(reader.u16());
      case MARKER.object:
        return this.#properties(depth);
      case MARKER.null:
        return null;
      case MARKER.undefined:
      case MARKER.unsupported:
        return undefined;
      case MARKER.ecmaArray:
        // The count is a hint that some encoders get wrong (§2.10): the end marker decides.
        reader.skip(4);
        return this.#properties(depth);
      case MARKER.strictArray:
        return this.#array(depth);
      case MARKER.date:
        return this.#date();
      case MARKER.longString:
      case MARKER.xmlDocument:
        return reader.utf8(reader.u32());
      case MARKER.typedObject:
        reader.skip(reader.u16());
        return this.#properties(depth);
      case MARKER.reference:
        throw new UnsupportedError("AMF0 references are not accepted: send the value itself");
      case MARKER.avmPlus:
        throw new UnsupportedError("AMF3 values are not accepted: use object encoding 0 (AMF0)");
      default:
        throw this.#malformed(`unknown marker 0x${marker.toString(16).padStart(2, "0")}`, at);
    }
  }

  #properties(depth: number): AmfObject {
    const reader = this.#reader;
    const object = Object.create(null) as AmfObject;
    for (;;) {
      const key = reader.utf8(reader.u16());
      if (key !== "") {
        object[key] = this.value(depth + 1);
        continue;
      }
      const at = reader.position;
      if (reader.u8() !== MARKER.objectEnd) throw this.#malformed("empty key without object end", at);
      return object;
    }
  }

  #array(depth: number): AmfValue[] {
    const count = this.#reader.u32();
    const array: AmfValue[] = [];
    // Nothing is allocated by the announced count: the input ends first.
    for (let i = 0; i < count; i++) array.push(this.value(depth + 1));
    return array;
  }

  #date(): Date {
    const date = new Date(this.#reader.f64());
    this.#reader.skip(2); // time zone: reserved, not to be used (§2.13)
    return date;
  }

  #malformed(message: string, at: number): MalformedError {
    return new MalformedError(`AMF0: ${message}`, at, SPEC);
  }
}

function writeValue(writer: ByteWriter, value: AmfValue, depth: number): void {
  if (depth > DEFAULT_LIMITS.maxDepth) throw new RangeError(`AMF0 value nested deeper than ${DEFAULT_LIMITS.maxDepth}`);
  if (value === undefined) writer.u8(MARKER.undefined);
  else if (value === null) writer.u8(MARKER.null);
  else if (typeof value === "boolean") writer.u8(MARKER.boolean).u8(value ? 1 : 0);
  else if (typeof value === "number") writer.u8(MARKER.number).f64(value);
  else if (typeof value === "string") writeString(writer, value);
  else if (value instanceof Date) writer.u8(MARKER.date).f64(value.getTime()).u16(0);
  else if (Array.isArray(value)) {
    writer.u8(MARKER.strictArray).u32(value.length);
    for (const item of value) writeValue(writer, item, depth + 1);
  } else {
    writer.u8(MARKER.object);
    writeProperties(writer, Object.entries(value), depth + 1);
  }
}

function writeProperties(writer: ByteWriter, entries: readonly [string, AmfValue][], depth: number): void {
  for (const [key, value] of entries) {
    const bytes = TEXT_ENCODER.encode(key);
    if (bytes.byteLength === 0 || bytes.byteLength > MAX_SHORT_STRING_BYTES) {
      throw new RangeError(`AMF0 key of ${bytes.byteLength} bytes, 1 to ${MAX_SHORT_STRING_BYTES} are possible`);
    }
    writer.u16(bytes.byteLength).bytes(bytes);
    writeValue(writer, value, depth);
  }
  writer.u16(0).u8(MARKER.objectEnd);
}

function writeString(writer: ByteWriter, value: string): void {
  const bytes = TEXT_ENCODER.encode(value);
  if (bytes.byteLength > MAX_SHORT_STRING_BYTES) writer.u8(MARKER.longString).u32(bytes.byteLength);
  else writer.u8(MARKER.string).u16(bytes.byteLength);
  writer.bytes(bytes);
}
