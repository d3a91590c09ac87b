/** RTCP as it arrives: compound or reduced-size packets. RFC 3550 §6.1, RFC 5506. */
import { concat } from "@rostrum/media/bytes";
import { u16At } from "./octets.ts";
import { RTCP, type RtcpSpan } from "./rtcp-header.ts";
import {
  FEEDBACK,
  type Fir,
  type Nack,
  parseFir,
  parseNack,
  parsePli,
  parseRemb,
  type Pli,
  type Remb,
} from "./rtcp-feedback.ts";
import {
  type Bye,
  parseBye,
  parseReceiverReport,
  parseSenderReport,
  parseSourceDescription,
  type ReceiverReport,
  type SenderReport,
  type SourceDescription,
} from "./rtcp-reports.ts";
import { parseTransportFeedback, type TransportFeedback } from "./transport-feedback.ts";

/** What we act on. */
export type RtcpPacket =
  | SenderReport
  | ReceiverReport
  | SourceDescription
  | Bye
  | Nack
  | Pli
  | Fir
  | Remb
  | TransportFeedback;

/**
 * The packets of one datagram, in order. Types that we do not act on (APP, XR, other feedback) and broken ones are left out.
 * Undefined: not RTCP at all, or the lengths do not add up.
 * @param hasTransportCc false: transport-wide feedback was not agreed and is left out, since few bytes of it are much work
 */
export function parseRtcp(bytes: Uint8Array, hasTransportCc = true): RtcpPacket[] | undefined {
  const packets: RtcpPacket[] = [];
  let start = 0;
  while (start < bytes.length) {
    const next = start + 4 * (u16At(bytes, start + 2) + 1);
    const first = bytes[start] ?? 0;
    if (next > bytes.length || first >> 6 !== 2) return undefined;
    const padding = (first & 0x20) === 0 ? 0 : (bytes[next - 1] ?? 0);
    // Only the last packet may be padded. RFC 3550 §6.4.1.
    if (padding > next - start - 4 || (padding > 0 && next < bytes.length)) return undefined;
    const span = { type: bytes[start + 1] ?? 0, count: first & 0x1f, start, end: next - padding };
    const packet = parseOne(bytes, span, hasTransportCc);
    if (packet !== undefined) packets.push(packet);
    start = next;
  }
  return start === 0 ? undefined : packets;
}

/** Several packets as one datagram. RFC 3550 §6.1 wants a report first and a source description in it, unless reduced size was agreed. */
export function joinRtcp(packets: readonly Uint8Array[]): Uint8Array {
  return concat(packets);
}

function parseOne(bytes: Uint8Array, span: RtcpSpan, hasTransportCc: boolean): RtcpPacket | undefined {
  switch (span.type) {
    case RTCP.senderReport:
      return parseSenderReport(bytes, span);
    case RTCP.receiverReport:
      return parseReceiverReport(bytes, span);
    case RTCP.sourceDescription:
      return parseSourceDescription(bytes, span);
    case RTCP.bye:
      return parseBye(bytes, span);
    case RTCP.transportFeedback:
      if (span.count === FEEDBACK.nack) return parseNack(bytes, span);
      return hasTransportCc && span.count === FEEDBACK.transport ? parseTransportFeedback(bytes, span) : undefined;
    case RTCP.payloadFeedback:
      return parsePayloadFeedback(bytes, span);
    default:
      return undefined;
  }
}

function parsePayloadFeedback(bytes: Uint8Array, span: RtcpSpan): RtcpPacket | undefined {
  switch (span.count) {
    case FEEDBACK.pli:
      return parsePli(bytes, span);
    case FEEDBACK.fir:
      return parseFir(bytes, span);
    case FEEDBACK.application:
      return parseRemb(bytes, span);
    default:
      return undefined;
  }
}
