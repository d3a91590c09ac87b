/** One WHEP viewer: its connection, what it is sent, what its browser reports, and how it leaves. */
import type { Pipe } from "@rostrum/rtc/pipe";
import type { PipeChannel } from "@rostrum/rtc/pipe/channel";
import type { ChannelHandlers, PipeClose, PipeHandlers } from "@rostrum/rtc/pipe/options";
import { VIDEO_CLOCK_HZ } from "@rostrum/rtc/rtp/h264-samples";
import { ntpFromUnixMs } from "@rostrum/rtc/rtp/ntp";
import { OPUS_CLOCK_HZ } from "@rostrum/rtc/rtp/opus";
import { isRtcp } from "@rostrum/rtc/rtp/packet";
import { joinRtcp, parseRtcp, type RtcpPacket } from "@rostrum/rtc/rtp/rtcp";
import { type ReportBlock, serializeBye, serializeSourceDescription } from "@rostrum/rtc/rtp/rtcp-reports";
import type { TrackSender } from "@rostrum/rtc/rtp/track-sender";
import type { Clock } from "../../../lib/clock.ts";
import { EVENTS_LABEL, type HandoverReason, type MediaClock, type RtpClock, type WhepEvent } from "./events.ts";
import type { Frame } from "./frames.ts";
import { type Layer, LayerChoice, SOURCE } from "./layer-choice.ts";
import { LayerSwitch } from "./layer-switch.ts";
import { LineWatch } from "./line-watch.ts";
import { type LiveEdge, soundLateMs } from "./live-stamps.ts";
import type { WhepMetrics } from "./metrics.ts";
import type { SessionSources } from "./negotiate.ts";
import { SoundStart } from "./sound-start.ts";
import { VideoOutlet } from "./video-outlet.ts";

export type ViewerOptions = Readonly<{
  id: string;
  token: string | undefined;
  sources: SessionSources;
  clock: Clock;
  metrics: WhepMetrics;
  /** Its browser cannot decode what it has, and wants a key frame. */
  onKeyframeWanted: (viewer: WhepViewer) => void;
  /** It is connected: media may flow. */
  onConnected: (viewer: WhepViewer) => void;
  /** It has opened the channel. */
  onListening: (viewer: WhepViewer) => void;
}>;

/** What is sent to it, as both sides agreed; undefined: it does not want it. */
export type ViewerSenders = Readonly<{ video: TrackSender | undefined; audio: TrackSender | undefined }>;

/** A browser that asks for key frames more often has not seen the last one yet. */
const KEYFRAME_EVERY_MS = 1000;
const LAST_WORD_MS = 150;
/** Packets of sound that are sent again in a second at most: as many as there are. */
const MAX_SOUNDS_AGAIN_PER_SEC = 100;

export class WhepViewer {
  readonly id: string;
  readonly token: string | undefined;
  readonly #options: ViewerOptions;
  readonly #line: LineWatch;
  readonly #choice: LayerChoice;
  readonly #layers = new LayerSwitch();
  #pipe: Pipe | undefined;
  #senders: ViewerSenders = { video: undefined, audio: undefined };
  #video: VideoOutlet | undefined;
  #channel: PipeChannel | undefined;
  /** What it was told last of the tracks, for a channel that opens later. */
  #tracks: Extract<WhepEvent, { type: "tracks" }> | undefined;
  #soundStart = new SoundStart();
  #soundsAgain = 0;
  #lossFraction = 0;
  #estimateBps: number | undefined;
  #keyframeAtMs = Number.NEGATIVE_INFINITY;
  #left = false;

  constructor(options: ViewerOptions) {
    this.id = options.id;
    this.token = options.token;
    this.#options = options;
    const nowMs = options.clock.monotonicMs();
    this.#line = new LineWatch(nowMs);
    this.#choice = new LayerChoice(nowMs);
  }

  /** Resolves when its connection has ended, whoever ended it. Call after `attach`. */
  get closed(): Promise<PipeClose> {
    return this.#pipe?.closed ?? Promise.resolve({ reason: "local", message: "it was never opened" });
  }

  /** Takes the connection and what is to be sent over it. It closes the connection when it leaves. */
  attach(pipe: Pipe, senders: ViewerSenders): void {
    const { video } = senders;
    this.#pipe = pipe;
    this.#senders = senders;
    const nowMs = this.#options.clock.monotonicMs();
    if (video !== undefined)
      this.#video = new VideoOutlet({ sender: video, send: (packet) => this.#send(packet), nowMs });
  }

