/** The first four bytes of every RTCP packet. RFC 3550 §6.4.1, RFC 4585 §6.1. */
import { setU16, setU32 } from "./octets.ts";

/** Packet types. */
export const RTCP = {
  senderReport: 200,
  receiverReport: 201,
  sourceDescription: 202,
  bye: 203,
  transportFeedback: 205,
  payloadFeedback: 206,
} as const;

/** One packet inside of a compound. `end` is exclusive and leaves padding out; `count` is the 5 bits of count or format. */
export type RtcpSpan = Readonly<{ type: number; count: number; start: number; end: number }>;

/** An empty packet with `bodyBytes` (a multiple of 4) after its header. @param count 5 bits: number of items, or feedback format */
export function beginRtcp(type: number, count: number, bodyBytes: number): Uint8Array {
  const packet = new Uint8Array(4 + bodyBytes);
  packet[0] = 0x80 | count;
  packet[1] = type;
  setU16(packet, 2, bodyBytes / 4);
  return packet;
}

/** An empty feedback packet: its two ssrcs are written. RFC 4585 §6.1. @param fciBytes a multiple of 4 */
export function beginFeedback(
  type: number,
  format: number,
  senderSsrc: number,
  mediaSsrc: number,
  fciBytes: number,
): Uint8Array {
  const packet = beginRtcp(type, format, 8 + fciBytes);
  setU32(packet, 4, senderSsrc);
  setU32(packet, 8, mediaSsrc);
  return packet;
}
