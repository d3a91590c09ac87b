/** The media of one WHIP publisher: RTP and RTCP in, tracks and samples out, and the feedback that keeps the picture whole. Sans-I/O. */
import type { AudioTrack, Sample, VideoTrack } from "@rostrum/media/sample";
import { type ExtensionIds, extensionIds, readTransportSequence } from "@rostrum/rtc/rtp/extensions";
import { H264Samples, type ParameterSets } from "@rostrum/rtc/rtp/h264-samples";
import { mapOpus, OPUS_CLOCK_HZ, opusTrack } from "@rostrum/rtc/rtp/opus";
import { isRtcp, RtpView } from "@rostrum/rtc/rtp/packet";
import { joinRtcp, parseRtcp } from "@rostrum/rtc/rtp/rtcp";
import { serializePli, serializeRemb } from "@rostrum/rtc/rtp/rtcp-feedback";
import { type ReportBlock, serializeReceiverReport, serializeSourceDescription } from "@rostrum/rtc/rtp/rtcp-reports";
import { SharedClock } from "@rostrum/rtc/rtp/shared-clock";
import { TransportArrivals } from "@rostrum/rtc/rtp/transport-arrivals";
import type { Agreement } from "@rostrum/rtc/sdp/wants";
import type { SourceEvent } from "../source-event.ts";
import { IncomingTrack, type TimedFrame } from "./incoming-track.ts";

export type WhipMediaOptions = Readonly<{
  agreement: Agreement;
  /** Of the picture, as far as the offer gave them. */
  parameterSets: ParameterSets;
  /** Our SSRC: a source that sends no media. */
  senderSsrc: number;
  /** A key frame this old makes us ask for the next one: WebRTC encoders send none by themselves, and segments begin with them. */
  keyframeIntervalMs: number;
  onEvent: (event: SourceEvent) => void;
  /** RTCP, one datagram. */
  send: (packet: Uint8Array) => void;
}>;

/** How often TWCC feedback goes out; browsers send theirs each 50 to 250 ms. */
const TRANSPORT_FEEDBACK_MS = 50;
const REPORT_MS = 1_000;
/** Between two requests for a scheduled key frame: an encoder that does not listen is not flooded. */
const ASK_AGAIN_MS = 1_000;
/** Sound that was lost, 200 ms at most: what is longer is a pause. */
const MAX_FILLED_TICKS = OPUS_CLOCK_HZ / 5;
/** Of the first byte of an Opus packet all but the number of frames, which is 1 then. RFC 6716 §3.1. */
const ONE_FRAME = 0xfc;
/** Told to senders without TWCC, which estimate nothing by themselves but react to the loss that we report. */
const REMB_BPS = 8_000_000;

/** Give it each packet, and a tick each 20 ms or so. Broken packets are left out. */
export class WhipMedia {
  readonly #options: WhipMediaOptions;
  readonly #tracks: readonly IncomingTrack[];
  readonly #ids: ExtensionIds;
  readonly #wantsRemb: boolean;
  readonly #emptyReport: Uint8Array;
  readonly #view = new RtpView();
  readonly #arrivals = new TransportArrivals();
  readonly #h264: H264Samples;
  readonly #audio: AudioTrack | undefined;
  readonly #hasVideo: boolean;
  #video: VideoTrack | undefined;
  /** Where the newest sound ends, and how its packet was coded. */
  #before: Readonly<{ endTicks: number; toc: number }> | undefined;
  /** Packets of sound that did not come, before the one that comes next. */
  #lostSounds = 0;
  /** A picture came that cannot be decoded: those that follow cannot either. */
  #awaitsKeyframe = false;
  #keyframeAtMs: number | undefined;
  #askedAtMs = -Infinity;
  #transportFeedbackAtMs = -Infinity;
  #reportAtMs = -Infinity;
  #packets = 0;

