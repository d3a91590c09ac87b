/** Sound with copies of what was sent before it: a lost packet is found in the next one. RFC 2198 §3. */
import { u16At, u24At } from "./octets.ts";

/** One block. `offsetTicks`: how much earlier than the packet it is; 0 for the newest. `payload` is a view. */
export type RedBlock = Readonly<{ payloadType: number; offsetTicks: number; payload: Uint8Array }>;

/** Browsers send one or two copies. */
const MAX_BLOCKS = 8;
const FOLLOWED = 0x80;
const COPY_HEADER_BYTES = 4;

/** The blocks of one payload, the newest last; undefined when they do not add up. */
export function splitRed(payload: Uint8Array): readonly RedBlock[] | undefined {
  const headers: number[] = [];
  let at = 0;
  while (((payload[at] ?? 0) & FOLLOWED) !== 0) {
    if (headers.length + 1 >= MAX_BLOCKS) return undefined;
    headers.push(at);
    at += COPY_HEADER_BYTES;
  }
  if (at >= payload.length) return undefined;
  const newestType = payload[at] ?? 0;
  let start = at + 1;
  const blocks: RedBlock[] = [];
  for (const header of headers) {
    const end = start + (u16At(payload, header + 2) & 0x3ff);
    if (end > payload.length) return undefined;
    const offsetTicks = u24At(payload, header + 1) >> 10;
    blocks.push({ payloadType: (payload[header] ?? 0) & 0x7f, offsetTicks, payload: payload.subarray(start, end) });
    start = end;
  }
  blocks.push({ payloadType: newestType, offsetTicks: 0, payload: payload.subarray(start) });
  return blocks;
}
