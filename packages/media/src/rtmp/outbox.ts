/** Bytes that wait to be sent. */
import { concat } from "../bytes.ts";

const EMPTY = new Uint8Array(0);

/** Collects small writes so that one socket write takes them all. */
export class Outbox {
  #chunks: Uint8Array[] = [];

  put(bytes: Uint8Array): void {
    if (bytes.byteLength > 0) this.#chunks.push(bytes);
  }

  /** All bytes in order; the outbox is empty afterwards. */
  take(): Uint8Array {
    const chunks = this.#chunks;
    if (chunks.length === 0) return EMPTY;
    this.#chunks = [];
    return chunks.length === 1 ? (chunks[0] ?? EMPTY) : concat(chunks);
  }
}
