/** Big-endian numbers in byte arrays, without a DataView for each packet. Callers check bounds; outside of them zeros are read. */

export function u16At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

export function u24At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | u16At(bytes, at + 1);
}

export function u32At(bytes: Uint8Array, at: number): number {
  return ((u16At(bytes, at) << 16) | u16At(bytes, at + 2)) >>> 0;
}

/** Writes the lower 16 bits. */
export function setU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Writes the lower 24 bits. */
export function setU24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 16;
  setU16(bytes, at + 1, value);
}

/** Writes the lower 32 bits. */
export function setU32(bytes: Uint8Array, at: number, value: number): void {
  setU16(bytes, at, value >>> 16);
  setU16(bytes, at + 2, value);
}
