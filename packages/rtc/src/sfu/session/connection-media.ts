/** One connection's side at the forwarding core: publications and subscriptions begin and end with their sections. */
import { randomInt } from "node:crypto";
import {
  StreamState as ProtocolState,
  StreamStateInfo,
  StreamStateUpdate,
  SubscribedCodec,
  SubscribedQuality,
  SubscribedQualityUpdate,
  VideoQuality,
} from "@livekit/protocol";
import type { ExtensionIds } from "../../rtp/extensions.ts";
import type { AgreedMedia } from "../../sdp/wants.ts";
import { MediaLink } from "../media/media-link.ts";
import { Publication } from "../media/publication.ts";
import type { SendStream } from "../media/send-stream.ts";
import type { CodecName, StreamState, TrackSettings, WantedQuality } from "../media/types.ts";
import type { PublishedTrack } from "../room/published-track.ts";
import type { Subscription } from "../room/subscriptions.ts";
import { layersOf, mediaSource } from "../room/track-info.ts";
import type { SignalMessage } from "../signal/outgoing.ts";
import { receiveSection, sendSection } from "./agreed-sections.ts";
import { attempt } from "./attempt.ts";
import { codecOf, senderOf } from "./senders.ts";
import type { SessionDeps, SessionHost } from "./session.ts";

export class ConnectionMedia {
  readonly link: MediaLink;
  readonly #host: SessionHost;
  readonly #deps: SessionDeps;
  /** What the client publishes here, by mid. */
  readonly #published = new Map<string, PublishedTrack>();
  /** To tell whose track became slower: the core knows streams only. */
  readonly #byStream = new Map<SendStream, Subscription>();

  /** @param send hands one packet to the pipe */
  constructor(host: SessionHost, deps: SessionDeps, send: (packet: Uint8Array) => boolean) {
    this.#host = host;
    this.#deps = deps;
    this.link = new MediaLink({
      send,
      ssrc: randomInt(1, 2 ** 32),
      counters: deps.counters,
      onStreamState: (stream, state) => this.#streamState(stream, state),
    });
  }

  /** The client sends the track in this section. */
  beginPublication(track: PublishedTrack, codec: CodecName, media: AgreedMedia, extensions: ExtensionIds): void {
    const section = receiveSection(media, extensions);
    if (section === undefined) return;
    const nowMs = this.#deps.nowMs();
    const publication = new Publication(
      {
        id: track.sid,
        kind: track.kind,
        source: mediaSource(track.info.source),
        codec,
        clockRateHz: section.clockRate,
        layers: layersOf(track.info, media.layers),
        counters: this.#deps.counters,
        defer: (flush, waitMs) => {
          const run = (): void => attempt(this.#host, () => flush(this.#deps.nowMs()));
          if (waitMs > 0) setTimeout(run, waitMs);
          else setImmediate(run);
        },
        onWantedQuality: (wanted) => this.#host.send(subscribedQuality(track.sid, codec, wanted)),
      },
      nowMs,
    );
    publication.setMuted(track.info.muted, nowMs);
    track.media = publication;
    this.#published.set(media.mid, track);
    this.link.publish(publication, section, nowMs);
  }

  endPublication(track: PublishedTrack, mid: string): void {
    this.#published.delete(mid);
    this.link.unpublish(mid, this.#deps.nowMs());
    track.media?.close();
    track.media = undefined;
  }

  /** The client takes the subscription in this section. */
  beginSubscription(subscription: Subscription, media: AgreedMedia): void {
    const publication = subscription.track.media;
    if (publication === undefined) return; // ended since the offer was made; `end` follows
    const section = sendSection(media, codecOf(subscription), senderOf(subscription));
    if (section === undefined) return this.#host.onUnsupported(subscription);
    const settings = this.#host.settingsOf(subscription);
    const stream = this.link.subscribe(publication, section, this.#deps.nowMs(), settings);
    subscription.media = stream;
    this.#byStream.set(stream, subscription);
    this.#host.onSubscribed(subscription);
  }

  endSubscription(subscription: Subscription): void {
    const stream = subscription.media;
    if (stream === undefined) return;
    subscription.media = undefined;
    this.#byStream.delete(stream);
    this.link.unsubscribe(stream);
  }

  setTrackSettings({ media }: Subscription, settings: TrackSettings): void {
    if (media !== undefined) this.link.setTrackSettings(media, settings, this.#deps.nowMs());
  }

  close(): void {
    for (const [mid, track] of this.#published) this.endPublication(track, mid);
    this.#byStream.clear();
    this.link.close(this.#deps.nowMs());
  }

  #streamState(stream: SendStream, state: StreamState): void {
    const track = this.#byStream.get(stream)?.track;
    if (track === undefined) return;
    const info = new StreamStateInfo({
      participantSid: track.owner.sid,
      trackSid: track.sid,
      state: state === "paused" ? ProtocolState.PAUSED : ProtocolState.ACTIVE,
    });
    this.#host.send({ case: "streamStateUpdate", value: new StreamStateUpdate({ streamStates: [info] }) });
  }
}

/** Which encodings the publisher should send: all up to the best that anyone wants (dynacast). */
export function subscribedQuality(trackSid: string, codec: CodecName, wanted: WantedQuality): SignalMessage {
  const qualities = [VideoQuality.LOW, VideoQuality.MEDIUM, VideoQuality.HIGH].map(
    (quality, rank) => new SubscribedQuality({ quality, enabled: wanted !== "off" && rank <= wanted }),
  );
  return {
    case: "subscribedQualityUpdate",
    value: new SubscribedQualityUpdate({
      trackSid,
      // For clients older than codecs of their own.
      subscribedQualities: qualities,
      subscribedCodecs: [new SubscribedCodec({ codec: codec.toLowerCase(), qualities })],
    }),
  };
}