  /** The show's clock by this viewer's RTP times; undefined when it is sent nothing. Call after it was told of the tracks. */
  clockOf({ newestSec, wallZeroMs, soundShiftTicks }: MediaClock): RtpClock | undefined {
    const { video, audio } = this.#senders;
    const sender = this.#tracks?.video === false ? audio : (video ?? audio);
    if (sender === undefined) return undefined;
    const [rate, shift] = sender === video ? [VIDEO_CLOCK_HZ, 0] : [OPUS_CLOCK_HZ, soundShiftTicks];
    return { rtp: sender.timestampOf(shift), rate, media: Number(newestSec.toFixed(3)), wall: Math.round(wallZeroMs) };
  }

  /** A candidate that it trickled. */
  addCandidate(candidate: string): void {
    this.#pipe?.addCandidate(candidate);
  }

  /** For its pipe. */
  handlers(): PipeHandlers {
    return {
      onPacket: (packet) => this.#packet(packet),
      onState: (state) => {
        if (state === "connected") this.#options.onConnected(this);
      },
      onChannel: (channel) => this.#opened(channel),
    };
  }

  /** False: it is leaving, or not there yet. */
  get isHere(): boolean {
    return !this.#left && this.#pipe?.state === "connected";
  }

  /** Something waits to be sent: call `pump` every few milliseconds. */
  get isWaiting(): boolean {
    return this.isHere && this.#video?.isIdle === false;
  }

