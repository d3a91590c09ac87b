/** The negotiation of one participant: descriptions and candidates on one side, tracks and data on the other. */
import type { DataPacket_Kind, SessionDescription, TrickleRequest } from "@livekit/protocol";
import type { PipeClose } from "../../pipe/options.ts";
import type { ConnectionGrade } from "../media/connection-quality.ts";
import type { Limits } from "../limits.ts";
import type { MediaCounters, TrackKind, TrackSettings } from "../media/types.ts";
import type { PublishedTrack } from "../room/published-track.ts";
import type { Subscription } from "../room/subscriptions.ts";
import type { SignalMessage } from "../signal/outgoing.ts";
import type { PeerOptions } from "./peer.ts";

/** Two kinds: one peer connection for both directions (v1), or one for each (v0). */
export interface Session {
  /** A description of the client; a bad one ends the session with `failed`. */
  onOffer(offer: SessionDescription): void;
  onAnswer(answer: SessionDescription): void;
  onTrickle(trickle: TrickleRequest): void;
  /** The participant is to get this track. Media flows when a section was negotiated for it. */
  subscribe(subscription: Subscription): void;
  unsubscribe(subscription: Subscription): void;
  /** Takes no more of this track, although the client may still send it. Nothing is told to the host. */
  unpublish(track: PublishedTrack): void;
  /** False: the packet was dropped, because the client does not keep up or is not connected yet. */
  sendData(kind: DataPacket_Kind, bytes: Uint8Array): boolean;
  /** Whether media and data can flow. */
  readonly isConnected: boolean;
  /** What the client asks of a track that it gets. */
  setTrackSettings(subscription: Subscription, settings: TrackSettings): void;
  /** How well the client is connected since the last call; call it each 2 to 5 s. */
  takeGrade(): ConnectionGrade;
  /** Sends what is due: call it each 20 ms. @param nowMs of the steady clock */
  tick(nowMs: number): void;
  close(): void;
}

/** What a session needs of the participant and tells it. Nothing is called after `close`. */
export type SessionHost = Readonly<{
  /** For names in logs. */
  sid: string;
  send: (message: SignalMessage) => void;
  /** Tracks that wait for a section which carries them, the oldest first. */
  announced: (kind: TrackKind) => readonly PublishedTrack[];
  /** `track.media` is there and will get packets. */
  onPublished: (track: PublishedTrack) => void;
  onUnpublished: (track: PublishedTrack) => void;
  settingsOf: (subscription: Subscription) => TrackSettings;
  /** A section carries the subscription; `subscription.media` is there. */
  onSubscribed: (subscription: Subscription) => void;
  /** The client cannot decode the track's codec. */
  onUnsupported: (subscription: Subscription) => void;
  onData: (kind: DataPacket_Kind, bytes: Uint8Array) => void;
  /** Once: all its connections are up. */
  onConnected: () => void;
  /** A connection ended; the session is of no more use. */
  onEnded: (end: PipeClose) => void;
  /** The client sent what it must not. */
  onViolation: (why: string) => void;
}>;

/** What all sessions of this process share. */
export type SessionDeps = Readonly<{
  peer: PeerOptions;
  counters: MediaCounters;
  limits: Limits;
  /** Milliseconds of a steady clock. */
  nowMs: () => number;
}>;
