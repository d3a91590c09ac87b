/** Aggregate messages: several audio, video and data messages in one. RTMP 1.0 §7.1.6. */
import { ByteReader } from "../bytes.ts";
import type { RtmpMessage } from "./message.ts";

const BACK_POINTER_BYTES = 4;

/**
 * The messages inside, on the aggregate's message stream; their times are moved so that the first has the aggregate's.
 * @throws {MalformedError} cut off inside a message
 */
export function splitAggregate(aggregate: RtmpMessage): RtmpMessage[] {
  const reader = new ByteReader(aggregate.payload, "RTMP 1.0 §7.1.6");
  const messages: RtmpMessage[] = [];
  let offsetMs: number | undefined;
  while (reader.remaining > 0) {
    const typeId = reader.u8();
    const length = reader.u24();
    const low = reader.u24();
    const timestampMs = ((reader.u8() << 24) | low) >>> 0;
    reader.skip(3);
    const payload = new Uint8Array(reader.bytes(length));
    // The last back pointer is left out by some senders.
    reader.skip(Math.min(BACK_POINTER_BYTES, reader.remaining));
    offsetMs ??= aggregate.timestampMs - timestampMs;
    messages.push({ ...aggregate, typeId, timestampMs: (timestampMs + offsetMs) >>> 0, payload });
  }
  return messages;
}
