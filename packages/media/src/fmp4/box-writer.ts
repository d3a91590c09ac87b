/** Boxes around payloads, for the init segment. ISO/IEC 14496-12 §4.2. */
import { ByteWriter } from "../bytes.ts";

/** One box with its payloads in order. They are copied. */
export function box(type: string, ...payloads: readonly Uint8Array[]): Uint8Array {
  let bytes = 8;
  for (const payload of payloads) bytes += payload.length;
  const writer = new ByteWriter(bytes).u32(bytes).ascii(type);
  for (const payload of payloads) writer.bytes(payload);
  return writer.finish();
}

/** A box that starts with version and flags. */
export function fullBox(type: string, version: number, flags: number, ...payloads: readonly Uint8Array[]): Uint8Array {
  return box(type, new ByteWriter(16).u8(version).u24(flags).finish(), ...payloads);
}
