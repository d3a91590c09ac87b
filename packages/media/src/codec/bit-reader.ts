/** Reads bit fields most significant bit first, and turns a NAL unit into the payload those fields stand in. */
import { MalformedError } from "../errors.ts";

/** A cursor over bits. Every read past the end throws MalformedError that names `spec`; offsets are bytes of the given array. */
export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #spec: string;
  #bit = 0;

  constructor(bytes: Uint8Array, spec: string) {
    this.#bytes = bytes;
    this.#spec = spec;
  }

  /** Bits that were not read yet. */
  get bitsLeft(): number {
    return this.#bytes.length * 8 - this.#bit;
  }

  /** Unsigned integer of `count` bits, 0 to 32. */
  bits(count: number): number {
    if (count > this.bitsLeft) this.fail(`${count} bits wanted, ${this.bitsLeft} left`);
    let value = 0;
    let left = count;
    while (left > 0) {
      const byte = this.#bytes[this.#bit >> 3] ?? 0;
      const available = 8 - (this.#bit & 7);
      const take = Math.min(available, left);
      const chunk = (byte >> (available - take)) & ((1 << take) - 1);
      // Multiplication, not a shift: 32 bits must stay unsigned.
      value = value * (1 << take) + chunk;
      this.#bit += take;
      left -= take;
    }
    return value;
  }

  /** One bit as a boolean. */
  flag(): boolean {
    return this.bits(1) === 1;
  }

  /** Moves over `count` bits. */
  skip(count: number): void {
    if (count > this.bitsLeft) this.fail(`${count} bits to skip, ${this.bitsLeft} left`);
    this.#bit += count;
  }

  /** Unsigned Exp-Golomb code, 0 to 2^32-2. H.264 §9.1. */
  ue(): number {
    let zeros = 0;
    while (!this.flag()) {
      zeros += 1;
      if (zeros > 31) this.fail("Exp-Golomb code longer than 32 bits");
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** Signed Exp-Golomb code. H.264 §9.1.1. */
  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }

  /** Throws MalformedError at the present byte. */
  fail(message: string): never {
    throw new MalformedError(message, this.#bit >> 3, this.#spec);
  }
}

/** The NAL unit without its emulation prevention bytes (00 00 03 → 00 00). Returns the same array when there are none. H.264 §7.3.1, H.265 §7.3.1. */
export function removeEmulationPrevention(nal: Uint8Array): Uint8Array {
  const out = new Uint8Array(nal.length);
  let length = 0;
  let zeros = 0;
  for (const byte of nal) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    out[length] = byte;
    length += 1;
  }
  return length === nal.length ? nal : out.subarray(0, length);
}
