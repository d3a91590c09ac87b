/** A browser that publishes, for tests: layers with keyframes on request, retransmissions, reports. */
import { NO_EXTENSIONS, type ExtensionIds } from "../../../rtp/extensions.ts";
import { layOutExtensions, type PlannedExtension } from "../../../rtp/extension-layout.ts";
import { ntpFromUnixMs } from "../../../rtp/ntp.ts";
import { setU16, setU32 } from "../../../rtp/octets.ts";
import { serializeBye, serializeSenderReport } from "../../../rtp/rtcp-reports.ts";
import { parseRtcp } from "../../../rtp/rtcp.ts";
import type { CodecName, LayerInfo, ReceiveSection } from "../types.ts";
import { framePayloads } from "./frames.ts";
import type { Simulation } from "./simulation.ts";

export const PUBLISHER_IDS: ExtensionIds = {
  ...NO_EXTENSIONS,
  mid: 4,
  rid: 10,
  repairedRid: 11,
  audioLevel: 1,
  transportSequence: 3,
};

const TEXT_ENCODER = new TextEncoder();
const KEY_FACTOR = 6;
const KEPT = 600;
/** Then mid and rid count as acknowledged: a browser does not send them any more, whatever happens to the layer. */
const NAMED_PACKETS = 100;

export type SimLayer = Readonly<{ rid: string; info: LayerInfo; bps: number }>;

/** q, h and f as livekit-client publishes a camera of 720p. */
export const CAMERA: readonly SimLayer[] = [
  { rid: "q", bps: 150_000, info: { rid: "q", quality: 0, width: 320, height: 180, bitrateBps: 150_000 } },
  { rid: "h", bps: 450_000, info: { rid: "h", quality: 1, width: 640, height: 360, bitrateBps: 450_000 } },
  { rid: "f", bps: 1_500_000, info: { rid: "f", quality: 2, width: 1280, height: 720, bitrateBps: 1_500_000 } },
];

export const MICROPHONE: readonly SimLayer[] = [
  { rid: "", bps: 32_000, info: { rid: "", quality: 2, width: 0, height: 0, bitrateBps: 0 } },
];

type Encoder = {
  readonly rid: string;
  readonly ssrc: number;
  readonly rtxSsrc: number;
  readonly bps: number;
  readonly firstTimestamp: number;
  active: boolean;
  keyDue: boolean;
  frame: number;
  sequence: number;
  rtxSequence: number;
  packets: number;
  readonly sent: Map<number, Uint8Array>;
};

export type PublisherOptions = Readonly<{
  simulation: Simulation;
  send: (packet: Uint8Array) => void;
  codec: CodecName;
  mid: string;
  layers: readonly SimLayer[];
  firstSsrc: number;
  fps?: number;
}>;

/** Video with layers, or sound when the codec is opus (one layer, 50 packets a second). */
export class PublisherPeer {
  readonly section: ReceiveSection;
  keyframes = 0;
  plis = 0;
  readonly #options: PublisherOptions;
  readonly #encoders: Encoder[];
  #transportSequence = 0;
  #running = true;

