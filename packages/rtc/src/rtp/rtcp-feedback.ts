/** RTCP feedback: lost packets, key frame requests, bandwidth. RFC 4585 §6.2, §6.3; RFC 5104 §4.3.1; draft-alvestrand-rmcat-remb-03. */
import { sequenceDelta } from "./sequence.ts";
import { setU16, setU24, setU32, u16At, u24At, u32At } from "./octets.ts";
import { beginFeedback, RTCP, type RtcpSpan } from "./rtcp-header.ts";

/** Feedback message types of packet type 205 and 206. */
export const FEEDBACK = { nack: 1, transport: 15, pli: 1, fir: 4, application: 15 } as const;

/** Where the feedback control information starts in a packet. */
const FCI_OFFSET = 12;
/** "REMB" */
const REMB_MAGIC = 0x52454d42;
const MANTISSA_MAX = 0x3_ffff;
/** Numbers that one NACK item names: one and the 16 after it. */
const NACK_REACH = 16;

/** Packets of `mediaSsrc` that did not arrive, in the order named. */
export type Nack = Readonly<{ type: "nack"; senderSsrc: number; mediaSsrc: number; sequences: readonly number[] }>;

/** A picture of `mediaSsrc` was lost: send a key frame. */
export type Pli = Readonly<{ type: "pli"; senderSsrc: number; mediaSsrc: number }>;

/** Send a key frame for each request; the same `sequence` again is a repeat. */
export type Fir = Readonly<{
  type: "fir";
  senderSsrc: number;
  requests: readonly Readonly<{ ssrc: number; sequence: number }>[];
}>;

/** What the receiver believes to get through for `ssrcs` together. */
export type Remb = Readonly<{ type: "remb"; senderSsrc: number; bitrateBps: number; ssrcs: readonly number[] }>;

/** Undefined: no room for the ssrcs. */
export function parseNack(bytes: Uint8Array, { start, end }: RtcpSpan): Nack | undefined {
  if (start + FCI_OFFSET > end) return undefined;
  const sequences: number[] = [];
  for (let at = start + FCI_OFFSET; at + 4 <= end; at += 4) {
    const first = u16At(bytes, at);
    sequences.push(first);
    const mask = u16At(bytes, at + 2);
    for (let bit = 0; bit < NACK_REACH; bit++) {
      if ((mask & (1 << bit)) !== 0) sequences.push((first + bit + 1) & 0xffff);
    }
  }
  return { type: "nack", ...ssrcsOf(bytes, start), sequences };
}

/** Undefined: no room for the ssrcs. */
export function parsePli(bytes: Uint8Array, { start, end }: RtcpSpan): Pli | undefined {
  return start + FCI_OFFSET > end ? undefined : { type: "pli", ...ssrcsOf(bytes, start) };
}

/** Undefined: no room for the ssrcs. */
export function parseFir(bytes: Uint8Array, { start, end }: RtcpSpan): Fir | undefined {
  if (start + FCI_OFFSET > end) return undefined;
  const requests: { ssrc: number; sequence: number }[] = [];
  for (let at = start + FCI_OFFSET; at + 8 <= end; at += 8) {
    requests.push({ ssrc: u32At(bytes, at), sequence: bytes[at + 4] ?? 0 });
  }
  return { type: "fir", senderSsrc: u32At(bytes, start + 4), requests };
}

/** Undefined: other application layer feedback, or shorter than it says. */
export function parseRemb(bytes: Uint8Array, { start, end }: RtcpSpan): Remb | undefined {
  const at = start + FCI_OFFSET;
  if (at + 8 > end || u32At(bytes, at) !== REMB_MAGIC) return undefined;
  const count = bytes[at + 4] ?? 0;
  if (at + 8 + 4 * count > end) return undefined;
  const packed = u24At(bytes, at + 5);
  const bitrateBps = Math.min((packed & MANTISSA_MAX) * 2 ** (packed >> 18), Number.MAX_SAFE_INTEGER);
  const ssrcs = Array.from({ length: count }, (_, i) => u32At(bytes, at + 8 + 4 * i));
  return { type: "remb", senderSsrc: u32At(bytes, start + 4), bitrateBps, ssrcs };
}

/** @param sequences ascending (mod 2^16), not empty */
export function serializeNack(senderSsrc: number, mediaSsrc: number, sequences: readonly number[]): Uint8Array {
  const items: [first: number, mask: number][] = [];
  for (const sequence of sequences) {
    const item = items.at(-1);
    const behind = item === undefined ? 0 : sequenceDelta(sequence, item[0]);
    if (item !== undefined && behind > 0 && behind <= NACK_REACH) item[1] |= 1 << (behind - 1);
    else if (item === undefined || behind !== 0) items.push([sequence, 0]);
  }
  const packet = beginFeedback(RTCP.transportFeedback, FEEDBACK.nack, senderSsrc, mediaSsrc, 4 * items.length);
  for (const [index, [first, mask]] of items.entries()) {
    setU16(packet, FCI_OFFSET + 4 * index, first);
    setU16(packet, FCI_OFFSET + 4 * index + 2, mask);
  }
  return packet;
}

export function serializePli(senderSsrc: number, mediaSsrc: number): Uint8Array {
  return beginFeedback(RTCP.payloadFeedback, FEEDBACK.pli, senderSsrc, mediaSsrc, 0);
}

/** @param requests `sequence` mod 256, one more for each new request to the same ssrc */
export function serializeFir(senderSsrc: number, requests: Fir["requests"]): Uint8Array {
  const packet = beginFeedback(RTCP.payloadFeedback, FEEDBACK.fir, senderSsrc, 0, 8 * requests.length);
  for (const [index, { ssrc, sequence }] of requests.entries()) {
    setU32(packet, FCI_OFFSET + 8 * index, ssrc);
    packet[FCI_OFFSET + 8 * index + 4] = sequence;
  }
  return packet;
}

/** @param bitrateBps rounded down to 18 significant bits @param ssrcs at most 255; further ones are left out */
export function serializeRemb(senderSsrc: number, bitrateBps: number, ssrcs: readonly number[]): Uint8Array {
  const kept = ssrcs.slice(0, 255);
  let exponent = 0;
  let mantissa = Math.max(0, Math.floor(bitrateBps));
  while (mantissa > MANTISSA_MAX && exponent < 63) {
    mantissa = Math.floor(mantissa / 2);
    exponent += 1;
  }
  const packet = beginFeedback(RTCP.payloadFeedback, FEEDBACK.application, senderSsrc, 0, 8 + 4 * kept.length);
  setU32(packet, FCI_OFFSET, REMB_MAGIC);
  packet[FCI_OFFSET + 4] = kept.length;
  setU24(packet, FCI_OFFSET + 5, (exponent << 18) | mantissa);
  for (const [index, ssrc] of kept.entries()) setU32(packet, FCI_OFFSET + 8 + 4 * index, ssrc);
  return packet;
}

function ssrcsOf(bytes: Uint8Array, start: number): { senderSsrc: number; mediaSsrc: number } {
  return { senderSsrc: u32At(bytes, start + 4), mediaSsrc: u32At(bytes, start + 8) };
}
