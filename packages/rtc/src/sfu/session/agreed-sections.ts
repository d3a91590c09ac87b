/** From what offer and answer agreed on to what the forwarding core needs of a section. Pure. */
import { extensionIds, type ExtensionIds } from "../../rtp/extensions.ts";
import { isCodec } from "../../sdp/codecs.ts";
import type { AgreedMedia, Agreement, Sender } from "../../sdp/wants.ts";
import type { CodecName, ReceiveSection, SendSection } from "../media/types.ts";
import { publishCodec } from "../room/track-info.ts";

/** The best codec that both sides use in a section; undefined for one that we do not forward. */
export function agreedCodec({ kind, codecs }: AgreedMedia): CodecName | undefined {
  const name = codecs[0]?.name ?? "";
  if (kind === "audio") return name.toLowerCase() === "opus" ? "opus" : undefined;
  return publishCodec(name);
}

/** The header extensions of a connection: bundled sections share one map (RFC 9143 §15), each of them names its part of it. */
export function connectionExtensions({ media }: Agreement): ExtensionIds {
  return extensionIds(media.flatMap(({ extensions }) => extensions));
}

/** A section in which the client sends. Undefined when no codec was agreed. @param extensions of the whole connection */
export function receiveSection(media: AgreedMedia, extensions: ExtensionIds): ReceiveSection | undefined {
  const codec = media.codecs[0];
  if (codec === undefined) return undefined;
  const ssrcs = announcedSources(media);
  return {
    mid: media.mid,
    payloadType: codec.payloadType,
    ...(codec.rtxPayloadType === undefined ? {} : { rtxPayloadType: codec.rtxPayloadType }),
    clockRate: codec.clockRate,
    nack: codec.feedback.includes("nack"),
    congestion: congestionOf(codec.feedback),
    extensions,
    ...(ssrcs.length === 0 ? {} : { ssrcs }),
  };
}

/** A section in which we send this codec. Undefined when the client does not take it. */
export function sendSection(media: AgreedMedia, name: CodecName, sender: Sender): SendSection | undefined {
  const codec = media.codecs.find((one) => isCodec(one, name));
  if (codec === undefined) return undefined;
  const { rtxPayloadType } = codec;
  const { rtxSsrc } = sender;
  return {
    mid: media.mid,
    payloadType: codec.payloadType,
    ssrc: sender.ssrc,
    ...(rtxPayloadType === undefined || rtxSsrc === undefined ? {} : { rtxPayloadType, rtxSsrc }),
    nack: codec.feedback.includes("nack"),
    extensions: extensionIds(media.extensions),
  };
}

/** Feedback about each packet says more than a sum does: it is preferred where both were agreed. */
function congestionOf(feedback: readonly string[]): ReceiveSection["congestion"] {
  if (feedback.includes("transport-cc")) return "transport-cc";
  return feedback.includes("goog-remb") ? "goog-remb" : "none";
}

/**
 * SSRCs that the client's description names: the first of each FID pair is media, the second its retransmission (RFC 5576 §4.2).
 * With rids none is named, and all are learnt from the packets.
 */
function announcedSources({ layers, remote }: AgreedMedia): NonNullable<ReceiveSection["ssrcs"]> {
  if (layers.length > 0) return [];
  const repairs = new Map<number, number>();
  for (const { semantics, ssrcs } of remote.sourceGroups) {
    const [ssrc, rtxSsrc] = ssrcs;
    if (semantics === "FID" && ssrc !== undefined && rtxSsrc !== undefined) repairs.set(ssrc, rtxSsrc);
  }
  const repairing = new Set(repairs.values());
  return remote.sources
    .filter(({ ssrc }) => !repairing.has(ssrc))
    .map(({ ssrc }) => {
      const rtxSsrc = repairs.get(ssrc);
      return rtxSsrc === undefined ? { ssrc } : { ssrc, rtxSsrc };
    });
}
