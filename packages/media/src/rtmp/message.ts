/** The unit that RTMP chunks carry, and the numbers of its types. RTMP 1.0 §5.4, §7.1. */

/** `timestampMs` is modulo 2^32 (0 to 2^32 - 1): unwrapping is the caller's. `payload` belongs to the receiver of the message. */
export type RtmpMessage = Readonly<{
  chunkStreamId: number;
  typeId: number;
  /** The message stream, which createStream hands out; 0 for the connection itself. */
  streamId: number;
  timestampMs: number;
  payload: Uint8Array;
}>;

/** Message types that both halves act on. */
export const MESSAGE = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAcknowledgementSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  commandAmf3: 17,
  dataAmf0: 18,
  commandAmf0: 20,
  aggregate: 22,
} as const;

/** User control events (§7.1.7). */
export const USER_CONTROL = { streamBegin: 0, pingRequest: 6, pingResponse: 7 } as const;

/** Chunk streams that we write on. 2 is reserved for protocol control (§5.4). */
export const CHUNK_STREAM = { control: 2, command: 3, audio: 4, data: 5, video: 6 } as const;

/** Chunk size of both directions until a Set Chunk Size message (§5.4.1). */
export const INITIAL_CHUNK_SIZE = 128;

/** The length field has 24 bits. */
export const MAX_MESSAGE_BYTES = 0xffffff;

/** In the 24 bit time field: the time follows in 32 bits (§5.3.1.3). */
export const EXTENDED_TIMESTAMP = 0xffffff;

/** Bytes of the message header by chunk type, without basic header and extended timestamp (§5.3.1.2). */
export const MESSAGE_HEADER_BYTES: readonly number[] = [11, 7, 3, 0];
