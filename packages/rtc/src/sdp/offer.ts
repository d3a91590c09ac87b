/** Our offers, and what holds after the peer's answer. Pure (RFC 8829 §5.2, 3264 §5). */
import { ProtocolViolation } from "@rostrum/media/errors";
import { h264Profile, isCodec } from "./codecs.ts";
import {
  isMedia,
  receives,
  reversed,
  sends,
  type Codec,
  type Direction,
  type MediaSection,
  type Section,
  type SessionDescription,
} from "./model.ts";
import { sourcesOf } from "./sender.ts";
import type {
  AgreedData,
  AgreedMedia,
  Agreement,
  CodecWant,
  H264Profile,
  OfferedData,
  OfferedMedia,
  OfferWants,
} from "./wants.ts";

const FIRST_DYNAMIC_TYPE = 96;
const LAST_DYNAMIC_TYPE = 127;
const H264_LEVEL_IDS: Readonly<Record<H264Profile, string>> = {
  "constrained-baseline": "42e01f",
  baseline: "42001f",
  main: "4d001f",
  "constrained-high": "640c1f",
  high: "64001f",
};

/** The offer for `wants`, all sections in one bundle. */
export function offer(wants: OfferWants): SessionDescription {
  const { transport, sessionId, sessionVersion } = wants;
  return {
    sessionId,
    sessionVersion: String(sessionVersion),
    bundle: wants.sections.map(({ mid }) => mid),
    transport: { ...transport, setup: "actpass" },
    extmapAllowMixed: true,
    sections: wants.sections.map((section) =>
      section.kind === "application" ? offerData(section) : offerMedia(section),
    ),
  };
}

/**
 * What the peer's answer leaves of our offer.
 * @throws {ProtocolViolation} the answer does not have the offered sections in their order
 */
export function readAnswer(offered: OfferWants["sections"], answer: SessionDescription): Agreement {
  if (answer.sections.length !== offered.length) {
    throw new ProtocolViolation(`an answer of ${answer.sections.length} sections to an offer of ${offered.length}`);
  }
  const media: AgreedMedia[] = [];
  let data: AgreedData | undefined;
  for (const [index, section] of offered.entries()) {
    const answered = answer.sections[index];
    if (answered === undefined || answered.kind !== section.kind || answered.mid !== section.mid) {
      throw new ProtocolViolation(`section ${index} of the answer is not ${section.kind} with mid ${section.mid}`);
    }
    if (answered.rejected) continue;
    if (answered.kind === "application")
      data = { mid: answered.mid, index, maxMessageSizeBytes: answered.maxMessageSizeBytes };
    else if (isMedia(answered) && section.kind !== "application") media.push(...agreedMedia(section, answered, index));
  }
  return data === undefined ? { media } : { media, data };
}

/**
 * Payload types for our offers: from 96 on, a retransmission format behind each codec that wants one. The same wants get the same types.
 * Both lists in one call, as a type means one codec in the whole bundle. H.264 gets one for each wanted profile.
 * @throws {RangeError} more than the 32 dynamic types
 */
export function assignPayloadTypes(
  audio: readonly CodecWant[],
  video: readonly CodecWant[],
): Readonly<{ audio: readonly Codec[]; video: readonly Codec[] }> {
  let next = FIRST_DYNAMIC_TYPE;
  const take = (): number => {
    if (next > LAST_DYNAMIC_TYPE) throw new RangeError("more codecs than there are dynamic payload types (96–127)");
    return next++;
  };
  const assign = (want: CodecWant, format: Pick<Codec, "clockRate" | "channels">): Codec[] =>
    fmtpsOf(want).map((fmtp) => {
      const codec = { payloadType: take(), name: want.name, ...format, fmtp, feedback: want.feedback };
      return want.rtx ? { ...codec, rtxPayloadType: take() } : codec;
    });
  return {
    audio: audio.flatMap((want) => assign(want, { clockRate: 48_000, channels: 2 })),
    video: video.flatMap((want) => assign(want, { clockRate: 90_000, channels: 1 })),
  };
}

function fmtpsOf({ name, fmtp, h264Profiles = ["constrained-baseline"] }: CodecWant): readonly string[] {
  if (fmtp !== undefined || !isCodec({ name }, "H264")) return [fmtp ?? ""];
  return h264Profiles.map(
    (profile) => `level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=${H264_LEVEL_IDS[profile]}`,
  );
}

function offerData({ mid, maxMessageSizeBytes }: OfferedData): Section {
  const protocol = "UDP/DTLS/SCTP";
  return { kind: "application", mid, rejected: false, protocol, sctpPort: 5_000, maxMessageSizeBytes };
}

function offerMedia({ kind, mid, direction, codecs, extensions, sender }: OfferedMedia): MediaSection {
  const sending = sends(direction) ? sender : undefined;
  const hasRtx = codecs.some(({ rtxPayloadType }) => rtxPayloadType !== undefined);
  return {
    ...{ kind, mid, rejected: false, protocol: "UDP/TLS/RTP/SAVPF", direction, codecs, extensions, rids: [] },
    ...{ rtcpMux: true, rtcpReducedSize: true },
    ...sourcesOf(sending, hasRtx),
  };
}

/** Empty: nothing is left of the section, which then is as good as rejected. */
function agreedMedia(section: OfferedMedia, answered: MediaSection, index: number): readonly AgreedMedia[] {
  const { kind, mid } = section;
  const codecs = answered.codecs.flatMap((theirs) => agreedCodec(section.codecs, theirs) ?? []);
  if (codecs.length === 0) return [];
  const direction = intersection(section.direction, reversed(answered.direction));
  const extensions = section.extensions.filter(({ id, uri }) =>
    answered.extensions.some((extension) => extension.id === id && extension.uri === uri),
  );
  const { msids, sources, sourceGroups } = answered;
  const agreement = {
    kind,
    mid,
    index,
    direction,
    codecs,
    extensions,
    layers: [],
    remote: { msids, sources, sourceGroups },
  };
  return [sends(direction) && section.sender !== undefined ? { ...agreement, sender: section.sender } : agreement];
}

function agreedCodec(offered: readonly Codec[], theirs: Codec): Codec | undefined {
  const ours = offered.find((codec) => codec.payloadType === theirs.payloadType && isCodec(codec, theirs.name));
  if (ours === undefined) return undefined;
  if (isCodec(ours, "H264") && h264Profile(ours.fmtp) !== h264Profile(theirs.fmtp)) return undefined;
  const { payloadType, name, clockRate, channels, rtxPayloadType } = ours;
  const feedback = ours.feedback.filter((each) => theirs.feedback.includes(each));
  const codec = { payloadType, name, clockRate, channels, fmtp: theirs.fmtp, feedback };
  const hasRtx = rtxPayloadType !== undefined && rtxPayloadType === theirs.rtxPayloadType;
  return hasRtx ? { ...codec, rtxPayloadType } : codec;
}

function intersection(a: Direction, b: Direction): Direction {
  const isSending = sends(a) && sends(b);
  const isReceiving = receives(a) && receives(b);
  if (isSending) return isReceiving ? "sendrecv" : "sendonly";
  return isReceiving ? "recvonly" : "inactive";
}
