/** How each of the last outgoing packets was made from an incoming one, so that it can be made again. 12 KB for 512 packets. */

/** The VP8 payload descriptor, the only part of a payload that differs between subscribers, has up to six bytes. RFC 7741 §4.2. */
const MAX_HEAD_BYTES = 6;
/** In place of a layer: the packet was padding that filled a number. */
const PADDING = 255;

/** What is needed to write a packet again. */
export type SentRecord = {
  /** -1 for padding. */
  layer: number;
  /** Of the incoming packet. */
  sourceSequence: number;
  /** Outgoing. */
  timestamp: number;
  sentAtMs: number;
};

export class SentHistory {
  readonly #mask: number;
  readonly #sequences: Int32Array;
  readonly #sources: Uint16Array;
  readonly #timestamps: Uint32Array;
  readonly #layers: Uint8Array;
  readonly #heads: Uint8Array;
  readonly #headBytes: Uint8Array;
  readonly #sentAtMs: Float64Array;
  #newest = -1;

  /** @param size packets remembered, a power of two */
  constructor(size: number) {
    this.#mask = size - 1;
    this.#sequences = new Int32Array(size).fill(-1);
    this.#sources = new Uint16Array(size);
    this.#timestamps = new Uint32Array(size);
    this.#layers = new Uint8Array(size);
    this.#heads = new Uint8Array(size * MAX_HEAD_BYTES);
    this.#headBytes = new Uint8Array(size);
    this.#sentAtMs = new Float64Array(size);
  }

  /** The sequence number added last, -1 when there is none. */
  get newest(): number {
    return this.#newest;
  }

  /** @param layer of the publication, -1 for padding */
  add(sequence: number, layer: number, sourceSequence: number, timestamp: number, nowMs: number): void {
    const at = sequence & this.#mask;
    this.#sequences[at] = sequence;
    this.#sources[at] = sourceSequence;
    this.#timestamps[at] = timestamp;
    this.#layers[at] = layer < 0 ? PADDING : layer;
    this.#headBytes[at] = 0;
    this.#sentAtMs[at] = nowMs;
    this.#newest = sequence;
  }

  /** Keeps the first `length` (up to 6) bytes of the payload of a packet just added: those that were rewritten. */
  keepHead(sequence: number, packet: Uint8Array, offset: number, length: number): void {
    const at = sequence & this.#mask;
    const bytes = Math.min(length, MAX_HEAD_BYTES);
    for (let i = 0; i < bytes; i++) this.#heads[at * MAX_HEAD_BYTES + i] = packet[offset + i] ?? 0;
    this.#headBytes[at] = bytes;
  }

  /** Reads a record into `into`. @returns false when the number was not sent or is forgotten */
  read(sequence: number, into: SentRecord): boolean {
    const at = sequence & this.#mask;
    if (this.#sequences[at] !== sequence) return false;
    const layer = this.#layers[at] ?? PADDING;
    into.layer = layer === PADDING ? -1 : layer;
    into.sourceSequence = this.#sources[at] ?? 0;
    into.timestamp = this.#timestamps[at] ?? 0;
    into.sentAtMs = this.#sentAtMs[at] ?? 0;
    return true;
  }

  /** Puts the kept bytes over the payload of the packet that was made again. */
  restoreHead(sequence: number, packet: Uint8Array, offset: number): void {
    const at = sequence & this.#mask;
    const bytes = this.#headBytes[at] ?? 0;
    for (let i = 0; i < bytes; i++) packet[offset + i] = this.#heads[at * MAX_HEAD_BYTES + i] ?? 0;
  }

  /** Forgets all: what was sent cannot be made again. */
  clear(): void {
    this.#sequences.fill(-1);
    this.#newest = -1;
  }

  /** Notes that it was sent again just now. */
  touch(sequence: number, nowMs: number): void {
    this.#sentAtMs[sequence & this.#mask] = nowMs;
  }
}
