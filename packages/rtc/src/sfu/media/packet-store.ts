/** The last packets of one incoming source, as they were received: what all its subscribers' retransmissions are made from. */
import { sequenceDelta } from "../../rtp/sequence.ts";

/** Refers to at most `size` packets; nothing is copied. */
export class PacketStore {
  readonly #packets: (Uint8Array | undefined)[];
  readonly #sequences: Int32Array;
  readonly #mask: number;
  #newest = -1;

  /** @param size packets kept, a power of two */
  constructor(size: number) {
    this.#packets = Array.from<Uint8Array | undefined>({ length: size });
    this.#sequences = new Int32Array(size).fill(-1);
    this.#mask = size - 1;
  }

  /** Packets kept at most. */
  get size(): number {
    return this.#mask + 1;
  }

  /** The newest sequence number kept, -1 when empty. */
  get newest(): number {
    return this.#newest;
  }

  /** Keeps a packet; its memory must not be written again. */
  put(sequence: number, packet: Uint8Array): void {
    const at = sequence & this.#mask;
    this.#packets[at] = packet;
    this.#sequences[at] = sequence;
    if (this.#newest < 0 || sequenceDelta(sequence, this.#newest) > 0) this.#newest = sequence;
  }

  get(sequence: number): Uint8Array | undefined {
    const at = sequence & this.#mask;
    return this.#sequences[at] === sequence ? this.#packets[at] : undefined;
  }

  /** Forgets all: another source begins. */
  clear(): void {
    this.#packets.fill(undefined);
    this.#sequences.fill(-1);
    this.#newest = -1;
  }
}