  constructor(options: PublisherOptions) {
    this.#options = options;
    const isAudio = options.codec === "opus";
    this.section = {
      mid: options.mid,
      payloadType: isAudio ? 111 : 96,
      ...(isAudio ? {} : { rtxPayloadType: 97 }),
      clockRate: isAudio ? 48_000 : 90_000,
      nack: true,
      congestion: "transport-cc",
      extensions: PUBLISHER_IDS,
    };
    this.#encoders = options.layers.map(({ rid, bps }, index) => ({
      rid,
      bps,
      ssrc: options.firstSsrc + 2 * index,
      rtxSsrc: options.firstSsrc + 2 * index + 1,
      firstTimestamp: (0xffff_0000 + index * 777_777) >>> 0,
      active: true,
      keyDue: true,
      frame: index * 1_000,
      sequence: 65_500 - index * 100,
      rtxSequence: 0,
      packets: 0,
      sent: new Map(),
    }));
  }

  /** Begins to send, until `stop`. */
  start(): void {
    const { simulation, codec, fps = codec === "opus" ? 50 : 30 } = this.#options;
    simulation.every(1_000 / fps, () => {
      for (const [index, encoder] of this.#encoders.entries()) if (encoder.active) this.#encode(encoder, index, fps);
      return this.#running;
    });
    simulation.every(1_000, () => {
      for (const encoder of this.#encoders) if (encoder.active) this.#report(encoder);
      return this.#running;
    });
  }

  stop(): void {
    this.#running = false;
  }

  /** What SubscribedQualityUpdate, or the encoder's own bandwidth, switches. */
  setActive(rid: string, active: boolean): void {
    for (const encoder of this.#encoders) {
      if (encoder.rid !== rid || encoder.active === active) continue;
      encoder.active = active;
      encoder.keyDue = true;
      if (!active) this.#options.send(serializeBye([encoder.ssrc]));
    }
  }

  isActive(rid: string): boolean {
    return this.#encoders.some((encoder) => encoder.rid === rid && encoder.active);
  }

  /** RTCP from the other side. */
  receive(packet: Uint8Array): void {
    for (const one of parseRtcp(packet) ?? []) {
      if (one.type === "pli") {
        this.plis += 1;
        for (const encoder of this.#encoders) if (encoder.ssrc === one.mediaSsrc) encoder.keyDue = true;
      } else if (one.type === "nack") this.#resend(one.mediaSsrc, one.sequences);
    }
  }

  #encode(encoder: Encoder, layer: number, fps: number): void {
    const { codec } = this.#options;
    const key = codec !== "opus" && encoder.keyDue;
    if (key) this.keyframes += 1;
    encoder.keyDue = false;
    const bytes = (encoder.bps / 8 / fps) * (key ? KEY_FACTOR : 1);
    const payloads = framePayloads(codec, layer, encoder.frame, key, bytes);
    encoder.frame += 1;
    for (const [index, payload] of payloads.entries()) {
      const packet = this.#packet(encoder, payload, index === payloads.length - 1);
      encoder.sent.set(encoder.sequence, packet);
      encoder.sent.delete((encoder.sequence - KEPT) & 0xffff);
      encoder.sequence = (encoder.sequence + 1) & 0xffff;
      encoder.packets += 1;
      this.#emit(packet);
    }
  }

  #packet({ rid, ssrc, sequence, packets }: Encoder, payload: Uint8Array, marker: boolean): Uint8Array {
    const name = packets < NAMED_PACKETS ? ({ extension: "rid", rid } as const) : undefined;
    return this.#write(ssrc, this.section.payloadType, sequence, payload, marker, name);
  }

  #write(
    ssrc: number,
    payloadType: number,
    sequence: number,
    payload: Uint8Array,
    marker: boolean,
    name: Readonly<{ extension: "rid" | "repairedRid"; rid: string }> | undefined,
  ): Uint8Array {
    const { mid, codec } = this.#options;
    const planned: PlannedExtension[] = [
      { name: "transportSequence", id: PUBLISHER_IDS.transportSequence, data: new Uint8Array(2) },
    ];
    if (name !== undefined) planned.push({ name: "mid", id: PUBLISHER_IDS.mid, data: TEXT_ENCODER.encode(mid) });
    if (name !== undefined && name.rid !== "") {
      const { extension, rid } = name;
      planned.push({ name: extension, id: PUBLISHER_IDS[extension], data: TEXT_ENCODER.encode(rid) });
    }
    if (codec === "opus") planned.push({ name: "audioLevel", id: PUBLISHER_IDS.audioLevel, data: Uint8Array.of(20) });
    const { bytes } = layOutExtensions(planned);
    const packet = new Uint8Array(12 + bytes.length + payload.length);
    packet[0] = 0x90;
    packet[1] = payloadType | (marker ? 0x80 : 0);
    setU16(packet, 2, sequence);
    setU32(packet, 4, this.#timestamp(ssrc));
    setU32(packet, 8, ssrc);
    packet.set(bytes, 12);
    packet.set(payload, 12 + bytes.length);
    return packet;
  }

  #timestamp(ssrc: number): number {
    const encoder = this.#encoders.find((one) => one.ssrc === ssrc || one.rtxSsrc === ssrc);
    const ticks = Math.round((this.#options.simulation.nowMs * this.section.clockRate) / 1_000);
    return ((encoder?.firstTimestamp ?? 0) + ticks) >>> 0;
  }

  /** The transport-wide number is the second element of the fixed layout: 4 bytes of header, one of id and length. */
  #emit(packet: Uint8Array): void {
    const stamped = packet.slice();
    setU16(stamped, 17, this.#transportSequence);
    this.#transportSequence = (this.#transportSequence + 1) & 0xffff;
    this.#options.send(stamped);
  }

  #resend(ssrc: number, sequences: readonly number[]): void {
    const encoder = this.#encoders.find((one) => one.ssrc === ssrc);
    if (encoder === undefined) return;
    for (const sequence of sequences) {
      const original = encoder.sent.get(sequence);
      if (original === undefined) continue;
      this.#emit(this.section.rtxPayloadType === undefined ? original : this.#wrap(encoder, original, sequence));
    }
  }

  /** RFC 4588 §4. */
  #wrap(encoder: Encoder, original: Uint8Array, sequence: number): Uint8Array {
    const extensionWords = ((original[14] ?? 0) << 8) | (original[15] ?? 0);
    const payload = original.subarray(16 + 4 * extensionWords);
    const wrapped = new Uint8Array(2 + payload.length);
    setU16(wrapped, 0, sequence);
    wrapped.set(payload, 2);
    const marker = ((original[1] ?? 0) & 0x80) !== 0;
    const { rid, rtxSsrc } = encoder;
    const payloadType = this.section.rtxPayloadType ?? 0;
    const name = { extension: "repairedRid", rid } as const;
    const packet = this.#write(rtxSsrc, payloadType, encoder.rtxSequence, wrapped, marker, name);
    packet.set(original.subarray(4, 8), 4);
    encoder.rtxSequence = (encoder.rtxSequence + 1) & 0xffff;
    return packet;
  }

  #report(encoder: Encoder): void {
    const { nowMs } = this.#options.simulation;
    this.#options.send(
      serializeSenderReport({
        ssrc: encoder.ssrc,
        ntp: ntpFromUnixMs(1_760_000_000_000 + nowMs),
        rtpTimestamp: this.#timestamp(encoder.ssrc),
        packetCount: encoder.packets,
        octetCount: 0,
        reports: [],
      }),
    );
  }
}
