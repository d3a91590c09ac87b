/** v1: one peer connection for both directions. The client makes all offers; what it lacks to receive, it is asked to offer. */
import {
  type DataPacket_Kind,
  SessionDescription as DescriptionMessage,
  SignalTarget,
  type TrickleRequest,
} from "@livekit/protocol";
import { receives, type MediaSection } from "../../sdp/model.ts";
import type { MediaWant } from "../../sdp/wants.ts";
import type { ConnectionGrade } from "../media/connection-quality.ts";
import type { TrackSettings } from "../media/types.ts";
import type { PublishedTrack } from "../room/published-track.ts";
import type { Subscription } from "../room/subscriptions.ts";
import { Answering } from "./answering.ts";
import { ConnectionMedia } from "./connection-media.ts";
import { attempt } from "./attempt.ts";
import { idleWant } from "./media-wants.ts";
import { Peer } from "./peer.ts";
import { PublishSide } from "./publish-side.ts";
import { ReceiveSlots } from "./receive-slots.ts";
import type { Session, SessionDeps, SessionHost } from "./session.ts";

export class SingleSession implements Session {
  readonly #host: SessionHost;
  readonly #peer: Peer;
  readonly #media: ConnectionMedia;
  readonly #answering: Answering;
  readonly #publishing: PublishSide;
  readonly #slots: ReceiveSlots;
  #closed = false;

  /** @throws {Error} settings that the library refuses */
  constructor(host: SessionHost, deps: SessionDeps) {
    this.#host = host;
    this.#peer = new Peer(host.sid, SignalTarget.PUBLISHER, deps.peer, {
      send: host.send,
      onPacket: (packet) => this.#media.link.receive(packet, deps.nowMs()),
      onData: host.onData,
      onConnected: host.onConnected,
    });
    this.#media = new ConnectionMedia(host, deps, (packet) => this.#peer.send(packet));
    this.#publishing = new PublishSide(host, {
      begin: (track, codec, media, extensions) => this.#media.beginPublication(track, codec, media, extensions),
      end: (track, mid) => this.#media.endPublication(track, mid),
    });
    this.#slots = new ReceiveSlots({
      begin: (subscription, media) => this.#media.beginSubscription(subscription, media),
      end: (subscription) => this.#media.endSubscription(subscription),
      unsupported: host.onUnsupported,
    });
    this.#answering = new Answering({
      accept: (offer) => this.#peer.accept(offer),
      want: (section) => this.#want(section),
      maxMessageBytes: deps.limits.maxDataBytes,
    });
    void this.#peer.closed.then((end) => {
      if (!this.#closed) host.onEnded(end);
    });
  }

  get isConnected(): boolean {
    return this.#peer.isConnected;
  }

  onOffer(offer: DescriptionMessage): void {
    const answered = attempt(this.#host, () => this.#answering.answer(offer));
    if (answered === undefined) return;
    // Packets of what is published may come as soon as the client has the answer.
    this.#publishing.settle(answered.agreement);
    this.#host.send({
      case: "answer",
      value: new DescriptionMessage({
        type: "answer",
        sdp: answered.sdp,
        id: offer.id,
        midToTrackId: this.#slots.midToTrackId(),
      }),
    });
    this.#slots.settle(answered.agreement);
    this.#ask();
  }

  onAnswer(): void {
    this.#host.onViolation("an answer came, but no offer was made");
  }

  onTrickle({ candidateInit }: TrickleRequest): void {
    this.#peer.addCandidate(candidateInit);
  }

  subscribe(subscription: Subscription): void {
    this.#slots.add(subscription);
    this.#ask();
  }

  unsubscribe(subscription: Subscription): void {
    this.#slots.remove(subscription);
    this.#ask();
  }

  unpublish(track: PublishedTrack): void {
    this.#publishing.stop(track);
  }

  setTrackSettings(subscription: Subscription, settings: TrackSettings): void {
    this.#media.setTrackSettings(subscription, settings);
  }

  sendData(kind: DataPacket_Kind, bytes: Uint8Array): boolean {
    return this.#peer.sendData(kind, bytes);
  }

  takeGrade(): ConnectionGrade {
    return this.#media.link.takeGrade();
  }

  tick(nowMs: number): void {
    this.#media.link.tick(nowMs);
  }

  close(): void {
    this.#closed = true;
    this.#media.close();
    this.#peer.close();
  }

  /** A section carries a track of the client, or one that it gets, or nothing; never both at once. */
  #want(section: MediaSection): MediaWant {
    const published = this.#publishing.want(section);
    if (published !== undefined) return published;
    // One in which the client only sends, and nothing that was announced, is no place for others' tracks.
    return receives(section.direction) || this.#slots.has(section.mid)
      ? this.#slots.want(section)
      : idleWant(section.kind);
  }

  #ask(): void {
    if (this.#closed) return;
    const requirement = this.#slots.requirement();
    if (requirement !== undefined) this.#host.send({ case: "mediaSectionsRequirement", value: requirement });
  }
}
