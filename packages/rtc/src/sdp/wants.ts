/** What we would like a session to be, and what both sides agreed on. Plain data for `answer` and `offer`. */
import type {
  Codec,
  Direction,
  HeaderExtension,
  Msid,
  SessionDescription,
  Source,
  SourceGroup,
  Transport,
} from "./model.ts";

/** H.264 profiles of WebRTC (RFC 6184 §8.1). */
export type H264Profile = "constrained-baseline" | "baseline" | "main" | "constrained-high" | "high";

/** A codec that we can use. */
export type CodecWant = Readonly<{
  /** Encoding name, compared without regard to case. H.264 is only taken with packetization-mode 1. */
  name: string;
  /** Only `H264`: profiles that fit, best first. Without it any profile does. */
  h264Profiles?: readonly H264Profile[];
  /** What our answer or offer says behind a=fmtp. Without it an answer repeats the offered parameters. */
  fmtp?: string;
  /** Parameters that an answer adds behind those: hints that only some programs know. */
  moreFmtp?: string;
  /** What we can do; an answer keeps what was offered of it. */
  feedback: readonly string[];
  /** Take retransmission as a format of its own where it is offered. */
  rtx: boolean;
}>;

/** What identifies a track that we send. */
export type Sender = Readonly<{ msid: Msid; cname: string; ssrc: number; rtxSsrc?: number }>;

export type MediaWant = Readonly<{
  kind: "media";
  /** Ours: `sendonly` means that we send. What the offer does not allow is left out. */
  direction: Direction;
  /** Best first. A section of which none fits is rejected. */
  codecs: readonly CodecWant[];
  /** Agree on every codec that fits, not only on the best. Default false. */
  severalCodecs?: boolean;
  /** URIs of header extensions that we can use. */
  extensions: readonly string[];
  /** Needed to send; without it the section is not sent in. */
  sender?: Sender;
  /** Simulcast layers that we take. Default 0: only one encoding is asked for. */
  maxLayers?: number;
}>;

export type DataWant = Readonly<{ kind: "data"; maxMessageSizeBytes: number }>;

/** What to do with one offered section. */
export type SectionWant = MediaWant | DataWant | Readonly<{ kind: "reject" }>;

export type AnswerWants = Readonly<{
  transport: Transport;
  sessionId: string;
  /** Rises by one with each description of ours in the session. */
  sessionVersion: number;
  /** One for each section of the offer, in its order; what is missing is rejected. */
  sections: readonly SectionWant[];
}>;

/** An accepted media section. */
export type AgreedMedia = Readonly<{
  kind: "audio" | "video";
  mid: string;
  /** Place among the sections. */
  index: number;
  /** Ours: `recvonly` means that the peer sends. */
  direction: Direction;
  /** Best first, at least one. Payload types hold in both directions. */
  codecs: readonly Codec[];
  extensions: readonly HeaderExtension[];
  /** Rids that the peer may send, as ordered by its simulcast line; empty without simulcast. */
  layers: readonly string[];
  /** What we send; undefined when we do not. */
  sender?: Sender;
  /** What the peer says about its own sources. */
  remote: Readonly<{ msids: readonly Msid[]; sources: readonly Source[]; sourceGroups: readonly SourceGroup[] }>;
}>;

/** `maxMessageSizeBytes` is the peer's: the most that we may send at once, 0 for any size. */
export type AgreedData = Readonly<{ mid: string; index: number; maxMessageSizeBytes: number }>;

/** What holds after offer and answer. Rejected sections are in neither list. */
export type Agreement = Readonly<{ media: readonly AgreedMedia[]; data?: AgreedData }>;

/** `description` is ours, to be sent. */
export type Answer = Readonly<{ description: SessionDescription; agreement: Agreement }>;

export type OfferedMedia = Readonly<{
  kind: "audio" | "video";
  mid: string;
  /** Ours. A section that is not needed any more stays as `inactive`. */
  direction: Direction;
  /** With our payload types: `assignPayloadTypes` makes them. */
  codecs: readonly Codec[];
  extensions: readonly HeaderExtension[];
  sender?: Sender;
}>;

export type OfferedData = Readonly<{ kind: "application"; mid: string; maxMessageSizeBytes: number }>;

export type OfferWants = Readonly<{
  transport: Transport;
  sessionId: string;
  sessionVersion: number;
  /** Later offers repeat all sections in the same order and add behind them. */
  sections: readonly (OfferedMedia | OfferedData)[];
}>;