  constructor(options: WhipMediaOptions) {
    const { parameterSets, senderSsrc } = options;
    const { media } = options.agreement;
    const clock = new SharedClock();
    const sliceIsEnough = parameterSets.sps.length > 0 && parameterSets.pps.length > 0;
    this.#options = options;
    this.#tracks = media.map((each) => new IncomingTrack({ media: each, clock, senderSsrc, sliceIsEnough }));
    this.#ids = extensionIds(media.flatMap(({ extensions }) => extensions));
    const feedback = media.flatMap(({ codecs }) => codecs.flatMap((codec) => codec.feedback));
    this.#wantsRemb = feedback.includes("goog-remb") && !feedback.includes("transport-cc");
    this.#emptyReport = serializeReceiverReport(senderSsrc, []);
    this.#h264 = new H264Samples(parameterSets);
    this.#hasVideo = media.some(({ kind }) => kind === "video");
    // A decoder of two channels plays one on both; the sender may change between them at any time.
    this.#audio = media.some(({ kind }) => kind === "audio") ? opusTrack(2) : undefined;
  }

  /** RTP packets that belonged to a track. */
  get packets(): number {
    return this.#packets;
  }

  /** Says what was announced. Once, before the first packet. */
  begin(): void {
    this.#announce();
  }

  /** Takes a decrypted packet, whose memory must not be used again. @param nowMs on a steady clock */
  receive(packet: Uint8Array, nowMs: number): void {
    if (isRtcp(packet)) return this.#control(packet, nowMs);
    const view = this.#view;
    if (!view.parse(packet)) return;
    const sequence = readTransportSequence(view, this.#ids.transportSequence);
    if (sequence >= 0) this.#arrivals.received(sequence, nowMs);
    for (const track of this.#tracks) {
      if (!track.receive(view, nowMs)) continue;
      this.#packets += 1;
      this.#drain(track, nowMs);
      return;
    }
  }

  /** What time brings: frames that were waited for, and feedback. */
  tick(nowMs: number): void {
    const feedback: Uint8Array[] = [];
    for (const track of this.#tracks) {
      this.#drain(track, nowMs);
      feedback.push(...track.takeFeedback(nowMs));
    }
    this.#askForKeyframe(feedback, nowMs);
    this.#transportFeedback(feedback, nowMs);
    if (nowMs - this.#reportAtMs >= REPORT_MS) this.#report(feedback, nowMs);
    // RFC 3550 §6.1: a compound packet begins with a report; without reduced size some refuse it otherwise.
    else if (feedback.length > 0) this.#options.send(joinRtcp([this.#emptyReport, ...feedback]));
  }

  #control(packet: Uint8Array, nowMs: number): void {
    for (const each of parseRtcp(packet, false) ?? []) {
      if (each.type !== "senderReport") continue;
      for (const track of this.#tracks) track.senderReport(each, nowMs);
    }
  }

  #drain(track: IncomingTrack, nowMs: number): void {
    for (let frame = track.pop(nowMs); frame !== undefined; frame = track.pop(nowMs)) {
      if (frame.type === "hole") this.#lost(track.kind, frame.packets);
      else if (track.kind === "audio") this.#sound(frame, track);
      else this.#picture(frame, nowMs);
    }
  }

  /** Of lost sound the next packet may bring a copy. */
  #lost(kind: "audio" | "video", packets: number): void {
    if (kind === "audio") this.#lostSounds += packets;
    else this.#drop(packets, "video packets were lost");
  }

  #sound(frame: Extract<TimedFrame, { type: "frame" }>, track: IncomingTrack): void {
    const [payload] = frame.payloads;
    const sample = payload && mapOpus(payload, frame.ticks);
    if (sample === undefined) return this.#drop(1, "a packet is no Opus");
    this.#fillGap(frame, track);
    if (this.#lostSounds > 0) this.#drop(this.#lostSounds, "audio packets were lost");
    this.#lostSounds = 0;
    this.#push(sample, frame.timeMs);
    this.#before = { endTicks: frame.ticks + sample.duration, toc: payload?.[0] ?? 0 };
  }

  /** What was lost before this frame: from the copies that came with it, else frames without content, which decoders conceal. */
  #fillGap({ ticks, timeMs }: Extract<TimedFrame, { type: "frame" }>, track: IncomingTrack): void {
    if (this.#before === undefined) return;
    const { toc } = this.#before;
    let at = this.#before.endTicks;
    if (at > ticks || ticks - at > MAX_FILLED_TICKS) return;
    while (at < ticks) {
      const copy = track.copyOf(at);
      const sample = mapOpus(copy ?? Uint8Array.of(toc & ONE_FRAME), at);
      if (sample === undefined || at + sample.duration > ticks) return;
      if (copy !== undefined) this.#lostSounds = Math.max(0, this.#lostSounds - 1);
      this.#push(sample, timeMs - ((ticks - at) * 1000) / OPUS_CLOCK_HZ);
      at += sample.duration;
    }
  }

