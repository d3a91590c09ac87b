/** What a WebSocket publisher is told, and how a close reason fits its frame. */
import type { RawData } from "ws";

/** JSON in text frames. `slowDown`: send less until it is false again; what is not read now waits in the connection. */
export type ToPublisher =
  | { readonly type: "ready" }
  | { readonly type: "backpressure"; readonly queuedBytes: number; readonly slowDown: boolean }
  | { readonly type: "error"; readonly message: string };

const MAX_TEXT_CHARS = 1000;
/** RFC 6455 §5.5: a control frame has 125 bytes, two of them are the code. */
const MAX_REASON_BYTES = 123;

/** The only thing a publisher says in words: that it is done. */
export function isEndMessage(data: RawData): boolean {
  const text = bytesOf(data).toString("utf8", 0, MAX_TEXT_CHARS);
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === "object" && message !== null && "type" in message && message.type === "end";
  } catch {
    return false; // not JSON: it says nothing
  }
}

/** One buffer, whatever the socket's binary type. */
export function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

/** The beginning of `reason`, cut between two characters. */
export function closeReason(reason: string): string {
  if (Buffer.byteLength(reason) <= MAX_REASON_BYTES) return reason;
  let cut = reason.slice(0, MAX_REASON_BYTES - 3);
  while (Buffer.byteLength(cut) > MAX_REASON_BYTES - 3) cut = cut.slice(0, -1);
  return `${cut}…`;
}
