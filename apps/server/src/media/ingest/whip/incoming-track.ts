/** One track of a WHIP publisher: its packets, its clock, what is to be asked for. Sans-I/O. */
import { OPUS_CLOCK_HZ, opusDuration } from "@rostrum/rtc/rtp/opus";
import { VIDEO_CLOCK_HZ } from "@rostrum/rtc/rtp/h264-samples";
import type { RtpView } from "@rostrum/rtc/rtp/packet";
import type { FrameEvent } from "@rostrum/rtc/rtp/frame-buffer";
import { splitRed } from "@rostrum/rtc/rtp/red";
import type { SenderReport, ReportBlock } from "@rostrum/rtc/rtp/rtcp-reports";
import type { SharedClock, TrackClock } from "@rostrum/rtc/rtp/shared-clock";
import { TrackReceiver } from "@rostrum/rtc/rtp/track-receiver";
import { isCodec, RED } from "@rostrum/rtc/sdp/codecs";
import type { Codec } from "@rostrum/rtc/sdp/model";
import type { AgreedMedia } from "@rostrum/rtc/sdp/wants";
import { mainCodec } from "./wants.ts";

/** A frame or hole. `timeMs` is the frame's place on the clock that all tracks of the publisher share. */
export type TimedFrame =
  | (Extract<FrameEvent, { type: "frame" }> & Readonly<{ timeMs: number }>)
  | Extract<FrameEvent, { type: "hole" }>;

export type IncomingTrackOptions = Readonly<{
  media: AgreedMedia;
  clock: SharedClock;
  /** Ours, in what we send. */
  senderSsrc: number;
  /** Parameter sets came with the description. */
  sliceIsEnough: boolean;
}>;

/** A track may change its source (SSRC) when the old one has been silent for so long. */
const SOURCE_CHANGE_MS = 500;
/** Copies that are kept: of 20 ms each, more than half a second. */
const MAX_COPIES = 32;
/** RTP time and ours this far apart: the sender's RTP clock began anew. */
const CLOCK_JUMP_MS = 5_000;
/** Who sends a file instead of a microphone sends packets when they begin: that is off by no more than this. */
const MAX_SPAN_MS = 20;

/** Packets are told to tracks by their payload type: of a bundle those are distinct (RFC 8843 §9.2). */
export class IncomingTrack {
  readonly kind: "audio" | "video";
  readonly #options: IncomingTrackOptions;
  readonly #codec: Codec | undefined;
  /** Payload type of sound with copies (RFC 2198); undefined when it was not agreed. */
  readonly #redType: number | undefined;
  readonly #clockRateHz: number;
  /** The last ones, in a ring. */
  readonly #copies: Array<Readonly<{ timestamp: number; payload: Uint8Array }>> = [];
  #nextCopy = 0;
  #ssrc: number | undefined;
  #receiver: TrackReceiver | undefined;
  #clock: TrackClock;
  #heardAtMs = -Infinity;
  #placed: Readonly<{ ticks: number; atMs: number }> | undefined;

  constructor(options: IncomingTrackOptions) {
    this.kind = options.media.kind;
    this.#options = options;
    this.#codec = mainCodec(options.media);
    this.#redType = options.media.codecs.find((codec) => isCodec(codec, RED.name))?.payloadType;
    this.#clockRateHz = this.kind === "audio" ? OPUS_CLOCK_HZ : VIDEO_CLOCK_HZ;
    this.#clock = options.clock.addTrack(this.#clockRateHz);
  }

  /** Of the source that sends now; undefined before its first packet. */
  get ssrc(): number | undefined {
    return this.#ssrc;
  }

  /** Undefined until an answer to a NACK was measured. */
  get roundTripMs(): number | undefined {
    return this.#receiver?.measuredRoundTripMs;
  }

