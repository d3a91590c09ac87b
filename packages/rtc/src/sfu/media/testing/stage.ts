/** A publisher with camera and microphone, the forwarding core, and a subscriber, joined by made-up networks. For tests. */
import { DEFAULT_ESTIMATOR } from "../bandwidth/estimator.ts";
import { MediaLink } from "../media-link.ts";
import { Publication } from "../publication.ts";
import type { SendStream } from "../send-stream.ts";
import { createCounters, type CodecName, type StreamState, type TrackSettings, type WantedQuality } from "../types.ts";
import { CAMERA, MICROPHONE, PublisherPeer, type SimLayer } from "./publisher-peer.ts";
import { type LinkLimits, randomFrom, SimLink, Simulation } from "./simulation.ts";
import { SUBSCRIBER_IDS, SubscriberFeedback, SubscriberPeer } from "./subscriber-peer.ts";

const TICK_MS = 20;
export type StageOptions = Readonly<{
  codec?: "VP8" | "H264";
  up?: Partial<LinkLimits>;
  down?: Partial<LinkLimits>;
  /** What SubscribedQualityUpdate does at the publisher. Default: nothing. */
  dynacast?: boolean;
  /** Whether the subscriber's browser sends transport-wide feedback. Default true. */
  feedback?: boolean;
  settings?: TrackSettings;
  /** What the link to the subscriber is taken for at first, in bits per second. */
  startBps?: number;
  seed?: number;
}>;

/** One end of the made-up call after another: `publish`, `subscribe`, `run`. */
export class Stage {
  readonly simulation = new Simulation();
  readonly counters = createCounters();
  readonly states: StreamState[] = [];
  readonly wanted: WantedQuality[] = [];
  readonly up: SimLink;
  readonly down: SimLink;
  readonly back: SimLink;
  publisherLink: MediaLink;
  subscriberLink: MediaLink;
  camera: PublisherPeer;
  microphone: PublisherPeer;
  cameraTrack: Publication;
  microphoneTrack: Publication;
  video: SubscriberPeer;
  audio: SubscriberPeer;
  videoStream: SendStream;
  audioStream: SendStream;
  readonly #options: StageOptions;
  #feedback: SubscriberFeedback | undefined;
  #ssrc = 1_000;

  constructor(options: StageOptions = {}) {
    this.#options = options;
    const { simulation } = this;
    const seed = options.seed ?? 1;
    this.up = new SimLink(
      simulation,
      (packet) => this.publisherLink.receive(packet, simulation.nowMs),
      options.up,
      seed,
    );
    this.down = new SimLink(simulation, (packet) => this.#receiveAtSubscriber(packet), options.down, seed + 1);
    this.back = new SimLink(
      simulation,
      (packet) => this.subscriberLink.receive(packet, simulation.nowMs),
      {},
      seed + 2,
    );
    this.publisherLink = this.#openPublisherLink();
    this.subscriberLink = this.#openSubscriberLink();
    this.camera = this.#openPeer(options.codec ?? "VP8", "v", CAMERA);
    this.microphone = this.#openPeer("opus", "a", MICROPHONE);
    this.cameraTrack = this.#publish(this.camera, options.codec ?? "VP8", CAMERA);
    this.microphoneTrack = this.#publish(this.microphone, "opus", MICROPHONE);
    this.video = this.#openSubscriber(options.codec ?? "VP8", "0", 5_000, 5_001);
    this.audio = this.#openSubscriber("opus", "1", 6_000);
    this.videoStream = this.#subscribe(this.cameraTrack, this.video, options.settings);
    this.audioStream = this.#subscribe(this.microphoneTrack, this.audio);
    this.camera.start();
    this.microphone.start();
    simulation.every(TICK_MS, () => {
      this.#tick();
    });
    if (options.feedback !== false)
      this.#feedback = new SubscriberFeedback(simulation, (packet) => this.back.send(packet));
  }

  run(durationMs: number): void {
    this.simulation.runFor(durationMs);
  }

  /** What the subscriber asks for of the camera from now on. */
  ask(settings: Partial<TrackSettings>): void {
    const before = this.videoStream.settings;
    this.subscriberLink.setTrackSettings(this.videoStream, { ...before, ...settings }, this.simulation.nowMs);
  }

  /**
   * Both sides lose their connections and come back with new ones: other SSRCs, other publications, other numbers. The publisher's
   * encoders stay as they were switched, as in a browser that kept its sender parameters.
   */
  reconnect(settings?: TrackSettings): void {
    const { nowMs } = this.simulation;
    const codec = this.#options.codec ?? "VP8";
    const before = this.camera;
    before.stop();
    this.microphone.stop();
    this.publisherLink.close(nowMs);
    this.subscriberLink.close(nowMs);
    this.cameraTrack.close();
    this.microphoneTrack.close();
    this.publisherLink = this.#openPublisherLink();
    this.subscriberLink = this.#openSubscriberLink();
    this.camera = this.#openPeer(codec, "v", CAMERA);
    for (const { rid } of CAMERA) this.camera.setActive(rid, before.isActive(rid));
    this.microphone = this.#openPeer("opus", "a", MICROPHONE);
    this.cameraTrack = this.#publish(this.camera, codec, CAMERA);
    this.microphoneTrack = this.#publish(this.microphone, "opus", MICROPHONE);
    this.video = this.#openSubscriber(codec, "0", 7_000, 7_001);
    this.audio = this.#openSubscriber("opus", "1", 8_000);
    this.videoStream = this.#subscribe(this.cameraTrack, this.video, settings);
    this.audioStream = this.#subscribe(this.microphoneTrack, this.audio);
    this.camera.start();
    this.microphone.start();
  }

  #tick(): void {
    const { nowMs } = this.simulation;
    this.publisherLink.tick(nowMs);
    this.subscriberLink.tick(nowMs);
  }

