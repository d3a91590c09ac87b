/** Packet status chunks of transport-wide feedback. draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1.3, §3.1.4. */
import { u16At } from "./octets.ts";

const VECTOR = 0x8000;
const TWO_BITS = 0x4000;
const MAX_RUN = 0x1fff;
const ONE_BIT_SYMBOLS = 14;
const TWO_BIT_SYMBOLS = 7;
const RESERVED = 3;

/**
 * Fills `statuses` (0 not received, 1 small delta, 2 large delta) from the chunks at `start`.
 * @returns where the chunks end; −1 when they are cut or use the reserved status
 */
export function readStatuses(bytes: Uint8Array, start: number, end: number, statuses: Uint8Array): number {
  let at = start;
  let done = 0;
  while (done < statuses.length) {
    if (at + 2 > end) return -1;
    done = readChunk(u16At(bytes, at), statuses, done);
    if (done < 0) return -1;
    at += 2;
  }
  return at;
}

/** The chunks that say `statuses` (0, 1 or 2 each), two bytes each. */
export function writeStatuses(statuses: Uint8Array): number[] {
  const chunks: number[] = [];
  let at = 0;
  while (at < statuses.length) {
    const run = runAt(statuses, at);
    const window = statuses.subarray(at, at + ONE_BIT_SYMBOLS);
    const oneBit = !window.includes(2);
    const symbols = oneBit ? ONE_BIT_SYMBOLS : TWO_BIT_SYMBOLS;
    if (run >= symbols || at + run === statuses.length) {
      chunks.push(((statuses[at] ?? 0) << 13) | run);
      at += run;
    } else {
      chunks.push(vectorOf(window, symbols));
      at += symbols;
    }
  }
  return chunks;
}

/** The position after the chunk, cut to the length of `statuses`; −1 with a reserved status. */
function readChunk(chunk: number, statuses: Uint8Array, start: number): number {
  if ((chunk & VECTOR) === 0) {
    const status = chunk >> 13;
    const end = Math.min(statuses.length, start + (chunk & MAX_RUN));
    // A run of none would read the same place again for ever.
    if (status === RESERVED || end === start) return -1;
    statuses.fill(status, start, end);
    return end;
  }
  const bits = (chunk & TWO_BITS) === 0 ? 1 : 2;
  const end = Math.min(statuses.length, start + ONE_BIT_SYMBOLS / bits);
  for (let i = start; i < end; i++) {
    const status = (chunk >> (ONE_BIT_SYMBOLS - bits * (i - start + 1))) & (2 ** bits - 1);
    if (status === RESERVED) return -1;
    statuses[i] = status;
  }
  return end;
}

function runAt(statuses: Uint8Array, start: number): number {
  let end = start + 1;
  while (end < statuses.length && end - start < MAX_RUN && statuses[end] === statuses[start]) end += 1;
  return end - start;
}

function vectorOf(window: Uint8Array, symbols: number): number {
  const bits = ONE_BIT_SYMBOLS / symbols;
  let chunk = bits === 1 ? VECTOR : VECTOR | TWO_BITS;
  for (let i = 0; i < symbols; i++) chunk |= (window[i] ?? 0) << (ONE_BIT_SYMBOLS - bits * (i + 1));
  return chunk;
}
