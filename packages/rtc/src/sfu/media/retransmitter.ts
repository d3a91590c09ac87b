/** Makes packets of one outgoing stream again: asked for by NACK, or to fill a probe. RFC 4585 §6.2.1, RFC 4588. */
import type { PacketTemplate } from "../../rtp/packet-template.ts";
import type { Outlet } from "./outlet.ts";
import type { Publication } from "./publication.ts";
import { SentHistory, type SentRecord } from "./sent-history.ts";
import type { MediaCounters } from "./types.ts";

/** A NACK that names more is answered so far; the rest is asked for again. */
const MAX_PER_REQUEST = 100;
/** The same packet is not sent again sooner, whatever the round trip; and it may be after this, even if that is said to be longer. */
const LEAST_GAP_MS = 15;
const MOST_GAP_MS = 200;
/** RFC 3550 §5.1: one byte counts the padding. */
const MAX_PADDING_BYTES = 255;

export type RetransmitterOptions = Readonly<{
  publication: Publication;
  media: PacketTemplate;
  /** Absent: packets are sent again as they were. */
  rtx?: PacketTemplate;
  /** Of the retransmission's own numbering, random. */
  firstRtxSequence: number;
  historySize: number;
  outlet: Outlet;
  counters: MediaCounters;
}>;

export class Retransmitter {
  readonly history: SentHistory;
  readonly #options: RetransmitterOptions;
  readonly #record: SentRecord = { layer: 0, sourceSequence: 0, timestamp: 0, sentAtMs: 0 };
  #rtxSequence: number;

  constructor(options: RetransmitterOptions) {
    this.#options = options;
    this.history = new SentHistory(options.historySize);
    this.#rtxSequence = options.firstRtxSequence;
  }

  /** Whether padding can be sent beside the media. */
  get canPad(): boolean {
    return this.#options.rtx !== undefined && this.history.newest >= 0;
  }

  /**
   * Sends packets again, each at most once per round trip.
   * @param sequences outgoing numbers
   * @param budgetBytes what may be spent
   * @returns bytes sent
   */
  answer(sequences: readonly number[], roundTripMs: number, budgetBytes: number, nowMs: number): number {
    const gapMs = Math.min(MOST_GAP_MS, Math.max(LEAST_GAP_MS, roundTripMs * 0.8));
    let spent = 0;
    for (let i = 0; i < sequences.length && i < MAX_PER_REQUEST && spent < budgetBytes; i++) {
      const bytes = this.#again(sequences[i] ?? 0, gapMs, nowMs);
      if (bytes > 0) this.#options.counters.packetsRetransmitted += 1;
      spent += bytes;
    }
    return spent;
  }

  /** Sends the newest packet again as padding, or an empty one when that is not kept any more. @returns bytes sent, 0 without a stream for it */
  pad(nowMs: number): number {
    const { rtx, outlet } = this.#options;
    if (rtx === undefined || !this.canPad) return 0;
    const bytes = this.#again(this.history.newest, 0, nowMs);
    if (bytes >= MAX_PADDING_BYTES) return bytes;
    const packet = rtx.padding(this.#rtxSequence, this.#record.timestamp, MAX_PADDING_BYTES);
    this.#rtxSequence = (this.#rtxSequence + 1) & 0xffff;
    outlet.rtp(packet, rtx, nowMs);
    return bytes + packet.length;
  }

  #again(sequence: number, gapMs: number, nowMs: number): number {
    const record = this.#record;
    if (!this.history.read(sequence, record) || nowMs - record.sentAtMs < gapMs) return 0;
    const packet = this.#remake(sequence, record);
    if (packet === undefined) return 0;
    this.history.touch(sequence, nowMs);
    const { outlet, media, rtx } = this.#options;
    if (rtx === undefined) {
      outlet.rtp(packet, media, nowMs);
      return packet.length;
    }
    const wrapped = rtx.retransmission(packet, media.headerBytes, this.#rtxSequence);
    this.#rtxSequence = (this.#rtxSequence + 1) & 0xffff;
    outlet.rtp(wrapped, rtx, nowMs);
    return wrapped.length;
  }

  #remake(sequence: number, { layer, sourceSequence, timestamp }: SentRecord): Uint8Array | undefined {
    const { media, publication } = this.#options;
    if (layer < 0) return media.padding(sequence, timestamp, 1);
    const source = publication.recall(layer, sourceSequence);
    if (source === undefined) return undefined;
    const packet = source.payload.packet(media.headerBytes);
    media.writeHeader(packet, source.view, publication.extensions, sequence, timestamp);
    this.history.restoreHead(sequence, packet, media.headerBytes);
    return packet;
  }
}
