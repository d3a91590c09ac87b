/** The data channels of one pipe: few, and each wired to handlers or closed again. */
import type { DataChannel } from "node-datachannel";
import { PipeChannel } from "./channel.ts";
import type { ChannelHandlers, PipeOptions } from "./options.ts";

const MAX_CHANNELS = 8;
const MAX_BUFFERED_BYTES = 1024 * 1024;

/** `onChannel` may throw; whatever handlers throw comes to `onFault`. */
export type ChannelsOwner = Readonly<{
  onChannel: (channel: PipeChannel) => ChannelHandlers | undefined;
  onFault: (error: unknown) => void;
}>;

export class PipeChannels {
  readonly #maxChannels: number;
  readonly #maxBufferedBytes: number;
  readonly #owner: ChannelsOwner;
  /** Asked for or announced, and not open yet. */
  readonly #opening = new Set<DataChannel>();
  readonly #open = new Map<DataChannel, Readonly<{ channel: PipeChannel; handlers: ChannelHandlers }>>();
  #dropped = 0;
  #isClosed = false;

  constructor(options: Pick<PipeOptions, "maxChannels" | "maxBufferedBytes">, owner: ChannelsOwner) {
    this.#maxChannels = options.maxChannels ?? MAX_CHANNELS;
    this.#maxBufferedBytes = options.maxBufferedBytes ?? MAX_BUFFERED_BYTES;
    this.#owner = owner;
  }

  /** Messages that did not fit. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes over a channel that we asked for or the peer announced. */
  add(native: DataChannel): void {
    // Without this callback the library never lets go of the channel, nor node of the process.
    native.onClosed(() => {
      this.#opening.delete(native);
      this.#open.get(native)?.channel.ended();
    });
    if (this.#isClosed || this.#opening.size + this.#open.size >= this.#maxChannels) {
      native.close();
      return;
    }
    this.#opening.add(native);
    native.onOpen(() => this.#opened(native));
    // It may have opened while the event that brought it was on its way.
    if (native.isOpen()) this.#opened(native);
  }

  /** The connection ends, and with it those that are open. `release` must follow. */
  end(): void {
    this.#isClosed = true;
    for (const { channel } of this.#open.values()) channel.ended();
  }

  /** Lets go of those that never opened: the library does not tell that they are closed. */
  release(): void {
    for (const native of this.#opening) native.close();
    this.#opening.clear();
  }

  #opened(native: DataChannel): void {
    if (this.#isClosed || !this.#opening.delete(native)) return;
    const { onChannel, onFault } = this.#owner;
    try {
      const channel = new PipeChannel(native, {
        maxBufferedBytes: this.#maxBufferedBytes,
        onDropped: () => (this.#dropped += 1),
        onFault,
        onClosed: () => this.#closed(native),
      });
      const handlers = onChannel(channel);
      if (handlers === undefined) return channel.close();
      this.#open.set(native, { channel, handlers });
      channel.bind(handlers);
    } catch (error) {
      onFault(error);
    }
  }

  #closed(native: DataChannel): void {
    const entry = this.#open.get(native);
    this.#open.delete(native);
    try {
      entry?.handlers.onClose?.();
    } catch (error) {
      this.#owner.onFault(error);
    }
  }
}