  #receiveAtSubscriber(packet: Uint8Array): void {
    this.#feedback?.receive(packet);
    this.video.receive(packet);
    this.audio.receive(packet);
  }

  #openPublisherLink(): MediaLink {
    return new MediaLink({
      ssrc: 1,
      counters: this.counters,
      random: randomFrom(7),
      send: (packet) => {
        const copy = packet.slice();
        this.simulation.at(this.simulation.nowMs + this.up.limits.delayMs, () => {
          this.camera.receive(copy);
          this.microphone.receive(copy);
        });
        return true;
      },
    });
  }

  #openSubscriberLink(): MediaLink {
    const { startBps = DEFAULT_ESTIMATOR.startBps } = this.#options;
    return new MediaLink({
      estimator: { ...DEFAULT_ESTIMATOR, startBps },
      ssrc: 2,
      counters: this.counters,
      random: randomFrom(9),
      send: (packet) => this.down.send(packet),
      onStreamState: (_, state) => this.states.push(state),
    });
  }

  #openPeer(codec: CodecName, mid: string, layers: readonly SimLayer[]): PublisherPeer {
    this.#ssrc += 100;
    const send = (packet: Uint8Array): boolean => this.up.send(packet);
    return new PublisherPeer({ simulation: this.simulation, send, codec, mid, layers, firstSsrc: this.#ssrc });
  }

  #publish(peer: PublisherPeer, codec: CodecName, layers: readonly SimLayer[]): Publication {
    const isAudio = codec === "opus";
    const publication = new Publication(
      {
        id: `TR_${this.#ssrc}_${codec}`,
        kind: isAudio ? "audio" : "video",
        source: isAudio ? "microphone" : "camera",
        codec,
        clockRateHz: isAudio ? 48_000 : 90_000,
        layers: layers.map(({ info }) => info),
        counters: this.counters,
        defer: (flush, waitMs) =>
          this.simulation.at(this.simulation.nowMs + waitMs, () => flush(this.simulation.nowMs)),
        onWantedQuality: (wanted) => this.#onWanted(peer, wanted),
      },
      this.simulation.nowMs,
    );
    this.publisherLink.publish(publication, peer.section, this.simulation.nowMs);
    return publication;
  }

  #onWanted(peer: PublisherPeer, wanted: WantedQuality): void {
    this.wanted.push(wanted);
    if (this.#options.dynacast !== true) return;
    for (const { rid, info } of CAMERA) peer.setActive(rid, wanted !== "off" && info.quality <= wanted);
  }

  #openSubscriber(codec: CodecName, mid: string, ssrc: number, rtxSsrc?: number): SubscriberPeer {
    const section = {
      mid,
      payloadType: codec === "opus" ? 63 : 45,
      ssrc,
      ...(rtxSsrc === undefined ? {} : { rtxSsrc, rtxPayloadType: 46 }),
      nack: true,
      extensions: SUBSCRIBER_IDS,
    };
    const send = (packet: Uint8Array): boolean => this.back.send(packet);
    return new SubscriberPeer({ simulation: this.simulation, codec, section, send });
  }

  #subscribe(publication: Publication, peer: SubscriberPeer, settings?: TrackSettings): SendStream {
    return this.subscriberLink.subscribe(publication, peer.section, this.simulation.nowMs, settings);
  }
}
