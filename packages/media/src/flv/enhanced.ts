/** The part of a tag that enhanced RTMP shares between video and audio: ModEx, multitrack and FourCC. E-RTMP v2. */
import type { ByteReader } from "../bytes.ts";
import { MalformedError } from "../errors.ts";

const SPEC = "E-RTMP v2, ExVideoTagHeader";
const MODEX = 7;
const MAX_MODEX = 16;
const ONE_TRACK = 0;
const MANY_CODECS = 2;

/** Track 0 of a tag; `body` starts where packet type and codec decide. */
export type EnhancedPacket = Readonly<{ packetType: number; fourCc: string; body: ByteReader }>;

/**
 * Skips ModEx, reads packet type and FourCC, and finds track 0 of a multitrack tag.
 * @param packetType from the first byte, which the reader is behind of
 * @param multitrackType the number that means multitrack: 6 for video, 5 for audio
 * @returns undefined when the tag has no track 0
 * @throws {MalformedError} it is cut, or ModEx and multitrack are nested
 */
export function readEnhanced(
  reader: ByteReader,
  packetType: number,
  multitrackType: number,
  split: (bytes: Uint8Array) => ByteReader,
): EnhancedPacket | undefined {
  const type = skipModEx(reader, packetType);
  if (type !== multitrackType) return { packetType: type, fourCc: reader.fourCc(), body: reader };
  const kinds = reader.u8();
  const kind = kinds >> 4;
  const inner = kinds & 15;
  if (inner === multitrackType || inner === MODEX) {
    throw new MalformedError(`packet type ${inner} inside multitrack`, reader.position, SPEC);
  }
  if (kind > MANY_CODECS) throw new MalformedError(`multitrack type ${kind}`, reader.position, SPEC);
  let fourCc = kind === MANY_CODECS ? "" : reader.fourCc();
  while (reader.remaining > 0) {
    if (kind === MANY_CODECS) fourCc = reader.fourCc();
    const track = reader.u8();
    const body = kind === ONE_TRACK ? reader.rest() : reader.bytes(reader.u24());
    if (track === 0) return { packetType: inner, fourCc, body: split(body) };
  }
  return undefined;
}

function skipModEx(reader: ByteReader, packetType: number): number {
  let type = packetType;
  for (let count = 0; type === MODEX; count++) {
    if (count === MAX_MODEX) throw new MalformedError(`more than ${MAX_MODEX} ModEx`, reader.position, SPEC);
    const short = reader.u8() + 1;
    reader.skip(short === 256 ? reader.u16() + 1 : short);
    type = reader.u8() & 15;
  }
  return type;
}
