/** RTCP sender and receiver reports, source description, goodbye. RFC 3550 §6.4 to §6.6. */
import type { NtpTime } from "./ntp.ts";
import { setU24, setU32, u24At, u32At } from "./octets.ts";
import { beginRtcp, RTCP, type RtcpSpan } from "./rtcp-header.ts";

const SENDER_BYTES = 24;
const BLOCK_BYTES = 24;
const MAX_COUNT = 31;
const CNAME = 1;
const TEXT_DECODER = new TextDecoder();
const TEXT_ENCODER = new TextEncoder();

/** How a receiver got one source. RFC 3550 §6.4.1. */
export type ReportBlock = Readonly<{
  ssrc: number;
  /** Of the packets since the report before, in 256ths: 0 to 255. */
  fractionLost: number;
  /** Since the beginning; negative after duplicates. */
  cumulativeLost: number;
  /** Cycles in the upper 16 bits, the highest sequence number in the lower. */
  extendedHighest: number;
  /** In ticks of the RTP clock. */
  jitter: number;
  /** Middle 32 bits of the NTP time in the last sender report; 0 before the first. */
  lastReport: number;
  /** Units of 2^-16 s. */
  delaySinceLastReport: number;
}>;

export type SenderReport = Readonly<{
  type: "senderReport";
  ssrc: number;
  ntp: NtpTime;
  rtpTimestamp: number;
  packetCount: number;
  octetCount: number;
  reports: readonly ReportBlock[];
}>;

export type ReceiverReport = Readonly<{ type: "receiverReport"; ssrc: number; reports: readonly ReportBlock[] }>;

/** Only the canonical names. */
export type SourceDescription = Readonly<{
  type: "sourceDescription";
  sources: readonly Readonly<{ ssrc: number; cname: string }>[];
}>;

export type Bye = Readonly<{ type: "bye"; ssrcs: readonly number[] }>;

/** Undefined: shorter than its count says. */
export function parseSenderReport(bytes: Uint8Array, { count, start, end }: RtcpSpan): SenderReport | undefined {
  const blocks = start + 4 + SENDER_BYTES;
  if (blocks + count * BLOCK_BYTES > end) return undefined;
  return {
    type: "senderReport",
    ssrc: u32At(bytes, start + 4),
    ntp: { seconds: u32At(bytes, start + 8), fraction: u32At(bytes, start + 12) },
    rtpTimestamp: u32At(bytes, start + 16),
    packetCount: u32At(bytes, start + 20),
    octetCount: u32At(bytes, start + 24),
    reports: readBlocks(bytes, blocks, count),
  };
}

/** Undefined: shorter than its count says. */
export function parseReceiverReport(bytes: Uint8Array, { count, start, end }: RtcpSpan): ReceiverReport | undefined {
  const blocks = start + 8;
  if (blocks + count * BLOCK_BYTES > end) return undefined;
  return { type: "receiverReport", ssrc: u32At(bytes, start + 4), reports: readBlocks(bytes, blocks, count) };
}

/** Undefined: an item or a chunk reaches past the end. */
export function parseSourceDescription(bytes: Uint8Array, span: RtcpSpan): SourceDescription | undefined {
  const sources: { ssrc: number; cname: string }[] = [];
  let at = span.start + 4;
  for (let chunk = 0; chunk < span.count; chunk++) {
    if (at + 4 > span.end) return undefined;
    const ssrc = u32At(bytes, at);
    at += 4;
    while (at < span.end && bytes[at] !== 0) {
      const length = bytes[at + 1] ?? 0;
      if (at + 2 + length > span.end) return undefined;
      if (bytes[at] === CNAME) {
        sources.push({ ssrc, cname: TEXT_DECODER.decode(bytes.subarray(at + 2, at + 2 + length)) });
      }
      at += 2 + length;
    }
    // At least one zero ends the list, more of them fill the word.
    at += 4 - ((at - span.start) & 3);
  }
  return { type: "sourceDescription", sources };
}

