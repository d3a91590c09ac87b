/** Arithmetic of numbers that wrap: sequence numbers (16 bits) and RTP timestamps (32 bits). RFC 3550 §5.1, A.1. */

/** a − b on the circle of 2^16: −32768 to 32767, positive when `a` is the newer one. */
export function sequenceDelta(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}

/** a − b on the circle of 2^32: −2^31 to 2^31 − 1, positive when `a` is the later one. */
export function timestampDelta(a: number, b: number): number {
  return (a - b) | 0;
}

/** Counts sequence numbers on beyond 2^16, relative to the newest one seen. A first number stays as it is; older ones may be negative. */
export class SequenceUnwrapper {
  #newest: number | undefined;

  /** The number without wrapping; the newest is remembered. */
  unwrap(sequence: number): number {
    const value = this.peek(sequence);
    if (this.#newest === undefined || value > this.#newest) this.#newest = value;
    return value;
  }

  /** As `unwrap`, but nothing is remembered. */
  peek(sequence: number): number {
    return this.#newest === undefined ? sequence : this.#newest + sequenceDelta(sequence, this.#newest & 0xffff);
  }

  /** Forgets all: the next number is a first one. */
  reset(): void {
    this.#newest = undefined;
  }
}

/** Counts RTP timestamps on beyond 2^32, relative to the latest one seen. A first one stays as it is; earlier ones may be negative. */
export class TimestampUnwrapper {
  #latest: number | undefined;

  /** The timestamp without wrapping, a safe integer; the latest is remembered. */
  unwrap(timestamp: number): number {
    if (this.#latest === undefined) {
      this.#latest = timestamp;
      return timestamp;
    }
    const value = this.#latest + timestampDelta(timestamp, this.#latest % 2 ** 32);
    if (value > this.#latest) this.#latest = value;
    return value;
  }

  /** Forgets all: the next timestamp is a first one. */
  reset(): void {
    this.#latest = undefined;
  }
}
