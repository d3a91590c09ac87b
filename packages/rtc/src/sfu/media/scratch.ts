/** Memory for packets that the transport copies at once, used again for each of them. */
import type { Allocate } from "../../rtp/packet-template.ts";

/** More than fits the path: what we forward came through a path of 1,500 bytes. */
const BYTES = 2_048;

/** What was got before is overwritten by the next packet: the transport must have copied it. */
export function createScratch(): Allocate {
  const bytes = new Uint8Array(BYTES);
  return (byteLength) => (byteLength <= BYTES ? bytes.subarray(0, byteLength) : new Uint8Array(byteLength));
}
