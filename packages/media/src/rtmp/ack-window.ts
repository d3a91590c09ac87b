/** When received bytes must be acknowledged. RTMP 1.0 §5.4.3, §5.4.4. */
import { controlValue } from "./chunks.ts";

/** A peer that asks for an answer to every byte does not get one. */
const MIN_WINDOW_BYTES = 65_536;

/** Counts modulo 2^32, as the acknowledgement does. */
export class AckWindow {
  #windowBytes: number;
  #received = 0;
  #acknowledged = 0;

  constructor(windowBytes: number) {
    this.#windowBytes = windowBytes;
  }

  received(bytes: number): void {
    this.#received += bytes;
  }

  /** @param payload of a Window Acknowledgement Size message @throws {MalformedError} it is too short */
  setWindow(payload: Uint8Array): void {
    this.#windowBytes = Math.max(MIN_WINDOW_BYTES, controlValue(payload, "Window Acknowledgement Size"));
  }

  /** The number to acknowledge, when it is time. Half a window early: senders stop when a whole one is open. */
  takeDue(): number | undefined {
    if (this.#received - this.#acknowledged < this.#windowBytes / 2) return undefined;
    this.#acknowledged = this.#received;
    return this.#received % 2 ** 32;
  }
}