  #picture(frame: Extract<TimedFrame, { type: "frame" }>, nowMs: number): void {
    const { track, sample, dropped } = this.#h264.map(frame.payloads, frame.ticks);
    if (dropped !== undefined) {
      this.#awaitsKeyframe = true;
      return this.#drop(1, dropped);
    }
    if (track !== undefined) {
      this.#video = track;
      this.#announce();
    }
    if (sample === undefined) return;
    if (sample.keyframe) {
      this.#awaitsKeyframe = false;
      this.#keyframeAtMs = nowMs;
    } else if (this.#awaitsKeyframe) return this.#drop(1, "a picture needs one that did not come");
    this.#push(sample, frame.timeMs);
  }

  #announce(): void {
    const { onEvent } = this.#options;
    const expects = { video: this.#hasVideo, audio: this.#audio !== undefined };
    onEvent({ type: "tracks", video: this.#video, audio: this.#audio, frameRateHint: undefined, expects });
  }

  #push({ kind, keyframe, data, duration }: Sample, timeMs: number): void {
    const timestampMs = Math.round(timeMs) >>> 0;
    const sample = { kind, timestampMs, compositionMs: 0, keyframe, data, durationTicks: duration };
    this.#options.onEvent({ type: "sample", sample });
  }

  #drop(samples: number, reason: string): void {
    this.#options.onEvent({ type: "dropped", samples, reason });
  }

  /** At the beginning and after loss the receiver asks by itself. */
  #askForKeyframe(feedback: Uint8Array[], nowMs: number): void {
    const ssrc = this.#tracks.find(({ kind }) => kind === "video")?.ssrc;
    if (ssrc === undefined || nowMs - this.#askedAtMs < ASK_AGAIN_MS) return;
    const ageMs = nowMs - (this.#keyframeAtMs ?? nowMs);
    if (!this.#awaitsKeyframe && ageMs < this.#options.keyframeIntervalMs) return;
    this.#askedAtMs = nowMs;
    feedback.push(serializePli(this.#options.senderSsrc, ssrc));
  }

  #transportFeedback(feedback: Uint8Array[], nowMs: number): void {
    if (nowMs - this.#transportFeedbackAtMs < TRANSPORT_FEEDBACK_MS) return;
    this.#transportFeedbackAtMs = nowMs;
    const { senderSsrc } = this.#options;
    feedback.push(...this.#arrivals.takeFeedback(senderSsrc, this.#ssrcs()[0] ?? 0));
  }

  #report(feedback: Uint8Array[], nowMs: number): void {
    const { senderSsrc, send } = this.#options;
    this.#reportAtMs = nowMs;
    const blocks: ReportBlock[] = [];
    for (const track of this.#tracks) {
      const block = track.takeReport(nowMs);
      if (block === undefined) continue;
      blocks.push(block);
      // The picture's packets are most of them.
      if (track.kind === "video" || !this.#hasVideo) this.#tellLink(track, block);
    }
    const names = serializeSourceDescription([{ ssrc: senderSsrc, cname: "rostrum" }]);
    const ssrcs = this.#ssrcs();
    if (this.#wantsRemb && ssrcs.length > 0) feedback.push(serializeRemb(senderSsrc, REMB_BPS, ssrcs));
    send(joinRtcp([serializeReceiverReport(senderSsrc, blocks), names, ...feedback]));
  }

  #tellLink({ roundTripMs }: IncomingTrack, { fractionLost }: ReportBlock): void {
    const lossPercent = Math.round((1000 * fractionLost) / 256) / 10;
    this.#options.onEvent({ type: "link", rttMs: roundTripMs ?? null, lossPercent });
  }

  #ssrcs(): number[] {
    return this.#tracks.flatMap(({ ssrc }) => (ssrc === undefined ? [] : [ssrc]));
  }
}
