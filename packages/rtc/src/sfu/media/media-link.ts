/**
 * The media of one peer connection, both ways: what the pipe receives goes in at `receive`, what is to be sent comes out at `send`.
 * No timers and no sockets: the owner calls `tick` each 20 ms and gives the time with every call.
 */
import { RtpView, isRtcp } from "../../rtp/packet.ts";
import { parseRtcp, type RtcpPacket } from "../../rtp/rtcp.ts";
import { BandwidthEstimator, DEFAULT_ESTIMATOR, type EstimatorOptions } from "./bandwidth/estimator.ts";
import { type ConnectionGrade, ConnectionQualityMeter, type TrackSample } from "./connection-quality.ts";
import { Outlet, type SendPacket } from "./outlet.ts";
import type { Publication } from "./publication.ts";
import { Receiver } from "./receiver.ts";
import { createScratch } from "./scratch.ts";
import { DEFAULT_SETTINGS, type SendStream } from "./send-stream.ts";
import { Sender } from "./sender.ts";
import type { MediaCounters, ReceiveSection, SendSection, StreamState, TrackSettings } from "./types.ts";

const DEFAULT_MAX_UPLINK_BPS = 12_000_000;

export type MediaLinkOptions = Readonly<{
  /** Hands a packet to the transport, which must copy it before it returns. @see SendPacket */
  send: SendPacket;
  /** SSRC of our RTCP on this connection: random, not one of those we send media with. */
  ssrc: number;
  /** One for the process. */
  counters: MediaCounters;
  /** The link became too narrow for a track, or wide enough again (LiveKit's StreamStateUpdate). */
  onStreamState?: (stream: SendStream, state: StreamState) => void;
  /** What the peer may send in all, told by REMB where that was negotiated. Default 12 Mb/s. */
  maxUplinkBps?: number;
  /** Bandwidth towards the peer. */
  estimator?: EstimatorOptions;
  /** 0 (inclusive) to 1, for first sequence numbers and timestamps. Default Math.random. */
  random?: () => number;
}>;

export class MediaLink {
  readonly #counters: MediaCounters;
  readonly #receiver: Receiver;
  readonly #sender: Sender;
  readonly #estimator: BandwidthEstimator;
  readonly #view = new RtpView();
  readonly #quality = new ConnectionQualityMeter();
  #receivedAtMs = -Infinity;
  #closed = false;