  /** Shows the frames, which begin with a key frame and reach up to live, as fast as they can be sent. */
  begin(frames: readonly Frame[], live: LiveEdge): void {
    // Of other qualities than the source's nothing is kept: their next key frame comes.
    if (this.#layers.sent === SOURCE) this.#video?.begin(frames);
    this.pump(live);
  }

  /** One more frame of the show; never waits. */
  take(frame: Frame, live: LiveEdge): void {
    if (!this.isHere) return;
    if (frame.kind === "audio") return this.#sound(frame, live);
    if (this.#video === undefined || !this.#layers.takes(frame)) return;
    const skipped = this.#video.push(frame);
    if (skipped > 0) this.#options.metrics.skipped(skipped);
    this.pump(live);
  }

  pump(live: LiveEdge): void {
    if (this.isHere) this.#video?.pump(live, this.#options.clock.monotonicMs());
  }

  /**
   * Call every second. Tells it how its tracks lie on one clock; chooses the quality that its line carries, and hands it over when it
   * carries none.
   * @param layers what there is, the best first: the source's
   * @param mediaClock undefined: not known yet
   */
  tick(layers: readonly Layer[], wallMs: number, mediaClock: MediaClock | undefined): void {
    if (!this.isHere) return;
    this.#soundsAgain = 0;
    const report = { lossFraction: this.#lossFraction, estimateBps: this.#estimateBps };
    const nowMs = this.#options.clock.monotonicMs();
    const bps = (layers.find(({ name }) => name === this.#layers.sent) ?? layers[0])?.bps ?? 0;
    const isLowest = layers.at(-1)?.name === this.#layers.sent;
    this.#layers.want(this.#choice.next(report, layers, nowMs));
    if (isLowest && this.#line.isHopeless(report, bps, nowMs)) return this.handOver("slow");
    this.#video?.tick(bps, this.#estimateBps);
    if (mediaClock !== undefined) this.#report(wallMs, mediaClock);
  }

  /** Tells it by its data channel, if it has one. */
  tell(event: WhepEvent): void {
    if (event.type === "tracks") {
      this.#tracks = event;
      this.#soundStart = new SoundStart();
    }
    this.#channel?.send(JSON.stringify(event));
  }

  tellClock(clock: MediaClock): void {
    const mine = this.clockOf(clock);
    if (mine !== undefined) this.tell({ type: "clock", ...mine });
  }

  /** Another delivery goes on where this ends. */
  handOver(reason: HandoverReason): void {
    if (this.#left) return;
    this.#options.metrics.handedOver(reason);
    this.#leaveWith({ type: "handover", reason });
  }

  /** The show is over. */
  end(): void {
    this.#leaveWith({ type: "end" });
  }

  /** Ends the connection. Leaving twice is harmless. */
  leave(): void {
    this.#goodbye();
    this.#pipe?.close();
  }

  /** What is told on the channel is still on its way: the connection stays for a moment. */
  #leaveWith(event: WhepEvent): void {
    if (this.#left) return;
    this.tell(event);
    this.#goodbye();
    this.#options.clock.after(this.#channel === undefined ? 0 : LAST_WORD_MS, () => this.#pipe?.close());
  }

  /** Nothing more is sent. */
  #goodbye(): void {
    const { videoSsrc, audioSsrc } = this.#options.sources;
    if (this.isHere) this.#pipe?.send(serializeBye([videoSsrc, audioSsrc]));
    this.#left = true;
  }

  #opened(channel: PipeChannel): ChannelHandlers | undefined {
    if (channel.label !== EVENTS_LABEL || this.#channel !== undefined) return undefined;
    this.#channel = channel;
    if (this.#tracks !== undefined) this.#channel.send(JSON.stringify(this.#tracks));
    this.#options.onListening(this);
    return { onMessage: () => {} };
  }

  /** What its browser says. RTP is none of a viewer's business. */
  #packet(bytes: Uint8Array): void {
    if (!isRtcp(bytes)) return;
    for (const packet of parseRtcp(bytes, false) ?? []) this.#heard(packet);
  }

  #sound(frame: Frame, live: LiveEdge): void {
    const nowMs = this.#options.clock.monotonicMs();
    // Its picture is as late, too, when it is encoded anew.
    const lateMs = soundLateMs(frame.ticks / OPUS_CLOCK_HZ, live, nowMs) - frame.lagMs;
    if (this.#tracks?.video === true && !this.#soundStart.takes(lateMs, nowMs)) return;
    // Before all pictures that wait: sound that stutters is worse.
    for (const packet of this.#senders.audio?.send(frame.payloads, frame.rtpTicks, false, nowMs) ?? [])
      this.#send(packet);
  }

  #send(packet: Uint8Array): void {
    if (this.#pipe?.send(packet) === true) this.#options.metrics.sent(packet.length);
  }

  #heard(packet: RtcpPacket): void {
    switch (packet.type) {
      case "nack":
        return this.#nack(packet.mediaSsrc, packet.sequences);
      case "pli":
      case "fir":
        return this.#wantsKeyframe();
      case "remb":
        this.#estimateBps = packet.bitrateBps;
        return;
      case "receiverReport":
      case "senderReport":
        return this.#quality(packet.reports);
      case "sourceDescription":
      case "transportFeedback":
      case "bye":
        return;
    }
  }

  #nack(ssrc: number, sequences: readonly number[]): void {
    const nowMs = this.#options.clock.monotonicMs();
    const { videoSsrc, audioSsrc } = this.#options.sources;
    if (ssrc === videoSsrc) this.#options.metrics.resent(this.#video?.resend(sequences, nowMs) ?? 0);
    const most = MAX_SOUNDS_AGAIN_PER_SEC - this.#soundsAgain;
    const { audio } = this.#senders;
    if (ssrc !== audioSsrc || audio === undefined || most <= 0) return;
    const again = audio.resend(sequences, most, nowMs);
    this.#soundsAgain += again.length;
    this.#options.metrics.resent(again.length);
    for (const packet of again) this.#send(packet);
  }

  #wantsKeyframe(): void {
    const nowMs = this.#options.clock.monotonicMs();
    // What is on its way begins with one.
    const isComing = this.#video === undefined || !this.#video.isIdle || !this.#video.hasBegun;
    if (isComing || nowMs - this.#keyframeAtMs < KEYFRAME_EVERY_MS) return;
    this.#keyframeAtMs = nowMs;
    this.#options.metrics.keyframeAsked();
    this.#options.onKeyframeWanted(this);
  }

  #quality(reports: readonly ReportBlock[]): void {
    const ofVideo = reports.find(({ ssrc }) => ssrc === this.#options.sources.videoSsrc);
    if (ofVideo !== undefined) this.#lossFraction = ofVideo.fractionLost / 256;
  }

  #report(wallMs: number, { wallZeroMs, soundShiftTicks }: MediaClock): void {
    const mediaSec = (wallMs - wallZeroMs) / 1000;
    if (mediaSec < 0) return;
    const ntp = ntpFromUnixMs(wallMs);
    const { videoSsrc, audioSsrc, cname } = this.#options.sources;
    const named = (ssrc: number): Uint8Array => serializeSourceDescription([{ ssrc, cname }]);
    if (this.#video !== undefined) {
      this.#send(joinRtcp([this.#video.report(ntp, Math.round(mediaSec * VIDEO_CLOCK_HZ)), named(videoSsrc)]));
    }
    const { audio } = this.#senders;
    if (audio !== undefined) {
      this.#send(
        joinRtcp([audio.report(ntp, Math.round(mediaSec * OPUS_CLOCK_HZ) + soundShiftTicks), named(audioSsrc)]),
      );
    }
  }
}
