/** What was sent under which transport-wide sequence number: the last 1,024 packets of one connection, in 15 KB. */

const SIZE = 1_024;
const MASK = SIZE - 1;

const OPEN = 1;
const ARRIVED = 2;
const LOST = 3;

export class SentLog {
  readonly #atMs = new Float64Array(SIZE);
  readonly #bytes = new Uint16Array(SIZE);
  readonly #states = new Uint8Array(SIZE);
  #next = 0;

  /** Notes a packet that is about to be sent. @returns the 16-bit sequence number to write into it */
  add(bytes: number, nowMs: number): number {
    const slot = this.#next & MASK;
    this.#atMs[slot] = nowMs;
    this.#bytes[slot] = bytes;
    this.#states[slot] = OPEN;
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
    return this.#bytes[slot] ?? 0;
  }

  /** Whether this is the first news of the packet's arrival. A packet reported lost may still arrive. */
  markArrived(slot: number): boolean {
    if (this.#states[slot] === ARRIVED) return false;
    this.#states[slot] = ARRIVED;
    return true;
  }

  /** Whether this is the first news of the packet. */
  markLost(slot: number): boolean {
    if (this.#states[slot] !== OPEN) return false;
    this.#states[slot] = LOST;
    return true;
  }
}
