/** How each of the last outgoing packets was made from an incoming one, so that it can be made again. 12 KB for 512 packets. */

/** The VP8 payload descriptor, the only part of a payload that differs between subscribers, has up to six bytes. RFC 7741 §4.2. */
const MAX_HEAD_BYTES = 6;
/** In place of a layer: the packet was padding that filled a number. */
const PADDING = 255;
/** In place of a layer: the record is empty. */
const EMPTY = 254;

/**
 * A record is 24 bytes in one place, since of each packet one is written for each of many subscribers, and none of them is in a cache:
 * when it was sent (8 bytes), timestamp (4), outgoing and incoming number (2 each), layer, bytes of the head, the head (6).
 */
const RECORD_BYTES = 24;
const TIMESTAMP = 8;
const SEQUENCE = 12;
const SOURCE = 14;
const LAYER = 16;
const HEAD_BYTES = 17;
const HEAD = 18;

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
  readonly #f64: Float64Array;
  readonly #u32: Uint32Array;
  readonly #u16: Uint16Array;
  readonly #u8: Uint8Array;
  #newest = -1;

  /** @param size packets remembered, a power of two */
  constructor(size: number) {
    this.#mask = size - 1;
    const records = new ArrayBuffer(size * RECORD_BYTES);
    this.#f64 = new Float64Array(records);
    this.#u32 = new Uint32Array(records);
    this.#u16 = new Uint16Array(records);
    this.#u8 = new Uint8Array(records);
    this.clear();
  }

  /** The sequence number added last, -1 when there is none. */
  get newest(): number {
    return this.#newest;
  }

  /** @param layer of the publication, -1 for padding */
  add(sequence: number, layer: number, sourceSequence: number, timestamp: number, nowMs: number): void {
    const at = this.#at(sequence);
    this.#f64[at >> 3] = nowMs;
    this.#u32[(at + TIMESTAMP) >> 2] = timestamp;
    this.#u16[(at + SEQUENCE) >> 1] = sequence;
    this.#u16[(at + SOURCE) >> 1] = sourceSequence;
    this.#u8[at + LAYER] = layer < 0 ? PADDING : layer;
    this.#u8[at + HEAD_BYTES] = 0;
    this.#newest = sequence;
  }

  /** Keeps the first `length` (up to 6) bytes of the payload of a packet just added: those that were rewritten. */
  keepHead(sequence: number, packet: Uint8Array, offset: number, length: number): void {
    const at = this.#at(sequence);
    const bytes = Math.min(length, MAX_HEAD_BYTES);
    for (let i = 0; i < bytes; i++) this.#u8[at + HEAD + i] = packet[offset + i] ?? 0;
    this.#u8[at + HEAD_BYTES] = bytes;
  }

  /** Reads a record into `into`. @returns false when the number was not sent or is forgotten */
  read(sequence: number, into: SentRecord): boolean {
    const at = this.#at(sequence);
    const layer = this.#u8[at + LAYER] ?? EMPTY;
    if (layer === EMPTY || this.#u16[(at + SEQUENCE) >> 1] !== sequence) return false;
    into.layer = layer === PADDING ? -1 : layer;
    into.sourceSequence = this.#u16[(at + SOURCE) >> 1] ?? 0;
    into.timestamp = this.#u32[(at + TIMESTAMP) >> 2] ?? 0;
    into.sentAtMs = this.#f64[at >> 3] ?? 0;
    return true;
  }

  /** Puts the kept bytes over the payload of the packet that was made again. */
  restoreHead(sequence: number, packet: Uint8Array, offset: number): void {
    const at = this.#at(sequence);
    const bytes = this.#u8[at + HEAD_BYTES] ?? 0;
    for (let i = 0; i < bytes; i++) packet[offset + i] = this.#u8[at + HEAD + i] ?? 0;
  }

  /** Forgets all: what was sent cannot be made again. */
  clear(): void {
    for (let at = LAYER; at < this.#u8.length; at += RECORD_BYTES) this.#u8[at] = EMPTY;
    this.#newest = -1;
  }

  /** Notes that it was sent again just now. */
  touch(sequence: number, nowMs: number): void {
    this.#f64[this.#at(sequence) >> 3] = nowMs;
  }

  #at(sequence: number): number {
    return (sequence & this.#mask) * RECORD_BYTES;
  }
}
