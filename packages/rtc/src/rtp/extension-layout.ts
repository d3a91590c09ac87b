/** Writes a block of RTP header extensions. RFC 8285 §4. */
import type { ExtensionName } from "./extensions.ts";
import { setU16 } from "./octets.ts";

const ONE_BYTE_PROFILE = 0xbede;
const TWO_BYTE_PROFILE = 0x1000;
const MAX_ELEMENT_BYTES = 32;

/** One element with the data it has before anything is stamped. `id` 1 to 255, 1 to 32 bytes of data. */
export type PlannedExtension = Readonly<{ name: ExtensionName; id: number; data: Uint8Array }>;

/** The block, whole 32-bit words, empty without elements; `offsets` say where the data of each element starts in it. */
export type ExtensionLayout = Readonly<{
  bytes: Uint8Array;
  offsets: Readonly<Partial<Record<ExtensionName, number>>>;
}>;

/** Lays elements out in the order given: in the one-byte form when all fit it, else in the two-byte form. @throws {RangeError} data of 0 or over 32 bytes */
export function layOutExtensions(elements: readonly PlannedExtension[]): ExtensionLayout {
  if (elements.length === 0) return { bytes: new Uint8Array(), offsets: {} };
  for (const { name, data } of elements) {
    if (data.length < 1 || data.length > MAX_ELEMENT_BYTES) {
      throw new RangeError(`header extension ${name} of ${data.length} bytes, 1 to ${MAX_ELEMENT_BYTES} expected`);
    }
  }
  const oneByte = elements.every(({ id, data }) => id < 15 && data.length <= 16);
  const length = elements.reduce((sum, { data }) => sum + (oneByte ? 1 : 2) + data.length, 0);
  const bytes = new Uint8Array(4 + Math.ceil(length / 4) * 4);
  setU16(bytes, 0, oneByte ? ONE_BYTE_PROFILE : TWO_BYTE_PROFILE);
  setU16(bytes, 2, (bytes.length - 4) / 4);
  return { bytes, offsets: oneByte ? writeOneByte(bytes, elements) : writeTwoByte(bytes, elements) };
}

function writeOneByte(
  bytes: Uint8Array,
  elements: readonly PlannedExtension[],
): Partial<Record<ExtensionName, number>> {
  const offsets: Partial<Record<ExtensionName, number>> = {};
  let at = 4;
  for (const { name, id, data } of elements) {
    bytes[at] = (id << 4) | (data.length - 1);
    bytes.set(data, at + 1);
    offsets[name] = at + 1;
    at += 1 + data.length;
  }
  return offsets;
}

function writeTwoByte(
  bytes: Uint8Array,
  elements: readonly PlannedExtension[],
): Partial<Record<ExtensionName, number>> {
  const offsets: Partial<Record<ExtensionName, number>> = {};
  let at = 4;
  for (const { name, id, data } of elements) {
    bytes[at] = id;
    bytes[at + 1] = data.length;
    bytes.set(data, at + 2);
    offsets[name] = at + 2;
    at += 2 + data.length;
  }
  return offsets;
}
