/** One RTP packet, read in place. RFC 3550 §5.1, RFC 8285 §4, RFC 5761 §4. */
import { u16At, u32At } from "./octets.ts";

/** The fixed part of an RTP header. */
export const RTP_HEADER_BYTES = 12;

const VERSION = 2;
const ONE_BYTE_PROFILE = 0xbede;
const TWO_BYTE_PROFILE = 0x1000;
/** Browsers send up to eight; what comes after these is not looked at. */
const MAX_ELEMENTS = 16;

/** Whether a packet of a multiplexed transport is RTCP: packet types 192 to 223. RFC 5761 §4. */
export function isRtcp(bytes: Uint8Array): boolean {
  const type = bytes[1] ?? 0;
  return bytes.length >= 4 && (bytes[0] ?? 0) >> 6 === VERSION && type >= 192 && type <= 223;
}

/**
 * A view of one packet, made to be used again for each packet: `parse` overwrites all fields, nothing is copied or allocated.
 * The fields may be changed by who unwraps a payload (see rtx.ts); `bytes` is never written.
 */
export class RtpView {
  bytes: Uint8Array = new Uint8Array();
  marker = false;
  payloadType = 0;
  sequence = 0;
  timestamp = 0;
  ssrc = 0;
  csrcCount = 0;
  /** Where the payload starts in `bytes`. */
  payloadOffset = 0;
  /** Where it ends, exclusive: padding comes after it. */
  payloadEnd = 0;
  /** Including the byte that counts them; 0 without padding. */
  paddingBytes = 0;
  #elements = 0;
  readonly #ids = new Uint8Array(MAX_ELEMENTS);
  readonly #lengths = new Uint8Array(MAX_ELEMENTS);
  readonly #offsets = new Uint16Array(MAX_ELEMENTS);

  /** Whether `bytes` is an RTP packet; false leaves the fields without meaning. Broken header extensions are as if absent. */
  parse(bytes: Uint8Array): boolean {
    const first = bytes[0] ?? 0;
    if (bytes.length < RTP_HEADER_BYTES || bytes.length > 0xffff || first >> 6 !== VERSION || isRtcp(bytes))
      return false;
    const second = bytes[1] ?? 0;
    this.bytes = bytes;
    this.marker = second >= 0x80;
    this.payloadType = second & 0x7f;
    this.sequence = u16At(bytes, 2);
    this.timestamp = u32At(bytes, 4);
    this.ssrc = u32At(bytes, 8);
    this.csrcCount = first & 15;
    this.#elements = 0;
    this.payloadOffset = RTP_HEADER_BYTES + 4 * this.csrcCount;
    if ((first & 0x10) !== 0) this.#readExtension(bytes);
    return this.payloadOffset <= bytes.length && this.#readPadding(bytes, (first & 0x20) !== 0);
  }

  /** Becomes a view of the same packet as another one, with whatever was unwrapped there. */
  copy(other: RtpView): void {
    this.bytes = other.bytes;
    this.marker = other.marker;
    this.payloadType = other.payloadType;
    this.sequence = other.sequence;
    this.timestamp = other.timestamp;
    this.ssrc = other.ssrc;
    this.csrcCount = other.csrcCount;
    this.payloadOffset = other.payloadOffset;
    this.payloadEnd = other.payloadEnd;
    this.paddingBytes = other.paddingBytes;
    this.#elements = other.#elements;
    this.#ids.set(other.#ids);
    this.#lengths.set(other.#lengths);
    this.#offsets.set(other.#offsets);
  }

  /** 0 for a packet that only pads. */
  get payloadBytes(): number {
    return this.payloadEnd - this.payloadOffset;
  }

  /** The payload, as a view. Allocates: not for the path of each packet. */
  payload(): Uint8Array {
    return this.bytes.subarray(this.payloadOffset, this.payloadEnd);
  }

  /** Contributing source `index`, 0 to `csrcCount` − 1. */
  csrc(index: number): number {
    return u32At(this.bytes, RTP_HEADER_BYTES + 4 * index);
  }

  /** Where the data of header extension element `id` starts in `bytes`; −1 when there is none. */
  extensionOffset(id: number): number {
    const index = this.#indexOf(id);
    return index < 0 ? -1 : (this.#offsets[index] ?? -1);
  }

  /** Bytes of data of header extension element `id`, 0 to 255; −1 when there is none. */
  extensionLength(id: number): number {
    const index = this.#indexOf(id);
    return index < 0 ? -1 : (this.#lengths[index] ?? -1);
  }

  #indexOf(id: number): number {
    // 0 stands for "not agreed" in ExtensionIds, and is padding on the wire.
    if (id === 0) return -1;
    for (let i = 0; i < this.#elements; i++) if (this.#ids[i] === id) return i;
    return -1;
  }

  #readExtension(bytes: Uint8Array): void {
    const start = this.payloadOffset + 4;
    const profile = u16At(bytes, this.payloadOffset);
    this.payloadOffset = start + 4 * u16At(bytes, start - 2);
    // A cut extension is seen by `parse`: the payload would start after the end.
    if (this.payloadOffset > bytes.length) return;
    if (profile === ONE_BYTE_PROFILE) this.#readOneByte(bytes, start, this.payloadOffset);
    else if ((profile & 0xfff0) === TWO_BYTE_PROFILE) this.#readTwoByte(bytes, start, this.payloadOffset);
  }

  /** RFC 8285 §4.2: id 0 is padding, 15 ends the reading. */
  #readOneByte(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end) {
      const head = bytes[at] ?? 0;
      at += 1;
      if (head === 0) continue;
      const id = head >> 4;
      const length = (head & 15) + 1;
      if (id === 15 || at + length > end) return;
      if (id !== 0) this.#add(id, at, length);
      at += length;
    }
  }

  /** RFC 8285 §4.3: id 0 is padding, a length of 0 is allowed. */
  #readTwoByte(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end) {
      const id = bytes[at] ?? 0;
      at += 1;
      if (id === 0) continue;
      const length = bytes[at] ?? 0;
      at += 1;
      if (at + length > end) return;
      this.#add(id, at, length);
      at += length;
    }
  }

  #add(id: number, offset: number, length: number): void {
    const index = this.#elements;
    if (index === MAX_ELEMENTS) return;
    this.#ids[index] = id;
    this.#offsets[index] = offset;
    this.#lengths[index] = length;
    this.#elements = index + 1;
  }

  #readPadding(bytes: Uint8Array, padded: boolean): boolean {
    this.paddingBytes = padded ? (bytes[bytes.length - 1] ?? 0) : 0;
    this.payloadEnd = bytes.length - this.paddingBytes;
    return this.payloadEnd >= this.payloadOffset && (!padded || this.paddingBytes > 0);
  }
}
