/** RTMP chunk stream: messages to bytes. RTMP 1.0 §5.3. */
import {
  EXTENDED_TIMESTAMP,
  INITIAL_CHUNK_SIZE,
  MAX_MESSAGE_BYTES,
  MESSAGE,
  MESSAGE_HEADER_BYTES,
  type RtmpMessage,
} from "./message.ts";

/** Compresses headers against the last message of the same chunk stream. */
export class ChunkWriter {
  readonly #last = new Map<number, Omit<RtmpMessage, "payload"> & { length: number }>();
  #chunkSize = INITIAL_CHUNK_SIZE;

  /**
   * The chunks of one message; the payload is copied once.
   * @throws {RangeError} the payload is longer than 2^24 - 1 bytes or the chunk stream id is not 2 to 65599
   */
  write(message: RtmpMessage): Uint8Array {
    const { chunkStreamId: id, payload } = message;
    const length = payload.byteLength;
    if (length > MAX_MESSAGE_BYTES)
      throw new RangeError(`message of ${length} bytes, ${MAX_MESSAGE_BYTES} are possible`);
    if (!(id >= 2 && id <= 65_599)) throw new RangeError(`chunk stream id ${id}, 2 to 65599 are possible`);
    const { type, time } = this.#chooseHeader(message);
    const extendedBytes = time >= EXTENDED_TIMESTAMP ? 4 : 0;
    const basic = id < 64 ? 1 : id < 320 ? 2 : 3;
    const more = Math.max(0, Math.ceil(length / this.#chunkSize) - 1);
    const headerBytes = basic + (MESSAGE_HEADER_BYTES[type] ?? 0) + extendedBytes;
    const out = new Uint8Array(headerBytes + length + more * (basic + extendedBytes));
    let at = this.#writeHeader(out, type, time, message);
    for (let from = 0; from < length; from += this.#chunkSize) {
      if (from > 0) {
        at = writeBasicHeader(out, at, 3, id);
        if (extendedBytes > 0) at = writeU32(out, at, time);
      }
      const part = payload.subarray(from, from + this.#chunkSize);
      out.set(part, at);
      at += part.byteLength;
    }
    return out;
  }

  /** The Set Chunk Size message that announces `bytes` (1 to 2^24 - 1), which all later messages use. @throws {RangeError} */
  setChunkSize(bytes: number): Uint8Array {
    if (!(Number.isInteger(bytes) && bytes >= 1 && bytes <= MAX_MESSAGE_BYTES))
      throw new RangeError(`chunk size ${bytes}`);
    const payload = new Uint8Array(4);
    writeU32(payload, 0, bytes);
    const out = this.write({ chunkStreamId: 2, typeId: MESSAGE.setChunkSize, streamId: 0, timestampMs: 0, payload });
    this.#chunkSize = bytes;
    return out;
  }

  /** Type 3 never starts a message: what it adds to the time after a type 0 chunk is read in two ways. */
  #chooseHeader(message: RtmpMessage): { type: number; time: number } {
    const { chunkStreamId, typeId, streamId, timestampMs } = message;
    const length = message.payload.byteLength;
    const last = this.#last.get(chunkStreamId);
    this.#last.set(chunkStreamId, { chunkStreamId, typeId, streamId, timestampMs, length });
    if (last === undefined || last.streamId !== streamId || timestampMs < last.timestampMs) {
      return { type: 0, time: timestampMs };
    }
    const type = last.typeId === typeId && last.length === length ? 2 : 1;
    return { type, time: timestampMs - last.timestampMs };
  }

  #writeHeader(out: Uint8Array, type: number, time: number, message: RtmpMessage): number {
    let at = writeBasicHeader(out, 0, type, message.chunkStreamId);
    at = writeU24(out, at, Math.min(time, EXTENDED_TIMESTAMP));
    if (type < 2) {
      at = writeU24(out, at, message.payload.byteLength);
      out[at++] = message.typeId;
    }
    if (type === 0) {
      for (let shift = 0; shift < 32; shift += 8) out[at++] = message.streamId >>> shift;
    }
    return time >= EXTENDED_TIMESTAMP ? writeU32(out, at, time) : at;
  }
}

function writeBasicHeader(out: Uint8Array, at: number, type: number, id: number): number {
  const high = type << 6;
  if (id < 64) {
    out[at] = high | id;
    return at + 1;
  }
  out[at] = id < 320 ? high : high | 1;
  out[at + 1] = id - 64;
  if (id < 320) return at + 2;
  out[at + 2] = (id - 64) >> 8;
  return at + 3;
}

function writeU24(out: Uint8Array, at: number, value: number): number {
  out[at] = value >>> 16;
  out[at + 1] = value >>> 8;
  out[at + 2] = value;
  return at + 3;
}

function writeU32(out: Uint8Array, at: number, value: number): number {
  out[at] = value >>> 24;
  return writeU24(out, at + 1, value & 0xffffff);
}
