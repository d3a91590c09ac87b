/** Where a video can be joined, told from one packet. RFC 6184 §5.2, RFC 7741 §4.2, RFC 9628 §4.2, AV1 RTP payload format §4.4. */
import { u16At } from "./octets.ts";
import type { RtpView } from "./packet.ts";
import { Vp8Descriptor } from "./vp8.ts";

/** Video codecs by their name in SDP. */
export type VideoCodec = "VP8" | "VP9" | "H264" | "AV1";

/**
 * What a packet is for who wants to begin to decode:
 * - `none`: cannot be begun with. Padding and broken payloads too.
 * - `slice`: H.264 only: an IDR picture starts here, but its parameter sets are not in this packet. Enough for a decoder that has them.
 * - `start`: everything that a decoder needs comes with this packet and the ones after it.
 */
export type KeyframeMark = "none" | "slice" | "start";

const NAL_IDR = 5;
const NAL_SPS = 7;
const STAP_A = 24;
const FU_A = 28;

/** Looks at one packet; allocates nothing. */
export class KeyframeDetector {
  readonly #codec: VideoCodec;
  readonly #vp8 = new Vp8Descriptor();

  constructor(codec: VideoCodec) {
    this.#codec = codec;
  }

  /** What `view` is for a decoder that begins. */
  mark(view: RtpView): KeyframeMark {
    const { bytes, payloadOffset, payloadEnd } = view;
    if (payloadEnd <= payloadOffset) return "none";
    switch (this.#codec) {
      case "VP8":
        return this.#vp8.parse(bytes, payloadOffset, payloadEnd) && this.#vp8.keyframe ? "start" : "none";
      case "VP9":
        return startsVp9Keyframe(bytes, payloadOffset, payloadEnd) ? "start" : "none";
      case "H264":
        return markH264(bytes, payloadOffset, payloadEnd);
      case "AV1":
        // N: first packet of a coded video sequence. The same packet never continues an OBU (Z).
        return ((bytes[payloadOffset] ?? 0) & 0x88) === 0x08 ? "start" : "none";
      default:
        return this.#codec satisfies never;
    }
  }
}

/** RFC 9628 §4.2: not predicted from another picture (P), begins a frame (B), and is of the lowest spatial layer. */
function startsVp9Keyframe(bytes: Uint8Array, offset: number, end: number): boolean {
  const flags = bytes[offset] ?? 0;
  if ((flags & 0x48) !== 0x08) return false;
  let at = offset + 1;
  if ((flags & 0x80) !== 0) at += (bytes[at] ?? 0) >= 0x80 ? 2 : 1;
  const hasLayers = (flags & 0x20) !== 0;
  if (at >= end) return false;
  return !hasLayers || ((bytes[at] ?? 0) & 0x0e) === 0;
}

function markH264(bytes: Uint8Array, offset: number, end: number): KeyframeMark {
  const type = (bytes[offset] ?? 0) & 0x1f;
  if (type === STAP_A) return markStapA(bytes, offset + 1, end);
  if (type !== FU_A) return markOfNal(type);
  const header = bytes[offset + 1] ?? 0;
  return end > offset + 2 && header >= 0x80 ? markOfNal(header & 0x1f) : "none";
}

function markStapA(bytes: Uint8Array, offset: number, end: number): KeyframeMark {
  let mark: KeyframeMark = "none";
  let at = offset;
  while (at + 2 < end) {
    const length = u16At(bytes, at);
    if (length === 0 || at + 2 + length > end) return mark;
    const found = markOfNal((bytes[at + 2] ?? 0) & 0x1f);
    if (found === "start") return "start";
    if (found === "slice") mark = "slice";
    at += 2 + length;
  }
  return mark;
}

function markOfNal(type: number): KeyframeMark {
  if (type === NAL_SPS) return "start";
  return type === NAL_IDR ? "slice" : "none";
}
