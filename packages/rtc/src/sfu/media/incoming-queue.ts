/** Packets of one publication that wait to go out together: what arrives in one go is sent to one subscriber after the other. */
import type { RtpView } from "../../rtp/packet.ts";
import { Incoming } from "./incoming.ts";
import type { CodecName } from "./types.ts";

/** Then they go out, whoever else waits. Keeps 2 KB for each, once it was needed. */
const MAX_PACKETS = 16;

export class IncomingQueue {
  readonly #codec: CodecName;
  readonly #places: Incoming[] = [];
  #length = 0;

  constructor(codec: CodecName) {
    this.#codec = codec;
  }

  get length(): number {
    return this.#length;
  }

  /** Whether the next packet has to wait until these are gone. */
  get full(): boolean {
    return this.#length === MAX_PACKETS;
  }

  /** Looks at a packet in the place that `add` would give it; overwritten by the next one otherwise. Not while full. */
  look(view: RtpView, layer: number): Incoming {
    const incoming = this.#places[this.#length] ?? this.#grow();
    incoming.take(view, layer);
    return incoming;
  }

  /** Keeps what was looked at last. */
  add(): void {
    this.#length += 1;
  }

  /** @param index 0 for the oldest */
  at(index: number): Incoming | undefined {
    return this.#places[index];
  }

  clear(): void {
    this.#length = 0;
  }

  #grow(): Incoming {
    const incoming = new Incoming(this.#codec);
    this.#places.push(incoming);
    return incoming;
  }
}
