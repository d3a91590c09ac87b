/** v0: one peer connection for each direction. The client offers what it publishes, we offer what it gets. */
import {
  type DataPacket_Kind,
  SessionDescription as DescriptionMessage,
  SignalTarget,
  type TrickleRequest,
} from "@livekit/protocol";
import type { PipeClose } from "../../pipe/options.ts";
import type { ConnectionGrade } from "../media/connection-quality.ts";
import type { TrackSettings } from "../media/types.ts";
import type { PublishedTrack } from "../room/published-track.ts";
import type { Subscription } from "../room/subscriptions.ts";
import { Answering } from "./answering.ts";
import { attempt } from "./attempt.ts";
import { ConnectionMedia } from "./connection-media.ts";
import { idleWant } from "./media-wants.ts";
import { OfferedSections } from "./offered-sections.ts";
import { Offering } from "./offering.ts";
import { Peer } from "./peer.ts";
import { PublishSide } from "./publish-side.ts";
import type { Session, SessionDeps, SessionHost } from "./session.ts";

type Side = Readonly<{ peer: Peer; media: ConnectionMedia }>;

export class DualSession implements Session {
  readonly #host: SessionHost;
  readonly #publisher: Side;
  readonly #subscriber: Side;
  readonly #answering: Answering;
  readonly #publishing: PublishSide;
  readonly #sections: OfferedSections;
  readonly #offering: Offering;
  #closed = false;

  /** Makes the first offer at once. @throws {Error} settings that the library refuses */
  constructor(host: SessionHost, deps: SessionDeps) {
    this.#host = host;
    // The client waits for the connection on which it gets things; the other one comes up when it has something to send.
    this.#subscriber = this.#side(deps, SignalTarget.SUBSCRIBER, host.onConnected);
    this.#publisher = this.#side(deps, SignalTarget.PUBLISHER, () => undefined);
    const { media } = this.#publisher;
    this.#publishing = new PublishSide(host, {
      begin: (...publication) => media.beginPublication(...publication),
      end: (track, mid) => media.endPublication(track, mid),
    });
    this.#answering = new Answering({
      accept: (offer) => this.#publisher.peer.accept(offer),
      want: (section) => this.#publishing.want(section) ?? idleWant(section.kind),
      maxMessageBytes: deps.limits.maxDataBytes,
    });
    this.#sections = this.#openSections(deps);
    this.#offering = new Offering({
      transport: this.#subscriber.peer.offer(),
      sections: () => this.#sections.sections(),
      midToTrackId: () => this.#sections.midToTrackId(),
      complete: (answer) => this.#subscriber.peer.complete(answer),
      send: (offer) => host.send({ case: "offer", value: offer }),
    });
    this.#offering.offerSoon();
  }

  get isConnected(): boolean {
    return this.#subscriber.peer.isConnected;
  }

  onOffer(offer: DescriptionMessage): void {
    const answered = attempt(this.#host, () => this.#answering.answer(offer));
    if (answered === undefined) return;
    this.#publishing.settle(answered.agreement);
    this.#host.send({
      case: "answer",
      value: new DescriptionMessage({ type: "answer", sdp: answered.sdp, id: offer.id }),
    });
  }

  onAnswer(answer: DescriptionMessage): void {
    const agreement = attempt(this.#host, () => this.#offering.answered(answer));
    if (agreement === undefined || this.#closed) return;
    this.#sections.settle(agreement);
    this.#offering.offerIfDue();
  }

  onTrickle({ candidateInit, target }: TrickleRequest): void {
    const { peer } = target === SignalTarget.SUBSCRIBER ? this.#subscriber : this.#publisher;
    peer.addCandidate(candidateInit);
  }

  subscribe(subscription: Subscription): void {
    this.#sections.add(subscription);
    this.#offering.offerSoon();
  }

  unsubscribe(subscription: Subscription): void {
    this.#sections.remove(subscription);
    if (!this.#closed) this.#offering.offerSoon();
  }

  unpublish(track: PublishedTrack): void {
    this.#publishing.stop(track);
  }

  setTrackSettings(subscription: Subscription, settings: TrackSettings): void {
    this.#subscriber.media.setTrackSettings(subscription, settings);
  }

  sendData(kind: DataPacket_Kind, bytes: Uint8Array): boolean {
    return this.#subscriber.peer.sendData(kind, bytes);
  }

  /** The worse of both directions. */
  takeGrade(): ConnectionGrade {
    const grades = [this.#publisher.media.link.takeGrade(), this.#subscriber.media.link.takeGrade()];
    return (["poor", "good"] as const).find((grade) => grades.includes(grade)) ?? "excellent";
  }

  tick(nowMs: number): void {
    this.#publisher.media.link.tick(nowMs);
    this.#subscriber.media.link.tick(nowMs);
  }

  close(): void {
    this.#closed = true;
    for (const { peer, media } of [this.#publisher, this.#subscriber]) {
      media.close();
      peer.close();
    }
  }

  #side(deps: SessionDeps, target: SignalTarget, onConnected: () => void): Side {
    const host = this.#host;
    const peer: Peer = new Peer(`${host.sid} ${SignalTarget[target]}`, target, deps.peer, {
      send: host.send,
      onPacket: (packet) => media.link.receive(packet, deps.nowMs()),
      onData: host.onData,
      onConnected,
    });
    const media: ConnectionMedia = new ConnectionMedia(host, deps, (packet) => peer.send(packet));
    void peer.closed.then((end) => this.#ended(end));
    return { peer, media };
  }

  #openSections(deps: SessionDeps): OfferedSections {
    const { media } = this.#subscriber;
    return new OfferedSections(
      {
        begin: (subscription, agreed) => media.beginSubscription(subscription, agreed),
        end: (subscription) => media.endSubscription(subscription),
        unsupported: this.#host.onUnsupported,
      },
      deps.limits.maxDataBytes,
    );
  }

  #ended(end: PipeClose): void {
    if (!this.#closed) this.#host.onEnded(end);
  }
}
