/** What a sender that switches between sources does to each packet: numbers, timestamps and VP8's numbers go on as those of one source. */
import type { RtpView } from "./packet.ts";
import { timestampDelta } from "./sequence.ts";
import { SequenceRewriter } from "./sequence-rewriter.ts";
import type { Vp8Descriptor } from "./vp8.ts";
import { Vp8Rewriter } from "./vp8-rewriter.ts";

/** A projected timestamp further than this from what the clock says is of a broken sender report. */
const MAX_PROJECTION_ERROR_SEC = 1;

/**
 * What to do with a packet: `send` it with `sequence` and `timestamp`; `skip` it (dropped, a duplicate, or too old);
 * `fill`: it is not sent, but its number was kept free, so send padding with `sequence` and `timestamp`.
 */
export type RewriteVerdict = "send" | "skip" | "fill";

export type RewriterOptions = Readonly<{
  clockRateHz: number;
  /** 0 to 32767, random: RFC 3550 §5.1, RFC 3711 §3.3.1. */
  firstSequence: number;
  /** 32 bits, random. */
  firstTimestamp: number;
  /** Packets that may come late, a power of two; default 512. */
  history?: number;
}>;

/** State of one outgoing stream. `sequence` and `timestamp` are those of the last `rewrite`. */
export class StreamRewriter {
  sequence = 0;
  timestamp = 0;
  readonly #sequences: SequenceRewriter;
  readonly #vp8 = new Vp8Rewriter();
  readonly #clockRateHz: number;
  readonly #firstTimestamp: number;
  #shift = 0;
  #lastTimestamp: number | undefined;
  #lastAtMs = 0;
  #started = false;

  constructor({ clockRateHz, firstSequence, firstTimestamp, history }: RewriterOptions) {
    this.#sequences = new SequenceRewriter(firstSequence, history);
    this.#clockRateHz = clockRateHz;
    this.#firstTimestamp = firstTimestamp;
  }

  /** Whether a source was ever begun with. */
  get started(): boolean {
    return this.#started;
  }

  /** The highest outgoing sequence number given so far. */
  get lastSequence(): number {
    return this.#sequences.last;
  }

  /** The latest outgoing timestamp; undefined before the first packet. */
  get lastTimestamp(): number | undefined {
    return this.#lastTimestamp;
  }

  /** VP8: the highest temporal layer to send, 0 to 3 (all). */
  set temporalLimit(layer: number) {
    this.#vp8.temporalLimit = layer;
  }

  /** VP8: the highest temporal layer that is sent now. */
  get temporalLayer(): number {
    return this.#vp8.temporalLayer;
  }

  /**
   * From this packet on (not yet rewritten: call `rewrite` next) another source is sent, or the same one again after a pause.
   * @param vp8 descriptor of the packet, of a key frame; undefined for other codecs
   * @param projected the outgoing timestamp it should have: `mapTimestamp` of where its moment is on the clock of the source before
   *   (projectTimestamp in ntp.ts). Left out, or absurd: as much later than the last packet as time went by.
   */
  switchTo(view: RtpView, vp8: Vp8Descriptor | undefined, nowMs: number, projected?: number): void {
    this.#sequences.start(view.sequence);
    if (vp8 !== undefined) this.#vp8.start(vp8);
    this.#shift = (this.#continuedTimestamp(nowMs, projected) - view.timestamp) | 0;
    this.#started = true;
  }

  /** Finds `sequence` and `timestamp` of a packet of the present source. `vp8` is its descriptor; undefined for other codecs. */
  rewrite(view: RtpView, vp8: Vp8Descriptor | undefined, nowMs: number): RewriteVerdict {
    if (!this.#started) this.switchTo(view, vp8, nowMs);
    if (view.payloadEnd <= view.payloadOffset) return this.#drop(view);
    if (vp8 !== undefined && !this.#vp8.accept(vp8)) return this.#drop(view);
    const sequence = this.#sequences.map(view.sequence);
    if (sequence < 0) return "skip";
    this.sequence = sequence;
    this.timestamp = this.mapTimestamp(view.timestamp);
    if (this.#lastTimestamp === undefined || timestampDelta(this.timestamp, this.#lastTimestamp) > 0) {
      this.#lastTimestamp = this.timestamp;
      this.#lastAtMs = nowMs;
    }
    return "send";
  }

  /** Writes VP8's numbers of the packet rewritten last into its outgoing copy, whose payload starts at `headerBytes`. */
  writeVp8(packet: Uint8Array, headerBytes: number, view: RtpView, vp8: Vp8Descriptor): void {
    this.#vp8.write(packet, vp8, headerBytes - view.payloadOffset);
  }

  /** The outgoing timestamp of an incoming one of the present source: for sender reports too. */
  mapTimestamp(timestamp: number): number {
    return (timestamp + this.#shift) >>> 0;
  }

  /** A sequence number for a packet of our own: padding that probes. Only between frames, with `lastTimestamp`. */
  insert(): number {
    return this.#sequences.insert();
  }

  #drop(view: RtpView): RewriteVerdict {
    const free = this.#sequences.drop(view.sequence);
    if (free < 0) return "skip";
    this.sequence = free;
    this.timestamp = this.#lastTimestamp ?? this.mapTimestamp(view.timestamp);
    return "fill";
  }

  #continuedTimestamp(nowMs: number, projected: number | undefined): number {
    const last = this.#lastTimestamp;
    if (last === undefined) return this.#firstTimestamp;
    const elapsed = Math.max(1, Math.round(((nowMs - this.#lastAtMs) * this.#clockRateHz) / 1000));
    if (projected === undefined) return last + elapsed;
    const ahead = timestampDelta(projected, last);
    const plausible = Math.abs(ahead - elapsed) <= MAX_PROJECTION_ERROR_SEC * this.#clockRateHz;
    // Layers show the same moment: the first frame of the new one may be as old as the last one sent.
    return plausible ? last + Math.max(1, ahead) : last + elapsed;
  }
}