  /** Takes a packet of the track or of its repair; false: it is neither. The packet is kept. */
  receive(view: RtpView, nowMs: number): boolean {
    const codec = this.#codec;
    if (codec === undefined) return false;
    if (view.payloadType === this.#redType) this.#unwrapRed(view, codec.payloadType);
    if (view.payloadType === codec.rtxPayloadType) {
      // Which source repairs which is not always announced; here there is only one to be repaired.
      if (this.#ssrc !== undefined) view.ssrc = rtxSsrc(this.#ssrc);
    } else if (view.payloadType !== codec.payloadType) return false;
    else this.#hear(view.ssrc, codec, nowMs);
    this.#receiver?.receive(view, nowMs);
    return true;
  }

  /** The next frame or hole; undefined when there is none yet. Call until then after each packet, and each 20 ms or so. */
  pop(nowMs: number): TimedFrame | undefined {
    const event = this.#receiver?.pop(nowMs);
    return event?.type === "frame" ? { ...event, timeMs: this.#place(event) } : event;
  }

  /** What a later packet repeated of the frame at `ticks`, if it did lately. */
  copyOf(ticks: number): Uint8Array | undefined {
    const copy = this.#copies.find(({ timestamp }) => timestamp === ticks % 2 ** 32);
    return copy === undefined || copy.payload.length === 0 ? undefined : copy.payload;
  }

  /** A sender report of whatever source. */
  senderReport({ ssrc, ntp, rtpTimestamp }: SenderReport, nowMs: number): void {
    if (ssrc !== this.#ssrc) return;
    this.#receiver?.senderReport(ntp, rtpTimestamp, nowMs);
    this.#clock.report({ ntp, rtpTimestamp }, nowMs);
  }

  /** What is to be asked for now, as RTCP packets. */
  takeFeedback(nowMs: number): readonly Uint8Array[] {
    return this.#receiver?.takeFeedback(nowMs) ?? [];
  }

  /** The block for the next receiver report; undefined before the first packet. */
  takeReport(nowMs: number): ReportBlock | undefined {
    return this.#receiver?.takeReport(nowMs);
  }

  /** Leaves the newest block in the view, and keeps the copies for when what they repeat is missing. */
  #unwrapRed(view: RtpView, payloadType: number): void {
    const blocks = splitRed(view.payload());
    const newest = blocks?.at(-1);
    if (blocks === undefined || newest?.payloadType !== payloadType) return;
    for (const { offsetTicks, payload } of blocks) {
      if (offsetTicks === 0) continue;
      this.#copies[this.#nextCopy] = { timestamp: (view.timestamp - offsetTicks) >>> 0, payload };
      this.#nextCopy = (this.#nextCopy + 1) % MAX_COPIES;
    }
    view.payloadType = payloadType;
    view.payloadOffset = view.payloadEnd - newest.payload.length;
  }

  #hear(ssrc: number, codec: Codec, nowMs: number): void {
    if (ssrc !== this.#ssrc) {
      // One packet of another source would end the track otherwise.
      if (this.#ssrc !== undefined && nowMs - this.#heardAtMs < SOURCE_CHANGE_MS) return;
      this.#begin(ssrc, codec);
    }
    this.#heardAtMs = nowMs;
  }

  #begin(ssrc: number, codec: Codec): void {
    const { senderSsrc, sliceIsEnough } = this.#options;
    const { payloadType, rtxPayloadType, feedback } = codec;
    this.#ssrc = ssrc;
    this.#receiver = new TrackReceiver({
      ...{ ssrc, payloadType, senderSsrc, sliceIsEnough },
      ...(rtxPayloadType === undefined ? {} : { rtx: { ssrc: rtxSsrc(ssrc), payloadType: rtxPayloadType } }),
      codec: this.kind === "audio" ? "opus" : "H264",
      clockRateHz: this.#clockRateHz,
      nack: feedback.includes("nack"),
    });
    this.#renewClock();
  }

  #renewClock(): void {
    this.#clock = this.#options.clock.addTrack(this.#clockRateHz);
    this.#placed = undefined;
  }

  #place({ ticks, completeAtMs: atMs, payloads }: Extract<FrameEvent, { type: "frame" }>): number {
    const before = this.#placed;
    if (before !== undefined) {
      const stepMs = ((ticks - before.ticks) * 1000) / this.#clockRateHz;
      if (Math.abs(stepMs - (atMs - before.atMs)) > CLOCK_JUMP_MS) this.#renewClock();
    }
    this.#placed = { ticks, atMs };
    return this.#clock.place(ticks, atMs, this.#spanMs(payloads));
  }

  /** Of a picture it is one moment, of sound what is in the packet. */
  #spanMs([payload]: readonly Uint8Array[]): number {
    if (this.kind === "video" || payload === undefined) return 0;
    const durationTicks = opusDuration(payload) ?? 0;
    return Math.min(MAX_SPAN_MS, (durationTicks * 1000) / OPUS_CLOCK_HZ);
  }
}

/** The name under which a track's receiver knows the repair of `ssrc`: any that is not `ssrc` itself. */
function rtxSsrc(ssrc: number): number {
  return (ssrc ^ 1) >>> 0;
}
