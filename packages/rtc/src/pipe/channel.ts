/** One open data channel of a pipe: bounded sending, messages to its handlers. */
import type { DataChannel } from "node-datachannel";
import type { ChannelHandlers } from "./options.ts";

/** Counts and faults that a channel hands up to its pipe. */
export type ChannelOwner = Readonly<{
  maxBufferedBytes: number;
  onDropped: () => void;
  onFault: (error: unknown) => void;
  onClosed: (channel: PipeChannel) => void;
}>;

/** Made by a pipe when the channel is open. */
export class PipeChannel {
  readonly label: string;
  readonly protocol: string;
  readonly #native: DataChannel;
  readonly #owner: ChannelOwner;
  #open = true;

  constructor(native: DataChannel, owner: ChannelOwner) {
    this.#native = native;
    this.#owner = owner;
    this.label = native.getLabel();
    this.protocol = native.getProtocol();
  }

  /** Bytes that wait to be sent; 0 when closed. */
  get bufferedBytes(): number {
    return this.#open ? this.#native.bufferedAmount() : 0;
  }

  /** False: the channel is closed, or the message did not fit and was dropped, which the pipe counts. */
  send(message: Uint8Array | string): boolean {
    if (!this.#open) return false;
    const size = typeof message === "string" ? utf8Length(message) : message.byteLength;
    try {
      if (this.#native.bufferedAmount() + size <= this.#owner.maxBufferedBytes) {
        // Not "sent at once" but "buffered" is what the library's false means: it goes out all the same.
        if (typeof message === "string") this.#native.sendMessage(message);
        else this.#native.sendMessageBinary(message);
        return true;
      }
    } catch {
      // Larger than the peer takes, or closed between two events: counted like one that does not fit.
    }
    this.#owner.onDropped();
    return false;
  }

  /** Closing twice is harmless. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#native.close();
    this.#owner.onClosed(this);
  }

  /** For the pipe: wires the native channel to `handlers`. */
  bind(handlers: ChannelHandlers): void {
    const { onMessage, onDrain } = handlers;
    this.#native.onMessage((message) =>
      this.#guarded(() => onMessage(typeof message === "string" ? message : bytesOf(message))),
    );
    if (onDrain === undefined) return;
    this.#native.setBufferedAmountLowThreshold(Math.floor(this.#owner.maxBufferedBytes / 2));
    this.#native.onBufferedAmountLow(() => this.#guarded(onDrain));
  }

  /** For the pipe: the native channel has closed. */
  ended(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#owner.onClosed(this);
  }

  #guarded(run: () => void): void {
    if (!this.#open) return;
    try {
      run();
    } catch (error) {
      this.#owner.onFault(error);
    }
  }
}

function bytesOf(message: Uint8Array | ArrayBuffer): Uint8Array {
  return message instanceof Uint8Array ? message : new Uint8Array(message);
}

/** An upper bound is enough: a UTF-16 unit is at most three bytes. */
function utf8Length(text: string): number {
  return text.length * 3;
}
