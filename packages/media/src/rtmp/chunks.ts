/** RTMP chunk stream: bytes to messages; the way back is in chunk-writer.ts. RTMP 1.0 §5.3. */
import { MalformedError, ProtocolViolation } from "../errors.ts";
import {
  EXTENDED_TIMESTAMP,
  INITIAL_CHUNK_SIZE,
  MAX_MESSAGE_BYTES,
  MESSAGE,
  MESSAGE_HEADER_BYTES,
  type RtmpMessage,
} from "./message.ts";

export { ChunkWriter } from "./chunk-writer.ts";
export type { RtmpMessage } from "./message.ts";

/** What one peer may make us hold. All inclusive. */
export type ChunkLimits = Readonly<{
  /** Length that a message may announce. */
  messageBytes: number;
  /** Different chunk streams on one connection. */
  chunkStreams: number;
  /** Memory of all messages that are not complete yet. */
  pendingBytes: number;
  /** Memory that a message starts with, if it says it is as long: the more, the less is copied while it grows. */
  firstAllocationBytes: number;
}>;

export const DEFAULT_CHUNK_LIMITS: ChunkLimits = {
  messageBytes: 8 * 1024 * 1024,
  chunkStreams: 64,
  pendingBytes: 16 * 1024 * 1024,
  firstAllocationBytes: 4_096,
};

const CONTROL_SPEC = "RTMP 1.0 §5.4";
const MAX_HEADER_BYTES = 18;
const EMPTY = new Uint8Array(0);

/** What later chunks of a chunk stream refer back to, and the message that is under way. */
type ChunkStream = {
  readonly id: number;
  typeId: number;
  streamId: number;
  /** Undefined until a header has told it. */
  length: number | undefined;
  timestamp: number;
  /** What a type 3 chunk adds when it starts a message: the last delta, or after a type 0 chunk its timestamp (§5.3.1.2.4). */
  delta: number;
  /** The last header's extended timestamp field, if it had one. */
  extended: number | undefined;
  started: boolean;
  received: number;
  buffer: Uint8Array;
};

/**
 * Bytes to messages. Memory grows with what was received, beyond the first allocation never with what was announced. Set Chunk Size and Abort are obeyed here
 * and not returned. After a throw the reader must not be used again.
 */
export class ChunkReader {
  #limits: ChunkLimits;
  readonly #streams = new Map<number, ChunkStream>();
  readonly #header = new Uint8Array(MAX_HEADER_BYTES);
  #headerBytes = 0;
  #chunkSize = INITIAL_CHUNK_SIZE;
  #current: ChunkStream | undefined;
  #chunkLeft = 0;
  #pendingBytes = 0;
  #input: Uint8Array = EMPTY;
  #at = 0;

  constructor(limits: Partial<ChunkLimits> = {}) {
    this.#limits = { ...DEFAULT_CHUNK_LIMITS, ...limits };
  }

  /** Memory of unfinished messages. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Limits from now on, e.g. wider ones for a peer that is known by now. */
  setLimits(limits: Partial<ChunkLimits>): void {
    this.#limits = { ...this.#limits, ...limits };
  }

  /**
   * All messages that `bytes` complete.
   * @throws {MalformedError} a control message is shorter than its fields
   * @throws {ProtocolViolation} over a limit, or a chunk that refers to nothing
   */
  push(bytes: Uint8Array): RtmpMessage[] {
    this.feed(bytes);
    const messages: RtmpMessage[] = [];
    for (let message = this.read(); message !== undefined; message = this.read()) messages.push(message);
    return messages;
  }

