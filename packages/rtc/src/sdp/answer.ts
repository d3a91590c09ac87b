/** Our answer to an offer. Pure: the same offer and wants give the same answer (RFC 8829 §5.3, 3264 §6). */
import { ProtocolViolation } from "@rostrum/media/errors";
import { matchCodecs } from "./codecs.ts";
import { EXTENSION, extensionId } from "./extensions.ts";
import {
  isMedia,
  receives,
  sends,
  type DataSection,
  type Direction,
  type HeaderExtension,
  type MediaSection,
  type Section,
  type SessionDescription,
} from "./model.ts";
import { sourcesOf } from "./sender.ts";
import type { AgreedData, AgreedMedia, Answer, AnswerWants, DataWant, MediaWant, SectionWant } from "./wants.ts";

/**
 * Answers each section of the offer in its order. Rejected are sections without a want, without a codec in common, without rtcp-mux, and
 * outside the bundle.
 * @throws {ProtocolViolation} both sides take the same DTLS role
 */
export function answer(offer: SessionDescription, wants: AnswerWants): Answer {
  requireRoles(offer, wants);
  const media: AgreedMedia[] = [];
  let data: AgreedData | undefined;
  const sections = offer.sections.map((section, index) => {
    const want = (isReachable(offer, section) ? wants.sections[index] : undefined) ?? REJECT;
    const outcome = answerSection(section, index, want);
    if (outcome.media !== undefined) media.push(outcome.media);
    data ??= outcome.data;
    return outcome.section;
  });
  const description: SessionDescription = {
    sessionId: wants.sessionId,
    sessionVersion: String(wants.sessionVersion),
    bundle: offer.bundle.filter((mid) => sections.some((section) => section.mid === mid && !section.rejected)),
    transport: wants.transport,
    extmapAllowMixed: offer.extmapAllowMixed,
    sections,
  };
  return { description, agreement: data === undefined ? { media } : { media, data } };
}

const REJECT: SectionWant = { kind: "reject" };

type Outcome = Readonly<{ section: Section; media?: AgreedMedia; data?: AgreedData }>;

function requireRoles(offer: SessionDescription, { transport }: AnswerWants): void {
  const theirs = offer.transport.setup;
  const fits = transport.setup === (theirs === "active" ? "passive" : "active") || theirs === "actpass";
  if (transport.setup === "actpass" || !fits) {
    throw new ProtocolViolation(`setup:${transport.setup} is no answer to setup:${theirs} (RFC 8842 §5.3)`);
  }
}

/** There is one transport: what is not bundled has none, except in an offer of one open section (RFC 9143 §7.3). */
function isReachable(offer: SessionDescription, section: Section): boolean {
  if (section.rejected) return false;
  if (offer.bundle.length > 0) return offer.bundle.includes(section.mid);
  return offer.sections.find(({ rejected }) => !rejected) === section;
}

function answerSection(section: Section, index: number, want: SectionWant): Outcome {
  if (isMedia(section) && want.kind === "media") return answerMedia(section, index, want);
  if (section.kind === "application" && want.kind === "data") return answerData(section, index, want);
  return { section: rejected(section) };
}

function answerData(section: DataSection, index: number, want: DataWant): Outcome {
  const { mid, maxMessageSizeBytes } = section;
  return {
    section: { ...section, sctpPort: 5_000, maxMessageSizeBytes: want.maxMessageSizeBytes },
    data: { mid, index, maxMessageSizeBytes },
  };
}

function answerMedia(section: MediaSection, index: number, want: MediaWant): Outcome {
  const extensions = agreedExtensions(section, want);
  const matched = matchCodecs(
    section.codecs,
    want.codecs,
    extensionId(extensions, EXTENSION.transportCc) !== undefined,
  );
  const codecs = want.severalCodecs === true ? matched : matched.slice(0, 1);
  if (codecs.length === 0 || !section.rtcpMux) return { section: rejected(section) };
  const { kind, mid, protocol, rtcpReducedSize, msids, sources, sourceGroups } = section;
  const direction = agreedDirection(section.direction, want);
  const layers = receives(direction) ? agreedLayers(section, want.maxLayers ?? 0) : [];
  const sender = sends(direction) ? want.sender : undefined;
  const hasRtx = codecs.some(({ rtxPayloadType }) => rtxPayloadType !== undefined);
  return {
    section: {
      ...{ kind, mid, rejected: false, protocol, direction, codecs, extensions, rtcpMux: true, rtcpReducedSize },
      ...layerLines(layers),
      ...sourcesOf(sender, hasRtx),
    },
    media: {
      ...{ kind, mid, index, direction, codecs, extensions, layers, remote: { msids, sources, sourceGroups } },
      ...(sender === undefined ? {} : { sender }),
    },
  };
}

function agreedDirection(offered: Direction, want: MediaWant): Direction {
  const isSending = sends(want.direction) && receives(offered) && want.sender !== undefined;
  const isReceiving = receives(want.direction) && sends(offered);
  if (isSending) return isReceiving ? "sendrecv" : "sendonly";
  return isReceiving ? "recvonly" : "inactive";
}

/** Under the ids of the offer: an answer cannot choose its own (RFC 8285 §6). */
function agreedExtensions(section: MediaSection, want: MediaWant): readonly HeaderExtension[] {
  const known = new Set<string>();
  return section.extensions.flatMap(({ id, uri, direction }) => {
    if (!want.extensions.includes(uri) || known.has(uri) || direction === "inactive") return [];
    known.add(uri);
    if (direction === undefined || direction === "sendrecv") return [{ id, uri }];
    return [{ id, uri, direction: direction === "sendonly" ? ("recvonly" as const) : ("sendonly" as const) }];
  });
}

function agreedLayers({ rids, simulcast }: MediaSection, maxLayers: number): readonly string[] {
  const sent = new Set(rids.filter(({ direction }) => direction === "send").map(({ id }) => id));
  const offered = simulcast?.send.map(({ rid }) => rid).filter((rid) => sent.has(rid)) ?? [];
  return [...new Set(offered)].slice(0, maxLayers);
}

function layerLines(layers: readonly string[]): Pick<MediaSection, "rids" | "simulcast"> {
  if (layers.length === 0) return { rids: [] };
  return {
    rids: layers.map((id) => ({ id, direction: "recv", payloadTypes: [], limits: "" })),
    simulcast: { send: [], recv: layers.map((rid) => ({ rid, paused: false, alternatives: [] })) },
  };
}

function rejected(section: Section): Section {
  if (!isMedia(section)) return { ...section, rejected: true };
  const { kind, mid, protocol, codecs } = section;
  return {
    ...{ kind, mid, protocol, rejected: true, direction: "inactive", codecs: codecs.slice(0, 1) },
    ...{ extensions: [], msids: [], rids: [], sources: [], sourceGroups: [], rtcpMux: false, rtcpReducedSize: false },
  };
}
