/** All that a receiver of one track does: order, loss, what to ask for, frames. Sans-I/O: the caller owns time and socket. */
import { FrameBuffer, type FrameEvent } from "./frame-buffer.ts";
import { KeyframeDetector, type VideoCodec } from "./keyframe.ts";
import { AUDIO_NACK_LIMITS, NackList, VIDEO_NACK_LIMITS } from "./nack-list.ts";
import type { NtpTime, SenderClock } from "./ntp.ts";
import type { RtpView } from "./packet.ts";
import { ReceiveStats } from "./receive-stats.ts";
import { serializeNack, serializePli } from "./rtcp-feedback.ts";
import type { ReportBlock } from "./rtcp-reports.ts";
import { unwrapRtx } from "./rtx.ts";

/** A missing packet is waited for through some round trips: with three tries, 5 % loss leaves one hole in 8,000 packets. */
const HOLD_ROUND_TRIPS = 4;
const HOLD_EXTRA_MS = 100;
const MIN_HOLD_MS = 150;
const MAX_HOLD_MS = 600;
/** Without NACK only the network's reordering is waited for. */
const REORDER_HOLD_MS = 60;
/** An encoder takes its time for a key frame; asking faster only makes more of them. */
const PLI_INTERVAL_MS = 500;

export type TrackReceiverOptions = Readonly<{
  /** Of the track; `rtx` of what repairs it. */
  ssrc: number;
  payloadType: number;
  rtx?: Readonly<{ ssrc: number; payloadType: number }>;
  codec: VideoCodec | "opus";
  clockRateHz: number;
  /** Whether the peer answers NACK. */
  nack: boolean;
  /** Ours, in what we send. */
  senderSsrc: number;
  /** H.264 with parameter sets out of band. */
  sliceIsEnough?: boolean;
}>;

/** One track of a peer. */
export class TrackReceiver {
  readonly #options: TrackReceiverOptions;
  readonly #stats: ReceiveStats;
  readonly #nacks: NackList | undefined;
  readonly #frames: FrameBuffer;
  readonly #detector: KeyframeDetector | undefined;
  #clock: SenderClock | undefined;
  #pliAtMs = -Infinity;

  constructor(options: TrackReceiverOptions) {
    const { codec, clockRateHz, nack, sliceIsEnough = false } = options;
    const kind = codec === "opus" ? "audio" : "video";
    this.#options = options;
    this.#stats = new ReceiveStats(clockRateHz);
    this.#nacks = nack ? new NackList(kind === "audio" ? AUDIO_NACK_LIMITS : VIDEO_NACK_LIMITS) : undefined;
    this.#frames = new FrameBuffer({ kind, sliceIsEnough });
    this.#detector = codec === "opus" ? undefined : new KeyframeDetector(codec);
  }

  /** One moment on the sender's clocks, from its last report: tracks of one sender are laid over each other with it (ntp.ts). */
  get clock(): SenderClock | undefined {
    return this.#clock;
  }

  /** Smoothed time that an answer takes, in ms; a guess until the first one came. */
  get roundTripMs(): number {
    return this.#nacks?.answerMs ?? 0;
  }

  /** `roundTripMs` once an answer was measured. */
  get measuredRoundTripMs(): number | undefined {
    return this.#nacks?.isMeasured === true ? this.#nacks.answerMs : undefined;
  }

  /** Takes a packet of the track or of its repair; others are ignored. The packet is kept: its memory must not be used again. */
  receive(view: RtpView, nowMs: number): void {
    const { ssrc, payloadType, rtx } = this.#options;
    if (view.ssrc === rtx?.ssrc && view.payloadType === rtx.payloadType) {
      if (unwrapRtx(view, ssrc, payloadType) && this.#nacks?.received(view.sequence, nowMs) === true) {
        this.#push(view, nowMs);
      }
    } else if (view.ssrc === ssrc && view.payloadType === payloadType) this.#receiveMedia(view, nowMs);
  }

  /** The next frame or hole; undefined when there is none yet. Call until then after each packet, and each 20 ms or so. */
  pop(nowMs: number): FrameEvent | undefined {
    return this.#frames.pop(nowMs, this.#holdMs());
  }

  /** A sender report of the track came. */
  senderReport(ntp: NtpTime, rtpTimestamp: number, nowMs: number): void {
    this.#clock = { ntp, rtpTimestamp };
    this.#stats.senderReport(ntp, nowMs);
  }

  /** What is to be asked for now, as RTCP packets: lost packets, a key frame. Call each 20 ms or so. */
  takeFeedback(nowMs: number): Uint8Array[] {
    const { senderSsrc, ssrc } = this.#options;
    const packets: Uint8Array[] = [];
    const missing = this.#nacks?.takeDue(nowMs, this.roundTripMs) ?? [];
    if (missing.length > 0) packets.push(serializeNack(senderSsrc, ssrc, missing));
    if (this.#frames.needsKeyframe && this.#stats.received > 0 && nowMs - this.#pliAtMs >= PLI_INTERVAL_MS) {
      this.#pliAtMs = nowMs;
      packets.push(serializePli(senderSsrc, ssrc));
    }
    return packets;
  }

  /** The block for the next receiver report, of the time since the last one. */
  takeReport(nowMs: number): ReportBlock {
    return this.#stats.takeReport(this.#options.ssrc, nowMs);
  }

  #receiveMedia(view: RtpView, nowMs: number): void {
    const arrival = this.#stats.update(view.sequence, view.timestamp, nowMs);
    if (arrival === "stray") return;
    if (arrival === "restarted") {
      this.#frames.reset();
      this.#nacks?.reset();
      this.#clock = undefined;
    }
    this.#nacks?.received(view.sequence, nowMs);
    this.#push(view, nowMs);
  }

  #push(view: RtpView, nowMs: number): void {
    this.#frames.push(view, this.#detector?.mark(view) ?? "start", nowMs);
  }

  #holdMs(): number {
    if (this.#nacks === undefined) return REORDER_HOLD_MS;
    const wanted = HOLD_ROUND_TRIPS * this.#nacks.answerMs + HOLD_EXTRA_MS;
    return Math.min(MAX_HOLD_MS, Math.max(MIN_HOLD_MS, wanted));
  }
}