/** Undefined: shorter than its count says. The reason is not read. */
export function parseBye(bytes: Uint8Array, { count, start, end }: RtcpSpan): Bye | undefined {
  if (start + 4 + 4 * count > end) return undefined;
  return { type: "bye", ssrcs: Array.from({ length: count }, (_, i) => u32At(bytes, start + 4 + 4 * i)) };
}

/** At most 31 reports; further ones are left out. */
export function serializeSenderReport(report: Omit<SenderReport, "type">): Uint8Array {
  const reports = report.reports.slice(0, MAX_COUNT);
  const packet = beginRtcp(RTCP.senderReport, reports.length, SENDER_BYTES + reports.length * BLOCK_BYTES);
  setU32(packet, 4, report.ssrc);
  setU32(packet, 8, report.ntp.seconds);
  setU32(packet, 12, report.ntp.fraction);
  setU32(packet, 16, report.rtpTimestamp);
  setU32(packet, 20, report.packetCount);
  setU32(packet, 24, report.octetCount);
  writeBlocks(packet, 4 + SENDER_BYTES, reports);
  return packet;
}

/** At most 31 reports; further ones are left out. */
export function serializeReceiverReport(ssrc: number, reports: readonly ReportBlock[]): Uint8Array {
  const kept = reports.slice(0, MAX_COUNT);
  const packet = beginRtcp(RTCP.receiverReport, kept.length, 4 + kept.length * BLOCK_BYTES);
  setU32(packet, 4, ssrc);
  writeBlocks(packet, 8, kept);
  return packet;
}

/** At most 31 sources. @throws {RangeError} a name of more than 255 bytes */
export function serializeSourceDescription(sources: SourceDescription["sources"]): Uint8Array {
  const chunks = sources.slice(0, MAX_COUNT).map(({ ssrc, cname }) => ({ ssrc, name: TEXT_ENCODER.encode(cname) }));
  const sizes = chunks.map(({ name }) => 4 + Math.ceil((2 + name.length + 1) / 4) * 4);
  const packet = beginRtcp(
    RTCP.sourceDescription,
    chunks.length,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  let at = 4;
  for (const [index, { ssrc, name }] of chunks.entries()) {
    if (name.length > 255) throw new RangeError(`CNAME of ${name.length} bytes, at most 255`);
    setU32(packet, at, ssrc);
    packet[at + 4] = CNAME;
    packet[at + 5] = name.length;
    packet.set(name, at + 6);
    at += sizes[index] ?? 0;
  }
  return packet;
}

/** At most 31 ssrcs, without a reason. */
export function serializeBye(ssrcs: readonly number[]): Uint8Array {
  const kept = ssrcs.slice(0, MAX_COUNT);
  const packet = beginRtcp(RTCP.bye, kept.length, 4 * kept.length);
  for (const [index, ssrc] of kept.entries()) setU32(packet, 4 + 4 * index, ssrc);
  return packet;
}

function readBlocks(bytes: Uint8Array, start: number, count: number): ReportBlock[] {
  const blocks: ReportBlock[] = [];
  for (let at = start; blocks.length < count; at += BLOCK_BYTES) {
    blocks.push({
      ssrc: u32At(bytes, at),
      fractionLost: bytes[at + 4] ?? 0,
      cumulativeLost: (u24At(bytes, at + 5) << 8) >> 8,
      extendedHighest: u32At(bytes, at + 8),
      jitter: u32At(bytes, at + 12),
      lastReport: u32At(bytes, at + 16),
      delaySinceLastReport: u32At(bytes, at + 20),
    });
  }
  return blocks;
}

function writeBlocks(packet: Uint8Array, start: number, reports: readonly ReportBlock[]): void {
  let at = start;
  for (const report of reports) {
    setU32(packet, at, report.ssrc);
    packet[at + 4] = report.fractionLost;
    setU24(packet, at + 5, report.cumulativeLost);
    setU32(packet, at + 8, report.extendedHighest);
    setU32(packet, at + 12, report.jitter);
    setU32(packet, at + 16, report.lastReport);
    setU32(packet, at + 20, report.delaySinceLastReport);
    at += BLOCK_BYTES;
  }
}
