/** What was sent under which transport-wide sequence number: the last 1,024 packets of one connection, in 12 KB. */

const SIZE = 1_024;
const MASK = SIZE - 1;

/** States, above the bytes of a packet. */
const OPEN = 1 << 16;
const ARRIVED = 2 << 16;
const LOST = 3 << 16;
const BYTES_MASK = 0xffff;

export class SentLog {
  readonly #atMs = new Float64Array(SIZE);
  /** State and bytes of each packet: together, since that is one place in memory less for each packet sent. */
  readonly #packets = new Uint32Array(SIZE);
  #next = 0;

  /** Notes a packet that is about to be sent. @returns the 16-bit sequence number to write into it */
  add(bytes: number, nowMs: number): number {
    const slot = this.#next & MASK;
    this.#atMs[slot] = nowMs;
    this.#packets[slot] = OPEN | bytes;
    const sequence = this.#next & 0xffff;
    this.#next += 1;
    return sequence;
  }

  /** Where a reported packet stands; -1 when it was never sent or is too old to be known. */
  slotOf(sequence: number): number {
    const back = (this.#next - sequence) & 0xffff;
    if (back === 0 || back > SIZE || back > this.#next) return -1;
    return (this.#next - back) & MASK;
  }

  sentAtMs(slot: number): number {
    return this.#atMs[slot] ?? 0;
  }

  bytes(slot: number): number {
    return (this.#packets[slot] ?? 0) & BYTES_MASK;
  }

  /** Whether this is the first news of the packet's arrival. A packet reported lost may still arrive. */
  markArrived(slot: number): boolean {
    const bytes = this.bytes(slot);
    if (this.#packets[slot] === (ARRIVED | bytes)) return false;
    this.#packets[slot] = ARRIVED | bytes;
    return true;
  }

  /** Whether this is the first news of the packet. */
  markLost(slot: number): boolean {
    const bytes = this.bytes(slot);
    if (this.#packets[slot] !== (OPEN | bytes)) return false;
    this.#packets[slot] = LOST | bytes;
    return true;
  }
}
