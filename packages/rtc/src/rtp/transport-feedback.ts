/** Transport-wide feedback: when each packet of a connection arrived. draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1. */
import { setU16, setU24, setU32, u16At, u24At, u32At } from "./octets.ts";
import { beginRtcp, RTCP, type RtcpSpan } from "./rtcp-header.ts";
import { readStatuses, writeStatuses } from "./transport-status.ts";

/** In `arrivals`: the packet did not arrive. */
export const NOT_RECEIVED = -0x8000_0000;
/** Ticks of 250 µs in the 64 ms that the reference time counts. */
export const TICKS_PER_REFERENCE = 256;
/** Arrival ticks a millisecond. */
export const TICKS_PER_MS = 4;

const FORMAT = 15;
const FIXED_BYTES = 20;
/** A feedback covers 50 to 250 ms of packets; nobody sends this many. Bounds the memory that a short packet can ask for. */
const MAX_STATUSES = 8_192;
const MAX_SMALL = 0xff;
const MAX_LARGE = 0x7fff;

/**
 * Arrivals of the packets from `baseSequence` on. `arrivals[i]` is when packet `baseSequence` + i arrived, in ticks of 250 µs after
 * `referenceTime` × 64 ms on the receiver's clock, or NOT_RECEIVED. `referenceTime` is a signed 24-bit number that wraps.
 */
export type TransportFeedback = Readonly<{
  type: "transportFeedback";
  senderSsrc: number;
  mediaSsrc: number;
  /** One more with each feedback, mod 256. */
  feedbackCount: number;
  baseSequence: number;
  referenceTime: number;
  arrivals: Int32Array;
}>;

/** Undefined: cut, a reserved status, or more than 8192 packets. */
export function parseTransportFeedback(bytes: Uint8Array, { start, end }: RtcpSpan): TransportFeedback | undefined {
  if (start + FIXED_BYTES > end) return undefined;
  const count = u16At(bytes, start + 14);
  if (count > MAX_STATUSES) return undefined;
  const statuses = new Uint8Array(count);
  const deltas = readStatuses(bytes, start + FIXED_BYTES, end, statuses);
  const arrivals = deltas < 0 ? undefined : readArrivals(bytes, deltas, end, statuses);
  if (arrivals === undefined) return undefined;
  return {
    type: "transportFeedback",
    senderSsrc: u32At(bytes, start + 4),
    mediaSsrc: u32At(bytes, start + 8),
    feedbackCount: bytes[start + 19] ?? 0,
    baseSequence: u16At(bytes, start + 12),
    referenceTime: (u24At(bytes, start + 16) << 8) >> 8,
    arrivals,
  };
}

/** @throws {RangeError} no or more than 8192 packets, or arrivals further apart than 8.19 s, which the format cannot say */
export function serializeTransportFeedback(feedback: Omit<TransportFeedback, "type">): Uint8Array {
  const { arrivals } = feedback;
  if (arrivals.length === 0 || arrivals.length > MAX_STATUSES) {
    throw new RangeError(`feedback over ${arrivals.length} packets, 1 to ${MAX_STATUSES} expected`);
  }
  const statuses = statusesOf(arrivals);
  const chunks = writeStatuses(statuses);
  const deltaBytes = statuses.reduce((sum, status) => sum + status, 0);
  const length = FIXED_BYTES + 2 * chunks.length + deltaBytes;
  const padding = (4 - (length & 3)) & 3;
  const packet = beginRtcp(RTCP.transportFeedback, FORMAT, length + padding - 4);
  setU32(packet, 4, feedback.senderSsrc);
  setU32(packet, 8, feedback.mediaSsrc);
  setU16(packet, 12, feedback.baseSequence);
  setU16(packet, 14, arrivals.length);
  setU24(packet, 16, feedback.referenceTime);
  packet[19] = feedback.feedbackCount;
  for (const [index, chunk] of chunks.entries()) setU16(packet, FIXED_BYTES + 2 * index, chunk);
  writeDeltas(packet, FIXED_BYTES + 2 * chunks.length, arrivals, statuses);
  if (padding > 0) {
    packet[0] = (packet[0] ?? 0) | 0x20;
    packet[packet.length - 1] = padding;
  }
  return packet;
}

/** A status is at the same time the number of bytes of its delta: 0, 1 or 2. */
function statusesOf(arrivals: Int32Array): Uint8Array {
  const statuses = new Uint8Array(arrivals.length);
  let before = 0;
  // Not `entries()`, here and below: it makes an array for each packet that is spoken of.
  for (let index = 0; index < arrivals.length; index++) {
    const arrival = arrivals[index] ?? NOT_RECEIVED;
    if (arrival === NOT_RECEIVED) continue;
    const delta = arrival - before;
    if (delta > MAX_LARGE || delta < -MAX_LARGE - 1)
      throw new RangeError(`arrivals ${delta / TICKS_PER_MS} ms apart, at most 8191`);
    statuses[index] = delta >= 0 && delta <= MAX_SMALL ? 1 : 2;
    before = arrival;
  }
  return statuses;
}

function writeDeltas(packet: Uint8Array, start: number, arrivals: Int32Array, statuses: Uint8Array): void {
  let at = start;
  let before = 0;
  for (let index = 0; index < statuses.length; index++) {
    const status = statuses[index] ?? 0;
    if (status === 0) continue;
    const arrival = arrivals[index] ?? 0;
    if (status === 1) packet[at] = arrival - before;
    else setU16(packet, at, arrival - before);
    at += status;
    before = arrival;
  }
}

function readArrivals(bytes: Uint8Array, start: number, end: number, statuses: Uint8Array): Int32Array | undefined {
  const arrivals = new Int32Array(statuses.length);
  let at = start;
  let before = 0;
  for (let index = 0; index < statuses.length; index++) {
    const status = statuses[index] ?? 0;
    if (at + status > end) return undefined;
    if (status === 1) before += bytes[at] ?? 0;
    else if (status === 2) before += (u16At(bytes, at) << 16) >> 16;
    arrivals[index] = status === 0 ? NOT_RECEIVED : before;
    at += status;
  }
  return arrivals;
}
