/** Writes the packets of one outgoing source: header and extensions are laid out once, each packet is one buffer. RFC 3550 §5.1, RFC 8285. */
import { type ExtensionIds, NO_EXTENSIONS, playoutDelayBits } from "./extensions.ts";
import { type ExtensionLayout, layOutExtensions, type PlannedExtension } from "./extension-layout.ts";
import { setU16, setU24, setU32, u16At, u32At } from "./octets.ts";
import { RTP_HEADER_BYTES, type RtpView } from "./packet.ts";

const MARKER = 0x80;
const PADDING = 0x20;
/** RFC 3550 §5.1: one byte counts the padding. */
const MAX_PADDING_BYTES = 255;
/** Original sequence number. RFC 4588 §4. */
const OSN_BYTES = 2;
const TEXT_ENCODER = new TextEncoder();

/** Makes the memory of a packet; its content is overwritten completely. Node's `Buffer.allocUnsafe` takes a third of the time that a new Uint8Array takes. */
export type Allocate = (byteLength: number) => Uint8Array;

/** What all packets of a source have in common. Extensions with id 0 are not sent. */
export type TemplateOptions = Readonly<{
  ssrc: number;
  payloadType: number;
  /** Of the connection the packets go to. Only mid, absSendTime, transportSequence, playoutDelay, audioLevel and videoOrientation are written. */
  ids?: ExtensionIds;
  /** Up to 32 bytes; needed for the mid extension. */
  mid?: string;
  /** What the receiver's jitter buffer may do; sent with each packet. */
  playoutDelay?: Readonly<{ minMs: number; maxMs: number }>;
  /** Default: a new Uint8Array. */
  allocate?: Allocate;
}>;

/** The way to make packets of one ssrc, without state: numbers come from the caller. */
export class PacketTemplate {
  readonly ssrc: number;
  readonly payloadType: number;
  /** Where the payload starts in every packet of this template. */
  readonly headerBytes: number;
  /** Where these values stand in every packet of this template; −1 when they are not sent. */
  readonly absSendTimeOffset: number;
  readonly transportSequenceOffset: number;
  readonly #audioLevelOffset: number;
  readonly #orientationOffset: number;
  readonly #header: Uint8Array;
  readonly #allocate: Allocate;

  /** @throws {RangeError} a mid longer than 32 bytes */
  constructor(options: TemplateOptions) {
    const layout = layOutExtensions(planExtensions(options));
    this.ssrc = options.ssrc >>> 0;
    this.payloadType = options.payloadType & 0x7f;
    this.headerBytes = RTP_HEADER_BYTES + layout.bytes.length;
    this.absSendTimeOffset = offsetOf(layout, "absSendTime");
    this.transportSequenceOffset = offsetOf(layout, "transportSequence");
    this.#audioLevelOffset = offsetOf(layout, "audioLevel");
    this.#orientationOffset = offsetOf(layout, "videoOrientation");
    this.#header = headerOf(this.ssrc, this.payloadType, layout.bytes);
    this.#allocate = options.allocate ?? newArray;
  }

  /** A packet around a payload of ours. `sequence` and `timestamp` are taken mod 2^16 and 2^32. */
  build(payload: Uint8Array, sequence: number, timestamp: number, marker: boolean): Uint8Array {
    const packet = this.#allocate(this.headerBytes + payload.length);
    this.#begin(packet, sequence, timestamp, marker);
    packet.set(payload, this.headerBytes);
    return packet;
  }

  /**
   * A packet with the payload and marker of a received one: padding, CSRCs and the other extensions stay behind.
   * @param source where audio level and orientation are, as the connection it came from agreed
   */
  forward(view: RtpView, source: ExtensionIds, sequence: number, timestamp: number): Uint8Array {
    const { bytes, payloadOffset, payloadEnd } = view;
    const packet = this.#allocate(this.headerBytes + payloadEnd - payloadOffset);
    packet.set(bytes.subarray(payloadOffset, payloadEnd), this.headerBytes);
    this.writeHeader(packet, view, source, sequence, timestamp);
    return packet;
  }