  /** Gives `bytes` to read() without parsing them. Everything fed before must have been read; the array is not kept after that. */
  feed(bytes: Uint8Array): void {
    if (this.#at < this.#input.byteLength) throw new RangeError("feed() before the last input was read to its end");
    this.#input = bytes;
    this.#at = 0;
  }

  /** The next message, or undefined when all input is used. Throws as push() does. */
  read(): RtmpMessage | undefined {
    for (;;) {
      const stream = this.#current;
      if (stream === undefined) {
        if (!this.#readHeader()) return this.#exhausted();
      } else if (this.#chunkLeft > 0) {
        if (!this.#copyPayload(stream)) return this.#exhausted();
      } else {
        this.#current = undefined;
        if (stream.received < (stream.length ?? 0)) continue;
        const message = this.#finish(stream);
        if (message !== undefined) return message;
      }
    }
  }

  /** A copy of what read() has not looked at; the reader forgets it. */
  takeUnread(): Uint8Array {
    const unread = new Uint8Array(this.#input.subarray(this.#at));
    this.#exhausted();
    return unread;
  }

  #exhausted(): undefined {
    this.#input = EMPTY;
    this.#at = 0;
    return undefined;
  }

  /** False when the input ends inside a header: what is there is kept in `#header`. */
  #readHeader(): boolean {
    const input = this.#input;
    while (this.#at < input.byteLength) {
      this.#header[this.#headerBytes++] = input[this.#at++] ?? 0;
      const needed = this.#neededHeaderBytes();
      if (needed > this.#headerBytes) continue;
      if (needed < this.#headerBytes) this.#unread(needed);
      this.#startChunk();
      this.#headerBytes = 0;
      return true;
    }
    return false;
  }

  /** Bytes of the whole header as far as the bytes read so far tell; fewer than were read when an extended timestamp is not repeated. */
  #neededHeaderBytes(): number {
    const basic = basicHeaderBytes(this.#header);
    const read = this.#headerBytes;
    if (read < basic) return basic;
    const type = this.#chunkType();
    const total = basic + (MESSAGE_HEADER_BYTES[type] ?? 0);
    if (read < total) return total;
    if (type < 3) return u24(this.#header, basic) === EXTENDED_TIMESTAMP ? total + 4 : total;
    const stream = this.#streams.get(chunkStreamId(this.#header));
    if (stream?.extended === undefined) return total;
    return this.#repeatsExtended(stream, total, read - total) ? total + 4 : total;
  }

  /**
   * Type 3 chunks repeat the extended timestamp (§5.3.1.3), but not every encoder does: compared with what was sent before,
   * the field or the absolute time, for the `count` bytes that are there.
   */
  #repeatsExtended(stream: ChunkStream, from: number, count: number): boolean {
    const field = stream.extended ?? 0;
    for (const value of [field, stream.timestamp]) {
      let same = 0;
      while (same < count && this.#header[from + same] === ((value >>> (24 - 8 * same)) & 0xff)) same++;
      if (same === count) return true;
    }
    return false;
  }

  /** Gives the header bytes after the first `kept` back to the input: they are payload. */
  #unread(kept: number): void {
    const count = this.#headerBytes - kept;
    if (count <= this.#at) {
      this.#at -= count;
    } else {
      const rest = this.#input.subarray(this.#at);
      const joined = new Uint8Array(count + rest.byteLength);
      joined.set(this.#header.subarray(kept, kept + count));
      joined.set(rest, count);
      this.#input = joined;
      this.#at = 0;
    }
    this.#headerBytes = kept;
  }

  #startChunk(): void {
    const type = this.#chunkType();
    const stream = this.#stream(chunkStreamId(this.#header));
    if (type < 3) this.#applyHeader(stream, type, basicHeaderBytes(this.#header));
    else if (!stream.started) stream.timestamp = (stream.timestamp + stream.delta) >>> 0;
    if (stream.length === undefined) {
      throw new ProtocolViolation(
        `first chunk on chunk stream ${stream.id} has type ${type}, which needs one before it`,
      );
    }
    stream.started = true;
    this.#current = stream;
    this.#chunkLeft = Math.min(this.#chunkSize, stream.length - stream.received);
  }

  #chunkType(): number {
    return (this.#header[0] ?? 0) >> 6;
  }

  #stream(id: number): ChunkStream {
    const known = this.#streams.get(id);
    if (known !== undefined) return known;
    if (this.#streams.size >= this.#limits.chunkStreams) {
      throw new ProtocolViolation(`more than ${this.#limits.chunkStreams} chunk streams`);
    }
    const stream: ChunkStream = {
      id,
      typeId: 0,
      streamId: 0,
      length: undefined,
      timestamp: 0,
      delta: 0,
      extended: undefined,
      started: false,
      received: 0,
      buffer: EMPTY,
    };
    this.#streams.set(id, stream);
    return stream;
  }

  #applyHeader(stream: ChunkStream, type: number, at: number): void {
    const header = this.#header;
    if (stream.started) {
      throw new ProtocolViolation(`new message on chunk stream ${stream.id} inside another one`);
    }
    const field = u24(header, at);
    const time = field === EXTENDED_TIMESTAMP ? u32(header, at + (MESSAGE_HEADER_BYTES[type] ?? 0)) : field;
    stream.extended = field === EXTENDED_TIMESTAMP ? time : undefined;
    stream.delta = time;
    stream.timestamp = type === 0 ? time : (stream.timestamp + time) >>> 0;
    if (type === 2) return;
    stream.length = this.#checkedLength(u24(header, at + 3));
    stream.typeId = header[at + 6] ?? 0;
    if (type === 0) stream.streamId = u32le(header, at + 7);
  }

  #checkedLength(length: number): number {
    if (length <= this.#limits.messageBytes) return length;
    throw new ProtocolViolation(`message of ${length} bytes, at most ${this.#limits.messageBytes} are accepted`);
  }

  /** False when the input ends inside the chunk. */
  #copyPayload(stream: ChunkStream): boolean {
    const count = Math.min(this.#chunkLeft, this.#input.byteLength - this.#at);
    if (count === 0) return false;
    this.#reserve(stream, stream.received + count);
    stream.buffer.set(this.#input.subarray(this.#at, this.#at + count), stream.received);
    stream.received += count;
    this.#at += count;
    this.#chunkLeft -= count;
    return true;
  }

  #reserve(stream: ChunkStream, needed: number): void {
    const capacity = stream.buffer.byteLength;
    if (needed <= capacity) return;
    const bigger = Math.min(stream.length ?? 0, Math.max(needed, capacity * 2, this.#limits.firstAllocationBytes));
    this.#pendingBytes += bigger - capacity;
    if (this.#pendingBytes > this.#limits.pendingBytes) {
      throw new ProtocolViolation(`over ${this.#limits.pendingBytes} bytes of unfinished messages`);
    }
    const buffer = new Uint8Array(bigger);
    buffer.set(stream.buffer.subarray(0, stream.received));
    stream.buffer = buffer;
  }

  /** Undefined when the message was for the chunk stream itself. */
  #finish(stream: ChunkStream): RtmpMessage | undefined {
    const payload = stream.buffer;
    this.#drop(stream);
    if (stream.typeId === MESSAGE.setChunkSize) {
      this.#chunkSize = parseChunkSize(payload);
      return undefined;
    }
    if (stream.typeId === MESSAGE.abort) {
      const aborted = this.#streams.get(controlValue(payload, "Abort"));
      if (aborted !== undefined) this.#drop(aborted);
      return undefined;
    }
    const { id, typeId, streamId, timestamp } = stream;
    return { chunkStreamId: id, typeId, streamId, timestampMs: timestamp, payload };
  }

  #drop(stream: ChunkStream): void {
    this.#pendingBytes -= stream.buffer.byteLength;
    stream.buffer = EMPTY;
    stream.received = 0;
    stream.started = false;
  }
}

/** The value of a control message whose body is one 32 bit number (§5.4). @throws {MalformedError} shorter than that */
export function controlValue(payload: Uint8Array, name: string): number {
  if (payload.byteLength < 4) {
    throw new MalformedError(`${name} of ${payload.byteLength} bytes, 4 are needed`, 0, CONTROL_SPEC);
  }
  return u32(payload, 0);
}

function parseChunkSize(payload: Uint8Array): number {
  const size = controlValue(payload, "Set Chunk Size");
  // §5.4.1: the first bit is zero and the size at least 1; larger than any message means the same as a message's largest size.
  if (size < 1 || size > 0x7fffffff) throw new ProtocolViolation(`chunk size ${size}, 1 to 2147483647 are possible`);
  return Math.min(size, MAX_MESSAGE_BYTES);
}

function basicHeaderBytes(header: Uint8Array): number {
  const low = (header[0] ?? 0) & 0x3f;
  return low === 0 ? 2 : low === 1 ? 3 : 1;
}

function chunkStreamId(header: Uint8Array): number {
  const low = (header[0] ?? 0) & 0x3f;
  if (low > 1) return low;
  return 64 + (header[1] ?? 0) + (low === 1 ? (header[2] ?? 0) * 256 : 0);
}

function u24(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}

function u32(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) << 24) | u24(bytes, at + 1)) >>> 0;
}

function u32le(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0
  );
}
