/** What a session description says, as WebRTC uses it: one bundled transport, sections in order (RFC 8866, 8829, 8843). */

export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** DTLS role (RFC 8842 §5.2): `actpass` stands in offers only. */
export type Setup = "actpass" | "active" | "passive";

/** `value` is upper-case hex pairs joined by colons (RFC 8122 §5). */
export type Fingerprint = Readonly<{ algorithm: "sha-256" | "sha-384" | "sha-512"; value: string }>;

/** What ICE and DTLS need of one side. With BUNDLE there is one for all sections. */
export type Transport = Readonly<{
  iceUfrag: string;
  icePwd: string;
  iceOptions: readonly string[];
  iceLite: boolean;
  fingerprint: Fingerprint;
  setup: Setup;
  /** Lines without `a=`: `candidate:1 1 UDP 2113937151 …` (RFC 8839 §5.1). */
  candidates: readonly string[];
  /** True: no more candidates will come by trickling (RFC 8840 §8.2). */
  endOfCandidates: boolean;
}>;

/** One codec of a section together with its retransmission format. RED, FEC and the like stand as codecs of their own. */
export type Codec = Readonly<{
  /** 0–127. */
  payloadType: number;
  /** Encoding name as written: compare without regard to case. */
  name: string;
  clockRate: number;
  /** 1 where the description names none. */
  channels: number;
  /** Parameters as written, "" where there are none. `fmtpParameters` reads them. */
  fmtp: string;
  /** RTCP feedback without the payload type: `nack`, `nack pli`, `ccm fir`, `goog-remb`, `transport-cc` (RFC 4585 §4.2). */
  feedback: readonly string[];
  /** Payload type of the `rtx` format whose `apt` is this codec (RFC 4588 §8.1). */
  rtxPayloadType?: number;
}>;

/** `id` is 1–14 in one-byte headers, up to 255 in two-byte ones (RFC 8285 §5). Without a direction it holds both ways. */
export type HeaderExtension = Readonly<{ id: number; uri: string; direction?: Direction }>;

/** `stream` is `-` for a track of no stream (RFC 8830 §2). */
export type Msid = Readonly<{ stream: string; track: string }>;

/** A restriction identifier (RFC 8851 §4). `payloadTypes` is empty where all codecs are meant. */
export type Rid = Readonly<{ id: string; direction: "send" | "recv"; payloadTypes: readonly number[]; limits: string }>;

/** One stream of a simulcast line. `alternatives` are further rids for the same stream (RFC 8853 §5.1). */
export type SimulcastStream = Readonly<{ rid: string; paused: boolean; alternatives: readonly string[] }>;

export type Simulcast = Readonly<{ send: readonly SimulcastStream[]; recv: readonly SimulcastStream[] }>;

/** A synchronisation source that the section announces (RFC 5576 §4.1). */
export type Source = Readonly<{ ssrc: number; cname?: string; msid?: Msid }>;

/** `FID`: media and its RTX; `SIM`: layers of one track, lowest first (RFC 5576 §4.2, 5888 §8.5.2). */
export type SourceGroup = Readonly<{ semantics: string; ssrcs: readonly number[] }>;

type AnySection = Readonly<{
  /** "" where the description names none. */
  mid: string;
  /** Port 0 without `bundle-only`: refused, or to be used anew (RFC 8829 §5.2.2). */
  rejected: boolean;
  /** As in the m= line: `UDP/TLS/RTP/SAVPF`, `UDP/DTLS/SCTP`. An answer repeats it. */
  protocol: string;
}>;

export type MediaSection = AnySection &
  Readonly<{
    kind: "audio" | "video";
    direction: Direction;
    /** In order of preference. */
    codecs: readonly Codec[];
    extensions: readonly HeaderExtension[];
    msids: readonly Msid[];
    rids: readonly Rid[];
    simulcast?: Simulcast;
    sources: readonly Source[];
    sourceGroups: readonly SourceGroup[];
    rtcpMux: boolean;
    rtcpReducedSize: boolean;
  }>;

/** `maxMessageSizeBytes` 0 means any size (RFC 8841 §6.1). */
export type DataSection = AnySection & Readonly<{ kind: "application"; sctpPort: number; maxMessageSizeBytes: number }>;

/** A section that WebRTC does not know. It keeps its place in the order and is refused. */
export type OtherSection = AnySection & Readonly<{ kind: "other"; media: string; formats: string }>;

export type Section = MediaSection | DataSection | OtherSection;

export type SessionDescription = Readonly<{
  /** Up to 64 bits, so it stays text. */
  sessionId: string;
  sessionVersion: string;
  /** Mids that share `transport`. */
  bundle: readonly string[];
  transport: Transport;
  /** One- and two-byte extension headers may be mixed (RFC 8285 §6). */
  extmapAllowMixed: boolean;
  sections: readonly Section[];
}>;

/** Whether a section carries RTP. */
export function isMedia(section: Section): section is MediaSection {
  return section.kind === "audio" || section.kind === "video";
}

/** The same direction as seen from the other side. */
export function reversed(direction: Direction): Direction {
  if (direction === "sendonly") return "recvonly";
  if (direction === "recvonly") return "sendonly";
  return direction;
}

export function sends(direction: Direction): boolean {
  return direction === "sendonly" || direction === "sendrecv";
}

export function receives(direction: Direction): boolean {
  return direction === "recvonly" || direction === "sendrecv";
}

/**
 * Place of the section whose transport holds for the bundle: its first one that is not rejected (RFC 9143 §7.1.1); without a bundle the
 * first open one. −1 when all are rejected.
 */
export function taggedSection(sections: readonly Section[], bundle: readonly string[]): number {
  for (const mid of bundle) {
    const index = sections.findIndex((section) => section.mid === mid && !section.rejected);
    if (index >= 0) return index;
  }
  return sections.findIndex(({ rejected }) => !rejected);
}
