/** The payload of a received packet, copied once for all who are sent it: each writes its own header in front of it. */
import type { RtpView } from "./packet.ts";

/** More than any PacketTemplate writes: 12 bytes, and all extensions in their longest form. */
const HEADER_ROOM = 96;
/** What we forward came through a path of 1,500 bytes; a longer payload gets memory of its own. */
const USUAL_PAYLOAD_BYTES = 2_048;

/** Memory that is used again with each `take`: what was got before is overwritten. */
export class SharedPayload {
  #bytes = new Uint8Array(HEADER_ROOM + USUAL_PAYLOAD_BYTES);
  #view: RtpView | undefined;
  #packet: Uint8Array = this.#bytes;
  #headerBytes = -1;

  /** This packet's payload is next. It is copied when it is first asked for: nobody may want it. */
  take(view: RtpView): void {
    this.#view = view;
    this.#headerBytes = -1;
  }

  /**
   * The payload behind room for a header, which the caller overwrites completely. Valid until the next `take`, and until the next call
   * as far as the header goes.
   * @param headerBytes `headerBytes` of a PacketTemplate
   */
  packet(headerBytes: number): Uint8Array {
    if (this.#headerBytes !== headerBytes) this.#packet = this.#cut(headerBytes);
    return this.#packet;
  }

  #cut(headerBytes: number): Uint8Array {
    const { bytes, payloadOffset, payloadEnd } = this.#view ?? NOTHING;
    const end = HEADER_ROOM + payloadEnd - payloadOffset;
    if (this.#headerBytes < 0) {
      if (end > this.#bytes.length) this.#bytes = new Uint8Array(end);
      this.#bytes.set(bytes.subarray(payloadOffset, payloadEnd), HEADER_ROOM);
    }
    this.#headerBytes = headerBytes;
    return this.#bytes.subarray(HEADER_ROOM - headerBytes, end);
  }
}

const NOTHING = { bytes: new Uint8Array(), payloadOffset: 0, payloadEnd: 0 } as const;
