/** Writes the packets of one outgoing stream: continuous numbers over changing layers, reports in them, packets sent again. Sans-I/O. */
import { ntpMiddle } from "../../rtp/ntp.ts";
import { type Allocate, PacketTemplate } from "../../rtp/packet-template.ts";
import { serializeSenderReport } from "../../rtp/rtcp-reports.ts";
import { StreamRewriter } from "../../rtp/stream-rewriter.ts";
import type { Incoming } from "./incoming.ts";
import type { Outlet } from "./outlet.ts";
import type { Publication } from "./publication.ts";
import type { ReceiverView } from "./receiver-view.ts";
import { Retransmitter } from "./retransmitter.ts";
import { templateOptions } from "./send-template.ts";
import type { MediaCounters, SendSection } from "./types.ts";

const VIDEO_HISTORY = 512;
const AUDIO_HISTORY = 64;
/** In the history in place of a layer: padding. */
const PADDING = -1;
/** Three frames of silence: the decoder fades out instead of guessing on. RFC 6716 §3.1: CELT fullband 20 ms, no data. */
const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);
const SILENT_FRAMES = 3;
const OPUS_FRAME_TICKS = 960;

export type PacketWriterOptions = Readonly<{
  publication: Publication;
  section: SendSection;
  receiver: ReceiverView;
  outlet: Outlet;
  counters: MediaCounters;
  /** For packets that are sent again. */
  scratch: Allocate;
  /** 0 (inclusive) to 1. */
  random: () => number;
}>;

export class PacketWriter {
  readonly #options: PacketWriterOptions;
  readonly #media: PacketTemplate;
  readonly #rewriter: StreamRewriter;
  readonly #retransmitter: Retransmitter | undefined;
  /** The layer that the present timestamps come from, -1 before the first packet; stays over pauses. */
  #clockLayer = -1;
  #packets = 0;
  #octets = 0;

  /** @throws {RangeError} a mid longer than 32 bytes */
  constructor(options: PacketWriterOptions) {
    const { publication, section, random } = options;
    this.#options = options;
    this.#media = new PacketTemplate(templateOptions(section, section.ssrc, section.payloadType));
    const history = publication.kind === "video" ? VIDEO_HISTORY : AUDIO_HISTORY;
    this.#rewriter = new StreamRewriter({
      clockRateHz: publication.clockRateHz,
      firstSequence: Math.floor(random() * 0x8000),
      firstTimestamp: Math.floor(random() * 0x1_0000_0000),
      history,
    });
    if (section.nack) this.#retransmitter = openRetransmitter(options, this.#media, history);
  }

  /** VP8: the highest temporal layer to send, 0 to 3 (all). */
  set temporalLimit(layer: number) {
    this.#rewriter.temporalLimit = layer;
  }

  /** Whether padding can be sent beside the media. */
  get canPad(): boolean {
    return this.#retransmitter?.canPad ?? false;
  }

  /** From this packet on (write it next) its layer is sent. */
  switchTo({ layer, view, vp8 }: Incoming, nowMs: number): void {
    const projected =
      this.#clockLayer < 0 ? undefined : this.#options.publication.project(view.timestamp, layer, this.#clockLayer);
    const timestamp = projected === undefined ? undefined : this.#rewriter.mapTimestamp(projected);
    this.#rewriter.switchTo(view, vp8, nowMs, timestamp);
    this.#clockLayer = layer;
    this.report(nowMs);
  }

  /** Sends a packet of the present layer, unless it is a duplicate, too old, or left out. */
  write(incoming: Incoming, nowMs: number): void {
    const { view, vp8 } = incoming;
    const rewriter = this.#rewriter;
    const verdict = rewriter.rewrite(view, vp8, nowMs);
    if (verdict === "skip") return;
    const { sequence, timestamp } = rewriter;
    const history = this.#retransmitter?.history;
    if (verdict === "fill") {
      history?.add(sequence, PADDING, 0, timestamp, nowMs);
      this.#emit(this.#media.padding(sequence, timestamp, 1), nowMs);
      return;
    }
    const { headerBytes } = this.#media;
    const packet = incoming.payload.packet(headerBytes);
    this.#media.writeHeader(packet, view, this.#options.publication.extensions, sequence, timestamp);
    history?.add(sequence, incoming.layer, view.sequence, timestamp, nowMs);
    if (vp8 !== undefined) {
      rewriter.writeVp8(packet, headerBytes, view, vp8);
      history?.keepHead(sequence, packet, headerBytes, vp8.dataOffset - view.payloadOffset);
    }
    this.#emit(packet, nowMs);
  }

  /** Sends the publisher's last report in our numbers: subscribers align audio and video by it. RFC 3550 §6.4.1. */
  report(nowMs: number): void {
    const { publication, section, receiver, outlet } = this.#options;
    const clock = publication.layers[this.#clockLayer]?.clock;
    if (clock === undefined) return;
    receiver.reported(ntpMiddle(clock.ntp), nowMs);
    outlet.rtcp(
      serializeSenderReport({
        ssrc: section.ssrc,
        ntp: clock.ntp,
        rtpTimestamp: this.#rewriter.mapTimestamp(clock.rtpTimestamp),
        packetCount: this.#packets,
        octetCount: this.#octets,
        reports: [],
      }),
    );
  }

  /** Lets an Opus decoder fade out; for when a track falls silent in the middle of a sound. */
  writeSilence(nowMs: number): void {
    const last = this.#rewriter.lastTimestamp;
    if (last === undefined) return;
    for (let frame = 1; frame <= SILENT_FRAMES; frame++) {
      const timestamp = last + frame * OPUS_FRAME_TICKS;
      this.#emit(this.#media.build(SILENCE, this.#rewriter.insert(), timestamp, false), nowMs);
    }
  }

  /** @returns bytes sent again, at most about `budgetBytes` */
  answerNack(sequences: readonly number[], budgetBytes: number, nowMs: number): number {
    const { roundTripMs } = this.#options.receiver;
    return this.#retransmitter?.answer(sequences, roundTripMs, budgetBytes, nowMs) ?? 0;
  }

  /** @returns bytes of padding sent */
  pad(nowMs: number): number {
    return this.#retransmitter?.pad(nowMs) ?? 0;
  }

  /** The kept packets of a layer are gone, and its numbers may now name others. */
  forgetSent(): void {
    this.#retransmitter?.history.clear();
  }

  #emit(packet: Uint8Array, nowMs: number): void {
    this.#packets += 1;
    this.#octets += packet.length - this.#media.headerBytes;
    this.#options.outlet.rtp(packet, this.#media, nowMs);
  }
}

function openRetransmitter(options: PacketWriterOptions, media: PacketTemplate, historySize: number): Retransmitter {
  const { publication, section, outlet, counters, scratch, random } = options;
  const { rtxPayloadType, rtxSsrc } = section;
  const base = { publication, media, firstRtxSequence: Math.floor(random() * 0x8000), historySize, outlet, counters };
  if (rtxPayloadType === undefined || rtxSsrc === undefined) return new Retransmitter(base);
  const rtx = new PacketTemplate(templateOptions(section, rtxSsrc, rtxPayloadType, scratch));
  return new Retransmitter({ ...base, rtx });
}
