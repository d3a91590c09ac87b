/** The VP8 payload descriptor, read in place. RFC 7741 §4.2. */
import { u16At } from "./octets.ts";

/** A view of one descriptor, made to be used again: `parse` overwrites all fields, nothing is allocated. −1 stands for an absent field. */
export class Vp8Descriptor {
  /** First packet of a frame: start of partition 0. */
  startsFrame = false;
  /** First packet of a key frame. */
  keyframe = false;
  /** No other frame refers to this one. */
  nonReference = false;
  pictureId = -1;
  /** 7 or 15: where the picture id wraps. */
  pictureIdBits = 15;
  tl0PicIdx = -1;
  temporalId = -1;
  /** The frame refers to frames of temporal layer 0 only: a receiver may go up to this layer here. */
  layerSync = false;
  keyIdx = -1;
  /** Offsets of the fields in the parsed array, where they are present. */
  pictureIdOffset = 0;
  tl0PicIdxOffset = 0;
  keyIdxOffset = 0;
  /** Where VP8 data starts, after the descriptor. */
  dataOffset = 0;

  /** Whether a descriptor and at least one byte of VP8 data stand in `bytes` from `offset` to `end` (exclusive). */
  parse(bytes: Uint8Array, offset: number, end: number): boolean {
    const first = bytes[offset] ?? 0;
    this.pictureId = -1;
    this.pictureIdBits = 15;
    this.tl0PicIdx = -1;
    this.temporalId = -1;
    this.layerSync = false;
    this.keyIdx = -1;
    this.nonReference = (first & 0x20) !== 0;
    this.startsFrame = (first & 0x10) !== 0 && (first & 7) === 0;
    this.dataOffset = (first & 0x80) === 0 ? offset + 1 : this.#readExtended(bytes, offset + 1);
    if (this.dataOffset >= end) return false;
    // The first bit of the frame tag is 0 in key frames. RFC 6386 §9.1.
    this.keyframe = this.startsFrame && ((bytes[this.dataOffset] ?? 1) & 1) === 0;
    return true;
  }

  /** May read behind the end: `parse` then finds no data. */
  #readExtended(bytes: Uint8Array, offset: number): number {
    const flags = bytes[offset] ?? 0;
    let at = offset + 1;
    if ((flags & 0x80) !== 0) at = this.#readPictureId(bytes, at);
    if ((flags & 0x40) !== 0) {
      this.tl0PicIdx = bytes[at] ?? 0;
      this.tl0PicIdxOffset = at;
      at += 1;
    }
    if ((flags & 0x30) === 0) return at;
    const layers = bytes[at] ?? 0;
    if ((flags & 0x20) !== 0) {
      this.temporalId = layers >> 6;
      this.layerSync = (layers & 0x20) !== 0;
    }
    if ((flags & 0x10) !== 0) this.keyIdx = layers & 0x1f;
    this.keyIdxOffset = at;
    return at + 1;
  }

  #readPictureId(bytes: Uint8Array, at: number): number {
    const first = bytes[at] ?? 0;
    this.pictureIdOffset = at;
    this.pictureIdBits = first >= 0x80 ? 15 : 7;
    this.pictureId = first >= 0x80 ? u16At(bytes, at) & 0x7fff : first;
    return at + (first >= 0x80 ? 2 : 1);
  }
}
