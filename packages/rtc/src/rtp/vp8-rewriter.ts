/** Continuous picture ids, TL0PICIDX and KEYIDX over changing VP8 sources, with temporal layers left out. RFC 7741 §4.2. */
import { setU16 } from "./octets.ts";
import type { Vp8Descriptor } from "./vp8.ts";

/** Frames of which packets may come late and still find their picture id; a power of two. */
const HISTORY = 64;
const MASK = HISTORY - 1;
const NONE = -1;
const DROPPED = -2;
/** Beside an outgoing id: no packet of the frame was there yet, whether it is sent is open. */
const OPEN = 0x1_0000;
/** Temporal ids have two bits: this leaves nothing out. */
const ALL_LAYERS = 3;

/** Decides frame by frame what is sent, and writes the three numbers into outgoing packets. */
export class Vp8Rewriter {
  readonly #incoming = new Int32Array(HISTORY).fill(NONE);
  readonly #outgoing = new Int32Array(HISTORY).fill(NONE);
  #newest = NONE;
  #last = NONE;
  #tl0Shift = 0;
  #lastTl0 = NONE;
  #keyShift = 0;
  #lastKey = NONE;
  #wanted = ALL_LAYERS;
  #current = ALL_LAYERS;
  #pictureId = NONE;
  /** The frame that was decided on last, as it came: its other packets follow at once. */
  #decided = NONE;

  /** The highest temporal layer to send, 0 to 3. Down at once, up where the stream allows it. */
  set temporalLimit(layer: number) {
    this.#wanted = layer;
    this.#current = Math.min(this.#current, layer);
  }

  /** The highest temporal layer that is sent now. */
  get temporalLayer(): number {
    return this.#current;
  }

  /** Another source begins with this packet, the first of a key frame. */
  start(descriptor: Vp8Descriptor): void {
    this.#incoming.fill(NONE);
    this.#newest = NONE;
    this.#decided = NONE;
    this.#current = this.#wanted;
    this.#tl0Shift = this.#lastTl0 === NONE ? 0 : this.#lastTl0 + 1 - descriptor.tl0PicIdx;
    this.#keyShift = this.#lastKey === NONE ? 0 : this.#lastKey + 1 - descriptor.keyIdx;
  }

  /** Whether the packet's frame is sent. Call once for each packet, before `write` of the same packet. */
  accept(descriptor: Vp8Descriptor): boolean {
    if (descriptor.pictureId < 0) return this.#rises(descriptor);
    if (descriptor.pictureId === this.#decided) return this.#pictureId >= 0;
    const at = descriptor.pictureId & MASK;
    if (this.#incoming[at] !== descriptor.pictureId) this.#meet(descriptor);
    if (this.#incoming[at] !== descriptor.pictureId) return false;
    const outgoing = this.#outgoing[at] ?? DROPPED;
    if (outgoing >= OPEN) this.#outgoing[at] = this.#rises(descriptor) ? outgoing - OPEN : DROPPED;
    this.#pictureId = this.#outgoing[at] ?? DROPPED;
    this.#decided = descriptor.pictureId;
    return this.#pictureId >= 0;
  }

  /**
   * Writes the numbers of the packet that was accepted last into its outgoing copy.
   * @param shift what to add to offsets of the descriptor: where the payload starts in `packet` minus where it started in the parsed array
   */
  write(packet: Uint8Array, descriptor: Vp8Descriptor, shift: number): void {
    if (descriptor.pictureId >= 0) this.#writePictureId(packet, descriptor, shift);
    if (descriptor.tl0PicIdx >= 0) {
      const outgoing = (descriptor.tl0PicIdx + this.#tl0Shift) & 0xff;
      packet[descriptor.tl0PicIdxOffset + shift] = outgoing;
      if (this.#lastTl0 === NONE || delta(outgoing, this.#lastTl0, 8) > 0) this.#lastTl0 = outgoing;
    }
    if (descriptor.keyIdx >= 0) {
      const outgoing = (descriptor.keyIdx + this.#keyShift) & 0x1f;
      const at = descriptor.keyIdxOffset + shift;
      packet[at] = ((packet[at] ?? 0) & 0xe0) | outgoing;
      if (this.#lastKey === NONE || delta(outgoing, this.#lastKey, 5) > 0) this.#lastKey = outgoing;
    }
  }

  #writePictureId(packet: Uint8Array, descriptor: Vp8Descriptor, shift: number): void {
    const at = descriptor.pictureIdOffset + shift;
    if (descriptor.pictureIdBits === 15) setU16(packet, at, 0x8000 | this.#pictureId);
    else packet[at] = this.#pictureId & 0x7f;
  }

  /** Gives the frame an outgoing id, and those of lost frames before it: they may still come. */
  #meet(descriptor: Vp8Descriptor): void {
    const bits = descriptor.pictureIdBits;
    const first = this.#newest === NONE;
    const ahead = first ? 1 : delta(descriptor.pictureId, this.#newest, bits);
    if (ahead <= 0) return;
    const dropped = !this.#rises(descriptor);
    const last = this.#last === NONE ? descriptor.pictureId - 1 : this.#last;
    for (let i = Math.max(1, ahead - MASK); i <= ahead; i++) {
      const incoming = (descriptor.pictureId - ahead + i) & (2 ** bits - 1);
      this.#incoming[incoming & MASK] = incoming;
      this.#outgoing[incoming & MASK] = ((last + i) & 0x7fff) + OPEN;
    }
    if (dropped) this.#outgoing[descriptor.pictureId & MASK] = DROPPED;
    this.#newest = descriptor.pictureId;
    // A dropped frame takes no id: the ones after it close up.
    this.#last = (last + ahead - (dropped ? 1 : 0)) & 0x7fff;
  }

  /** Whether the layer of this frame is sent; goes up one layer where a frame does not need the ones that were left out. */
  #rises(descriptor: Vp8Descriptor): boolean {
    const layer = Math.max(0, descriptor.temporalId);
    if (descriptor.keyframe) this.#current = this.#wanted;
    if (layer === this.#current + 1 && layer <= this.#wanted && descriptor.layerSync) this.#current = layer;
    return layer <= this.#current;
  }
}

/** a − b on a circle of 2^bits. */
function delta(a: number, b: number, bits: number): number {
  const shift = 32 - bits;
  return ((a - b) << shift) >> shift;
}
