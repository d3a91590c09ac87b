/** Bounds-checked big-endian reading and growing writes over Uint8Array. */
import { MalformedError } from "./errors.ts";

const TEXT_DECODER = new TextDecoder();
const TEXT_ENCODER = new TextEncoder();

/** Reads big-endian fields in order. Every read past the end throws a MalformedError that names `spec`. Nothing is copied. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #spec: string;
  #position = 0;

  /** @param spec document and section that defines the bytes, used in error messages */
  constructor(bytes: Uint8Array, spec: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#spec = spec;
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#position;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.byteLength - this.#position;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  i16(): number {
    return this.#view.getInt16(this.#take(2));
  }

  u24(): number {
    const at = this.#take(3);
    return (this.#view.getUint16(at) << 8) | this.#view.getUint8(at + 2);
  }

  /** Two's complement, as in composition time offsets of FLV. */
  i24(): number {
    return (this.u24() << 8) >> 8;
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  u32le(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** An unsigned 64 bit number; throws when it is not exact as a number (> 2^53 - 1). */
  u64(): number {
    const at = this.#take(8);
    const value = this.#view.getUint32(at) * 2 ** 32 + this.#view.getUint32(at + 4);
    if (!Number.isSafeInteger(value)) throw new MalformedError("64 bit value over 2^53 - 1", at, this.#spec);
    return value;
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  /** A view of the next `length` bytes, which shares memory with the input. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A view of all that is left. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** `length` bytes as UTF-8; invalid sequences become U+FFFD. */
  utf8(length: number): string {
    return TEXT_DECODER.decode(this.bytes(length));
  }

  /** Four bytes as text, one character per byte. */
  fourCc(): string {
    const at = this.#take(4);
    return String.fromCharCode(...this.#bytes.subarray(at, at + 4));
  }

  skip(length: number): void {
    this.#take(length);
  }

  #take(length: number): number {
    const at = this.#position;
    if (!(length >= 0 && length <= this.remaining)) {
      throw new MalformedError(`${length} bytes needed, ${this.remaining} left`, at, this.#spec);
    }
    this.#position = at + length;
    return at;
  }
}

/** Appends big-endian fields to a buffer that doubles as it grows. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  /** @param capacityBytes first allocation; take the exact size when it is known, then nothing is copied */
  constructor(capacityBytes = 256) {
    this.#bytes = new Uint8Array(Math.max(capacityBytes, 16));
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    const at = this.#grow(1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.#grow(2);
    this.#view.setUint16(at, value);
    return this;
  }

  u24(value: number): this {
    const at = this.#grow(3);
    this.#view.setUint16(at, value >>> 8);
    this.#view.setUint8(at + 2, value);
    return this;
  }

  u32(value: number): this {
    const at = this.#grow(4);
    this.#view.setUint32(at, value);
    return this;
  }

  i32(value: number): this {
    return this.u32(value);
  }

  u32le(value: number): this {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  /** @param value a safe integer >= 0 */
  u64(value: number): this {
    return this.u32(Math.floor(value / 2 ** 32)).u32(value >>> 0);
  }

  f64(value: number): this {
    const at = this.#grow(8);
    this.#view.setFloat64(at, value);
    return this;
  }

  bytes(value: Uint8Array): this {
    const at = this.#grow(value.byteLength);
    this.#bytes.set(value, at);
    return this;
  }

  /** UTF-8, without a length. */
  utf8(value: string): this {
    return this.bytes(TEXT_ENCODER.encode(value));
  }

  /** Text whose characters are single bytes, e.g. a FourCC. */
  ascii(value: string): this {
    const at = this.#grow(value.length);
    for (let i = 0; i < value.length; i++) this.#bytes[at + i] = value.charCodeAt(i);
    return this;
  }

  /** `count` zero bytes. */
  zeros(count: number): this {
    this.#grow(count);
    return this;
  }

  /** Overwrites 4 bytes at `position`, which must have been written, e.g. a box size known only afterwards. */
  patchU32(position: number, value: number): this {
    if (position < 0 || position + 4 > this.#length) throw new RangeError(`patch at ${position} of ${this.#length}`);
    this.#view.setUint32(position, value);
    return this;
  }

  /** What was written: a view of the inner buffer. The writer must not be used afterwards. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.byteLength) {
      const bigger = new Uint8Array(Math.max(needed, this.#bytes.byteLength * 2));
      bigger.set(this.#bytes.subarray(0, at));
      this.#bytes = bigger;
      this.#view = new DataView(bigger.buffer);
    }
    this.#length = needed;
    return at;
  }
}

/** One new array with all chunks in order. */
export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const chunk of chunks) length += chunk.byteLength;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.byteLength;
  }
  return joined;
}

/** Whether both hold the same bytes. Not constant-time: never for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index]);
}
