/** NAL units as AVC and HEVC share them: length-prefixed (MP4, FLV) and Annex B (start codes). */
import { MalformedError } from "../errors.ts";

const SPEC = "ISO/IEC 14496-15 §5.3.2";
const START_CODE = Uint8Array.of(0, 0, 0, 1);

/**
 * The NAL units of one length-prefixed access unit, as views without their prefixes. Empty units are left out.
 * @param nalLengthBytes 1, 2 or 4, from the configuration record
 * @throws {MalformedError} a length reaches past the end
 */
export function splitNals(data: Uint8Array, nalLengthBytes: number): Uint8Array[] {
  const nals: Uint8Array[] = [];
  let offset = 0;
  while (offset < data.length) {
    const start = offset + nalLengthBytes;
    const length = readLength(data, offset, nalLengthBytes);
    if (start + length > data.length) {
      throw new MalformedError(`NAL unit of ${length} bytes, ${data.length - start} left`, offset, SPEC);
    }
    if (length > 0) nals.push(data.subarray(start, start + length));
    offset = start + length;
  }
  return nals;
}

/** The NAL units of an Annex B byte stream, as views without start codes and trailing zeros. Bytes before the first start code are ignored. */
export function splitAnnexB(data: Uint8Array): Uint8Array[] {
  const nals: Uint8Array[] = [];
  let start = -1;
  let offset = 0;
  while (offset + 2 < data.length) {
    if ((data[offset + 2] ?? 0) > 1) {
      offset += 3;
    } else if (data[offset] === 0 && data[offset + 1] === 0 && data[offset + 2] === 1) {
      if (start >= 0) pushTrimmed(nals, data, start, offset);
      offset += 3;
      start = offset;
    } else {
      offset += 1;
    }
  }
  if (start >= 0) pushTrimmed(nals, data, start, data.length);
  return nals;
}

/** Writes NAL units with prefixes of `nalLengthBytes` bytes (1, 2 or 4). @throws {RangeError} a unit is too long for the prefix */
export function joinNals(nals: readonly Uint8Array[], nalLengthBytes = 4): Uint8Array {
  let total = 0;
  for (const nal of nals) total += nalLengthBytes + nal.length;
  const out = new Uint8Array(total);
  let offset = 0;
  for (const nal of nals) {
    if (nal.length >= 2 ** (8 * nalLengthBytes)) {
      throw new RangeError(`NAL unit of ${nal.length} bytes does not fit a ${nalLengthBytes}-byte length`);
    }
    for (let i = 0; i < nalLengthBytes; i++) out[offset + i] = (nal.length >>> (8 * (nalLengthBytes - 1 - i))) & 0xff;
    out.set(nal, offset + nalLengthBytes);
    offset += nalLengthBytes + nal.length;
  }
  return out;
}

/** Annex B to the form of MP4 and FLV. */
export function annexBToLengthPrefixed(data: Uint8Array, nalLengthBytes = 4): Uint8Array {
  return joinNals(splitAnnexB(data), nalLengthBytes);
}

/** MP4 and FLV form to Annex B, with four-byte start codes. @throws {MalformedError} as splitNals */
export function lengthPrefixedToAnnexB(data: Uint8Array, nalLengthBytes: number): Uint8Array {
  const nals = splitNals(data, nalLengthBytes);
  let total = 0;
  for (const nal of nals) total += START_CODE.length + nal.length;
  const out = new Uint8Array(total);
  let offset = 0;
  for (const nal of nals) {
    out.set(START_CODE, offset);
    out.set(nal, offset + START_CODE.length);
    offset += START_CODE.length + nal.length;
  }
  return out;
}

function readLength(data: Uint8Array, offset: number, nalLengthBytes: number): number {
  if (offset + nalLengthBytes > data.length) {
    throw new MalformedError(`NAL length of ${nalLengthBytes} bytes, ${data.length - offset} left`, offset, SPEC);
  }
  let length = 0;
  for (let i = 0; i < nalLengthBytes; i++) length = length * 256 + (data[offset + i] ?? 0);
  return length;
}

function pushTrimmed(nals: Uint8Array[], data: Uint8Array, start: number, end: number): void {
  let last = end;
  while (last > start && data[last - 1] === 0) last -= 1;
  if (last > start) nals.push(data.subarray(start, last));
}
