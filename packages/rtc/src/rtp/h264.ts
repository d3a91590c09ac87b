/** H.264 in RTP, packetization-mode 1: single NAL units, STAP-A and FU-A. RFC 6184 §5.6, §5.7.1, §5.8. */
import { setU16, u16At } from "./octets.ts";

/** NAL unit types of the payload format. RFC 6184 §5.2. */
const STAP_A = 24;
const FU_A = 28;
const FU_START = 0x80;
const FU_END = 0x40;
/** FU indicator and FU header. */
const FU_BYTES = 2;
const LENGTH_BYTES = 2;
/** Larger than any picture that a live encoder makes; what a sender can make us put together at once. */
const MAX_UNIT_BYTES = 8 * 1024 * 1024;

/**
 * The payloads that carry the NAL units of one access unit, in order; the marker belongs on the last one. Units that fit are views
 * of `nals`, small ones share a payload, large ones are cut into even pieces.
 * @param nals without start codes or lengths; empty ones are left out
 * @param maxPayloadBytes 16 or more: what one packet can hold after its header
 */
export function packetizeH264(nals: readonly Uint8Array[], maxPayloadBytes: number): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  let group: Uint8Array[] = [];
  let groupBytes = 1;
  const flush = (): void => {
    const [only] = group;
    if (only !== undefined) payloads.push(group.length === 1 ? only : aggregate(group, groupBytes));
    group = [];
    groupBytes = 1;
  };
  for (const nal of nals) {
    if (nal.length === 0) continue;
    if (groupBytes + LENGTH_BYTES + nal.length > maxPayloadBytes) flush();
    if (nal.length > maxPayloadBytes) fragment(nal, maxPayloadBytes, payloads);
    else {
      group.push(nal);
      groupBytes += LENGTH_BYTES + nal.length;
      // Alone it needs no STAP-A, but nothing goes beside it.
      if (groupBytes >= maxPayloadBytes) flush();
    }
  }
  flush();
  return payloads;
}

/**
 * The NAL units in the payloads of one access unit; views where a unit was not cut.
 * Undefined: a payload is empty, broken, of packetization-mode 2, a piece is missing, or all is more than 8 MiB.
 */
export function depacketizeH264(payloads: readonly Uint8Array[]): Uint8Array[] | undefined {
  const total = payloads.reduce((sum, payload) => sum + payload.length, 0);
  if (total > MAX_UNIT_BYTES) return undefined;
  const nals: Uint8Array[] = [];
  let pieces: Uint8Array[] = [];
  for (const payload of payloads) {
    const type = (payload[0] ?? 0) & 0x1f;
    if (type === FU_A) {
      const complete = collect(payload, pieces);
      if (complete === undefined) return undefined;
      if (complete) {
        nals.push(joinPieces(pieces));
        pieces = [];
      }
    } else {
      if (pieces.length > 0 || !readWhole(payload, type, nals)) return undefined;
    }
  }
  return pieces.length > 0 || nals.length === 0 ? undefined : nals;
}

/** RFC 6184 §5.7.1: the header has the highest importance of what is inside. */
function aggregate(nals: readonly Uint8Array[], bytes: number): Uint8Array {
  const payload = new Uint8Array(bytes);
  let importance = 0;
  let at = 1;
  for (const nal of nals) {
    importance = Math.max(importance, (nal[0] ?? 0) & 0x60);
    setU16(payload, at, nal.length);
    payload.set(nal, at + LENGTH_BYTES);
    at += LENGTH_BYTES + nal.length;
  }
  payload[0] = importance | STAP_A;
  return payload;
}

/** RFC 6184 §5.8: the NAL header is not repeated, its fields stand in the indicator and in the FU header. */
function fragment(nal: Uint8Array, maxPayloadBytes: number, payloads: Uint8Array[]): void {
  const header = nal[0] ?? 0;
  const count = Math.ceil((nal.length - 1) / (maxPayloadBytes - FU_BYTES));
  const size = Math.ceil((nal.length - 1) / count);
  for (let at = 1; at < nal.length; at += size) {
    const piece = nal.subarray(at, at + size);
    const payload = new Uint8Array(FU_BYTES + piece.length);
    payload[0] = (header & 0xe0) | FU_A;
    payload[1] = (header & 0x1f) | (at === 1 ? FU_START : 0) | (at + size >= nal.length ? FU_END : 0);
    payload.set(piece, FU_BYTES);
    payloads.push(payload);
  }
}

/** Adds a FU-A payload to the pieces of its unit: whether the unit is complete now, undefined when the piece does not fit. */
function collect(payload: Uint8Array, pieces: Uint8Array[]): boolean | undefined {
  const header = payload[1] ?? 0;
  const isStart = (header & FU_START) !== 0;
  if (payload.length <= FU_BYTES || !isNal(header) || isStart !== (pieces.length === 0)) return undefined;
  const first = pieces[0] ?? payload;
  if (((first[1] ?? 0) & 0x1f) !== (header & 0x1f)) return undefined;
  pieces.push(payload);
  return (header & FU_END) !== 0;
}

function joinPieces(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  const nal = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length - FU_BYTES, 1));
  nal[0] = ((first?.[0] ?? 0) & 0xe0) | ((first?.[1] ?? 0) & 0x1f);
  let at = 1;
  for (const piece of pieces) {
    nal.set(piece.subarray(FU_BYTES), at);
    at += piece.length - FU_BYTES;
  }
  return nal;
}

/** Whether a header is that of a NAL unit, not of a payload structure: those are never nested. */
function isNal(header: number): boolean {
  const type = header & 0x1f;
  return type > 0 && type < STAP_A;
}

/** A payload with whole units: false when it is neither a NAL unit nor a STAP-A that adds up. */
function readWhole(payload: Uint8Array, type: number, nals: Uint8Array[]): boolean {
  if (type !== STAP_A) {
    nals.push(payload);
    return isNal(type);
  }
  let at = 1;
  while (at + LENGTH_BYTES < payload.length) {
    const start = at + LENGTH_BYTES;
    const end = start + u16At(payload, at);
    if (end === start || end > payload.length || !isNal(payload[start] ?? 0)) return false;
    nals.push(payload.subarray(start, end));
    at = end;
  }
  return at === payload.length && at > 1;
}