  /** What `forward` writes in front of the payload, where the payload is in its place already (see SharedPayload). */
  writeHeader(packet: Uint8Array, view: RtpView, source: ExtensionIds, sequence: number, timestamp: number): void {
    this.#begin(packet, sequence, timestamp, view.marker);
    if (this.#audioLevelOffset > 0) copyByte(view, source.audioLevel, packet, this.#audioLevelOffset, 127);
    if (this.#orientationOffset > 0) copyByte(view, source.videoOrientation, packet, this.#orientationOffset, 0);
  }

  /** A packet that only pads: for probing, and to fill a number that will not be sent otherwise. @param paddingBytes 1 to 255 */
  padding(sequence: number, timestamp: number, paddingBytes: number): Uint8Array {
    const bytes = Math.min(MAX_PADDING_BYTES, Math.max(1, paddingBytes));
    const packet = this.#allocate(this.headerBytes + bytes);
    this.#begin(packet, sequence, timestamp, false);
    packet.fill(0, this.headerBytes);
    packet[0] = (packet[0] ?? 0) | PADDING;
    packet[packet.length - 1] = bytes;
    return packet;
  }

  /**
   * A packet that was sent before, as retransmission of this template's ssrc and payload type. RFC 4588 §4.
   * @param original made by the template of the media ssrc
   * @param originalHeaderBytes `headerBytes` of that template
   * @param sequence of the retransmission's own numbering
   */
  retransmission(original: Uint8Array, originalHeaderBytes: number, sequence: number): Uint8Array {
    const payloadBytes = original.length - originalHeaderBytes;
    const marker = ((original[1] ?? 0) & MARKER) !== 0;
    const packet = this.#allocate(this.headerBytes + OSN_BYTES + payloadBytes);
    this.#begin(packet, sequence, u32At(original, 4), marker);
    packet[0] = (packet[0] ?? 0) | ((original[0] ?? 0) & PADDING);
    setU16(packet, this.headerBytes, u16At(original, 2));
    packet.set(original.subarray(originalHeaderBytes), this.headerBytes + OSN_BYTES);
    return packet;
  }

  /** Writes the transport-wide sequence number, mod 2^16, where this template sends it. */
  stampTransportSequence(packet: Uint8Array, sequence: number): void {
    if (this.transportSequenceOffset > 0) setU16(packet, this.transportSequenceOffset, sequence);
  }

  /** Writes the 24 bits of abs-send-time (ntp.ts) where this template sends them. */
  stampAbsSendTime(packet: Uint8Array, absSendTime: number): void {
    if (this.absSendTimeOffset > 0) setU24(packet, this.absSendTimeOffset, absSendTime);
  }

  #begin(packet: Uint8Array, sequence: number, timestamp: number, marker: boolean): void {
    const header = this.#header;
    // Not `set`: for so few bytes the call costs more than the copy.
    for (let i = 0; i < header.length; i++) packet[i] = header[i] ?? 0;
    if (marker) packet[1] = this.payloadType | MARKER;
    setU16(packet, 2, sequence);
    setU32(packet, 4, timestamp);
  }
}

function planExtensions({ ids = NO_EXTENSIONS, mid, playoutDelay }: TemplateOptions): PlannedExtension[] {
  const planned: PlannedExtension[] = [];
  if (ids.absSendTime > 0) planned.push({ name: "absSendTime", id: ids.absSendTime, data: new Uint8Array(3) });
  if (ids.transportSequence > 0) {
    planned.push({ name: "transportSequence", id: ids.transportSequence, data: new Uint8Array(2) });
  }
  if (ids.audioLevel > 0) planned.push({ name: "audioLevel", id: ids.audioLevel, data: Uint8Array.of(127) });
  if (ids.videoOrientation > 0) {
    planned.push({ name: "videoOrientation", id: ids.videoOrientation, data: new Uint8Array(1) });
  }
  if (ids.mid > 0 && mid !== undefined) planned.push({ name: "mid", id: ids.mid, data: TEXT_ENCODER.encode(mid) });
  if (ids.playoutDelay > 0 && playoutDelay !== undefined) {
    const data = new Uint8Array(3);
    setU24(data, 0, playoutDelayBits(playoutDelay.minMs, playoutDelay.maxMs));
    planned.push({ name: "playoutDelay", id: ids.playoutDelay, data });
  }
  return planned;
}

function headerOf(ssrc: number, payloadType: number, extensions: Uint8Array): Uint8Array {
  const header = new Uint8Array(RTP_HEADER_BYTES + extensions.length);
  header[0] = extensions.length > 0 ? 0x90 : 0x80;
  header[1] = payloadType;
  setU32(header, 8, ssrc);
  header.set(extensions, RTP_HEADER_BYTES);
  return header;
}

function offsetOf(layout: ExtensionLayout, name: PlannedExtension["name"]): number {
  const offset = layout.offsets[name];
  return offset === undefined ? -1 : RTP_HEADER_BYTES + offset;
}

function copyByte(view: RtpView, id: number, packet: Uint8Array, at: number, absent: number): void {
  const offset = view.extensionOffset(id);
  packet[at] = offset < 0 ? absent : (view.bytes[offset] ?? absent);
}

function newArray(byteLength: number): Uint8Array {
  return new Uint8Array(byteLength);
}
