/** All that a sender of one track does: packets, their history, retransmission, reports. Sans-I/O: the caller owns time and socket. */
import { absSendTime, type NtpTime } from "./ntp.ts";
import { PacketTemplate, type TemplateOptions } from "./packet-template.ts";
import { serializeSenderReport } from "./rtcp-reports.ts";
import { sequenceDelta } from "./sequence.ts";

/** Packets that can be asked for again, a power of two. At 300 a second 1.7 s. */
const HISTORY = 512;
const MASK = HISTORY - 1;
/** Two requests for one packet within this time are one: the first answer is on its way. */
const MIN_RESEND_MS = 10;

export type TrackSenderOptions = TemplateOptions &
  Readonly<{
    /** What repairs it; without, lost packets are sent again as they were. */
    rtx?: Readonly<{ ssrc: number; payloadType: number }>;
    /** 0 to 32767, random. */
    firstSequence: number;
    /** 32 bits, random: what tick 0 of the track is in RTP. */
    firstTimestamp: number;
  }>;

/** One track to one peer. */
export class TrackSender {
  readonly #media: PacketTemplate;
  readonly #rtx: PacketTemplate | undefined;
  readonly #firstTimestamp: number;
  readonly #history = new Array<Uint8Array | undefined>(HISTORY).fill(undefined);
  readonly #sentAtMs = new Float64Array(HISTORY);
  #nextSequence: number;
  #nextRtxSequence: number;
  #packets = 0;
  #octets = 0;

  /** @throws {RangeError} a mid longer than 32 bytes */
  constructor(options: TrackSenderOptions) {
    this.#media = new PacketTemplate(options);
    this.#rtx = options.rtx && new PacketTemplate({ ...options, ...options.rtx });
    this.#firstTimestamp = options.firstTimestamp;
    this.#nextSequence = options.firstSequence & 0xffff;
    this.#nextRtxSequence = options.firstSequence & 0xffff;
  }

  /** Bytes in front of the payload of each packet. */
  get headerBytes(): number {
    return Math.max(this.#media.headerBytes, (this.#rtx?.headerBytes ?? 0) + 2);
  }

  /**
   * The packets of one frame.
   * @param payloads in order; the last one gets the marker when `marksEnd`
   * @param ticks time of the frame on the track's RTP clock, from 0, without wrapping
   * @param marksEnd video: yes; audio: only for the first packet after a silence (RFC 3551 §4.1)
   */
  send(payloads: readonly Uint8Array[], ticks: number, marksEnd: boolean, nowMs: number): Uint8Array[] {
    const timestamp = this.timestampOf(ticks);
    return payloads.map((payload, index) => {
      const sequence = this.#nextSequence;
      const packet = this.#media.build(payload, sequence, timestamp, marksEnd && index === payloads.length - 1);
      this.#media.stampAbsSendTime(packet, absSendTime(nowMs));
      this.#nextSequence = (sequence + 1) & 0xffff;
      this.#history[sequence & MASK] = packet;
      this.#sentAtMs[sequence & MASK] = nowMs;
      this.#count(packet);
      return packet;
    });
  }

  /**
   * The answers to a NACK: packets that are still known and were not sent just now.
   * @param maxPackets bounds what one request can make us send
   */
  resend(sequences: readonly number[], maxPackets: number, nowMs: number): Uint8Array[] {
    const packets: Uint8Array[] = [];
    for (const sequence of sequences) {
      const at = sequence & MASK;
      const lost = this.#history[at];
      const behind = sequenceDelta(this.#nextSequence, sequence);
      if (lost === undefined || behind < 1 || behind > HISTORY || packets.length >= maxPackets) continue;
      if (nowMs - (this.#sentAtMs[at] ?? 0) < MIN_RESEND_MS) continue;
      this.#sentAtMs[at] = nowMs;
      packets.push(this.#again(lost, nowMs));
    }
    return packets;
  }

  /** The RTP timestamp of a time on the track's clock; it may lie before 0. */
  timestampOf(ticks: number): number {
    return (this.#firstTimestamp + ticks) >>> 0;
  }

  /** A sender report. @param ticks what the track's clock shows at `ntp` */
  report(ntp: NtpTime, ticks: number): Uint8Array {
    return serializeSenderReport({
      ssrc: this.#media.ssrc,
      ntp,
      rtpTimestamp: this.timestampOf(ticks),
      packetCount: this.#packets % 2 ** 32,
      octetCount: this.#octets % 2 ** 32,
      reports: [],
    });
  }

  #again(lost: Uint8Array, nowMs: number): Uint8Array {
    if (this.#rtx === undefined) return lost;
    const packet = this.#rtx.retransmission(lost, this.#media.headerBytes, this.#nextRtxSequence);
    this.#rtx.stampAbsSendTime(packet, absSendTime(nowMs));
    this.#nextRtxSequence = (this.#nextRtxSequence + 1) & 0xffff;
    return packet;
  }

  /** RFC 3550 §6.4.1: octets are those of payloads. */
  #count(packet: Uint8Array): void {
    this.#packets += 1;
    this.#octets += packet.length - this.#media.headerBytes;
  }
}