  constructor(options: MediaLinkOptions) {
    const { counters, ssrc, maxUplinkBps = DEFAULT_MAX_UPLINK_BPS, random = Math.random } = options;
    this.#counters = counters;
    this.#estimator = new BandwidthEstimator(options.estimator ?? DEFAULT_ESTIMATOR);
    const outlet = new Outlet(options.send, this.#estimator, counters);
    this.#receiver = new Receiver({ outlet, counters, ssrc, maxUplinkBps });
    const onStreamState = options.onStreamState ?? ignore;
    this.#sender = new Sender({ outlet, counters, scratch: createScratch(), random, onStreamState });
  }

  /** When the peer's last packet came, of whatever kind; -Infinity before the first. */
  get receivedAtMs(): number {
    return this.#receivedAtMs;
  }

  /** Bits per second that the way to the peer is believed to carry. */
  get estimateBps(): number {
    return this.#estimator.estimateBps;
  }

  /**
   * From now on packets of this section are the publication's. Call it before the answer is sent: packets may come right after it.
   * The same publication again (a later offer) changes nothing; another one takes the section over.
   */
  publish(publication: Publication, section: ReceiveSection, nowMs: number): void {
    if (!this.#closed) this.#receiver.open(publication, section, nowMs);
  }

  /** The section is not received any more. The publication itself is closed by who made it. */
  unpublish(mid: string, nowMs: number): void {
    this.#receiver.close(mid, nowMs);
  }

  /**
   * Sends a publication to the peer. Call it after the description that names the section was applied: what comes before is lost.
   * @throws {RangeError} the section's SSRC is in use on this connection, or its mid is longer than 32 bytes
   */
  subscribe(
    publication: Publication,
    section: SendSection,
    nowMs: number,
    settings: TrackSettings = DEFAULT_SETTINGS,
  ): SendStream {
    return this.#sender.open(publication, section, settings, nowMs);
  }

  unsubscribe(stream: SendStream): void {
    this.#sender.close(stream);
  }

  /** What the peer asks of a track it is sent (UpdateTrackSettings). Takes effect with the next tick. */
  setTrackSettings(stream: SendStream, settings: TrackSettings, nowMs: number): void {
    stream.setSettings(settings, nowMs);
    this.#sender.allocateSoon();
  }

  /** The tracks that are sent to the peer. */
  streams(): Iterable<SendStream> {
    return this.#sender.streams();
  }

  /** One packet from the peer, decrypted: RTP or RTCP. Its memory is kept; it must not be written again. Never throws. */
  receive(packet: Uint8Array, nowMs: number): void {
    if (this.#closed) return;
    this.#receivedAtMs = nowMs;
    this.#counters.packetsIn += 1;
    this.#counters.bytesIn += packet.length;
    if (isRtcp(packet)) this.#receiveRtcp(packet, nowMs);
    else if (this.#view.parse(packet)) this.#receiver.rtp(this.#view, nowMs);
    else this.#counters.packetsMalformed += 1;
  }

  /** Sends what is due. Each 20 ms; up to 100 ms only makes it slower to react. */
  tick(nowMs: number): void {
    if (this.#closed) return;
    if (!this.#receiver.idle) this.#receiver.tick(this.#sender.roundTripMs, nowMs);
    this.#sender.tick(nowMs);
  }

  /** How well the peer is connected, of what happened since the last call. Each 2 to 5 s; not more often, it is smoothed. */
  takeGrade(): ConnectionGrade {
    return this.#quality.update([...this.#uplinkSamples(), ...this.#downlinkSamples()]);
  }

  /** Ends all streams both ways. Publications stay open: their owner closes them. */
  close(nowMs: number): void {
    this.#closed = true;
    this.#sender.closeAll();
    this.#receiver.closeAll(nowMs);
  }

  #receiveRtcp(packet: Uint8Array, nowMs: number): void {
    const packets = parseRtcp(packet);
    if (packets === undefined) this.#counters.packetsMalformed += 1;
    else for (const one of packets) this.#actOn(one, nowMs);
  }

  #actOn(packet: RtcpPacket, nowMs: number): void {
    switch (packet.type) {
      case "senderReport":
        this.#receiver.senderReport(packet, nowMs);
        this.#sender.reports(packet.reports, nowMs);
        return;
      case "receiverReport":
        this.#sender.reports(packet.reports, nowMs);
        return;
      case "sourceDescription":
        return;
      case "bye":
        this.#receiver.bye(packet.ssrcs);
        return;
      case "nack":
        this.#sender.nack(packet, nowMs);
        return;
      case "pli":
        this.#sender.pli(packet, nowMs);
        return;
      case "fir":
        this.#sender.fir(packet, nowMs);
        return;
      case "remb":
        this.#sender.remb(packet, nowMs);
        return;
      case "transportFeedback":
        this.#sender.transportFeedback(packet, nowMs);
        return;
      default:
        packet satisfies never;
    }
  }

  *#uplinkSamples(): Iterable<TrackSample> {
    for (const { publication, lossRatio } of this.#receiver.streams()) {
      yield { kind: publication.kind, lossRatio, roundTripMs: 0, layersMissed: 0, paused: false };
    }
  }

  *#downlinkSamples(): Iterable<TrackSample> {
    for (const { publication, receiver, layersMissed, state } of this.#sender.streams()) {
      const { lossRatio, roundTripMs, known } = receiver;
      yield {
        kind: publication.kind,
        lossRatio,
        roundTripMs: known ? roundTripMs : 0,
        layersMissed,
        paused: state === "paused",
      };
    }
  }
}

function ignore(): void {
  // Nobody wants to know.
}
