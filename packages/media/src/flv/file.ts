/** FLV files and pipes: the header, and tags around the payloads that RTMP also carries. FLV 10.1 §E.2, §E.3, §E.4.1. */
import { ByteReader, ByteWriter, concat } from "../bytes.ts";
import { MalformedError, ProtocolViolation } from "../errors.ts";

/** `typeId` is that of RTMP: 8 audio, 9 video, 18 script data. `timestampMs` is modulo 2^32. */
export type FlvTag = Readonly<{ typeId: number; timestampMs: number; payload: Uint8Array }>;

const SPEC = "FLV 10.1 §E.2";
const HEADER_BYTES = 9;
const TAG_HEADER_BYTES = 11;
const SIZE_BYTES = 4;
/** A header may be longer in later versions; this is far beyond any. */
const MAX_HEADER_BYTES = 1_024;
const FILTERED = 0x20;
const EMPTY = new Uint8Array(0);

/** The header and the first size field. */
export function serializeFlvHeader(has: Readonly<{ video: boolean; audio: boolean }>): Uint8Array {
  const flags = (has.audio ? 4 : 0) | (has.video ? 1 : 0);
  return new ByteWriter(HEADER_BYTES + SIZE_BYTES).ascii("FLV").u8(1).u8(flags).u32(HEADER_BYTES).u32(0).finish();
}

/** One tag with the size field behind it. @throws {RangeError} the payload is longer than 2^24 - 1 bytes */
export function serializeFlvTag({ typeId, timestampMs, payload }: FlvTag): Uint8Array {
  const size = payload.byteLength;
  if (size > 0xffffff) throw new RangeError(`FLV tag of ${size} bytes`);
  const writer = new ByteWriter(TAG_HEADER_BYTES + size + SIZE_BYTES);
  writer
    .u8(typeId)
    .u24(size)
    .u24(timestampMs & 0xffffff)
    .u8(timestampMs >>> 24)
    .u24(0)
    .bytes(payload);
  return writer.u32(TAG_HEADER_BYTES + size).finish();
}

/** Reads an FLV byte stream that comes in cuts of any size. */
export class FlvReader {
  readonly #maxTagBytes: number;
  /** What came since the last join: a long tag in small cuts is joined once, not at every cut. */
  #pieces: Uint8Array[] = [];
  #heldBytes = 0;
  /** Bytes without which nothing more can be said. */
  #wantedBytes = HEADER_BYTES;
  #pending: Uint8Array = EMPTY;
  #skip: number | undefined;

  /** @param maxTagBytes inclusive */
  constructor(maxTagBytes = 8 * 1024 * 1024) {
    this.#maxTagBytes = maxTagBytes;
  }

  /**
   * The tags that `bytes` complete; payloads are views of memory that the reader does not use again.
   * @throws {MalformedError} no FLV header, or an encrypted tag
   * @throws {ProtocolViolation} a tag over the limit
   */
  push(bytes: Uint8Array): FlvTag[] {
    this.#pieces.push(new Uint8Array(bytes));
    this.#heldBytes += bytes.byteLength;
    if (this.#heldBytes < this.#wantedBytes) return [];
    this.#pending = concat(this.#pieces);
    if (this.#skip === undefined) this.#readHeader();
    const tags: FlvTag[] = [];
    for (let tag = this.#next(); tag !== undefined; tag = this.#next()) tags.push(tag);
    this.#pieces = [this.#pending];
    this.#heldBytes = this.#pending.byteLength;
    return tags;
  }

  #readHeader(): void {
    if (this.#pending.byteLength < HEADER_BYTES) return;
    const reader = new ByteReader(this.#pending, SPEC);
    if (reader.utf8(3) !== "FLV") throw new MalformedError("no FLV signature", 0, SPEC);
    reader.skip(2);
    const headerBytes = reader.u32();
    if (headerBytes < HEADER_BYTES || headerBytes > MAX_HEADER_BYTES) {
      throw new MalformedError(`FLV header of ${headerBytes} bytes`, 5, SPEC);
    }
    this.#skip = headerBytes + SIZE_BYTES;
  }

  #next(): FlvTag | undefined {
    const skip = this.#skip;
    if (skip === undefined) return undefined;
    this.#wantedBytes = skip + TAG_HEADER_BYTES;
    if (this.#pending.byteLength < this.#wantedBytes) return undefined;
    const reader = new ByteReader(this.#pending.subarray(skip), SPEC);
    const typeId = reader.u8();
    const size = reader.u24();
    const low = reader.u24();
    const timestampMs = ((reader.u8() << 24) | low) >>> 0;
    if ((typeId & FILTERED) !== 0) throw new MalformedError("encrypted FLV tag", 0, SPEC);
    if (size > this.#maxTagBytes) {
      throw new ProtocolViolation(`FLV tag of ${size} bytes, at most ${this.#maxTagBytes} are accepted`);
    }
    reader.skip(3);
    if (reader.remaining < size) {
      this.#wantedBytes += size;
      return undefined;
    }
    const payload = reader.bytes(size);
    this.#pending = this.#pending.subarray(skip + TAG_HEADER_BYTES + size);
    this.#skip = SIZE_BYTES;
    return { typeId: typeId & 0x1f, timestampMs, payload };
  }
}
