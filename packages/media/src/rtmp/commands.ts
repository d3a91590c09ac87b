/** Commands, statuses and control messages as bytes, and back. RTMP 1.0 §5.4, §7.1, §7.2. */
import { type AmfObject, type AmfValue, decodeAmf0, encodeAmf0, isAmfObject } from "../amf0.ts";
import { MalformedError, UnsupportedError } from "../errors.ts";
import type { ChunkWriter } from "./chunk-writer.ts";
import { CHUNK_STREAM, MESSAGE, type RtmpMessage, USER_CONTROL } from "./message.ts";

const SPEC = "RTMP 1.0 §7.2";

/** One remote call. `transaction` 0 expects no answer. `values` follow the command object. */
export type Command = Readonly<{ name: string; transaction: number; object: AmfValue; values: readonly AmfValue[] }>;

/** The info object of onStatus and of connect's answer. */
export type Status = Readonly<{ level: "status" | "error"; code: string; description: string }>;

/**
 * The command in a message of type 17 or 20.
 * @throws {MalformedError} it is not AMF0 of a name and a number
 * @throws {UnsupportedError} AMF3 inside
 */
export function parseCommand(message: RtmpMessage): Command {
  const [name, transaction, object, ...values] = parseValues(message, MESSAGE.commandAmf3);
  if (typeof name !== "string") throw new MalformedError("command without a name", 0, SPEC);
  // Some encoders leave the number out of calls that expect no answer.
  return { name, transaction: typeof transaction === "number" ? transaction : 0, object: object ?? null, values };
}

/** The values of a data message (type 15 or 18). Throws as parseCommand() does. */
export function parseData(message: RtmpMessage): AmfValue[] {
  return parseValues(message, MESSAGE.dataAmf3);
}

/** The message of an onStatus, _result or _error: its first argument that has a code. */
export function statusOf(command: Command): Status | undefined {
  for (const value of [...command.values, command.object]) {
    if (!isAmfObject(value) || typeof value["code"] !== "string") continue;
    const { code, description, level } = value;
    return {
      level: level === "error" ? "error" : "status",
      code,
      description: typeof description === "string" ? description : "",
    };
  }
  return undefined;
}

/** Writes what both halves say, on the usual chunk streams. Every method returns the bytes to send. */
export class CommandWriter {
  readonly #chunks: ChunkWriter;

  constructor(chunks: ChunkWriter) {
    this.#chunks = chunks;
  }

  command(streamId: number, name: string, transaction: number, ...values: AmfValue[]): Uint8Array {
    return this.#chunks.write({
      chunkStreamId: CHUNK_STREAM.command,
      typeId: MESSAGE.commandAmf0,
      streamId,
      timestampMs: 0,
      payload: encodeAmf0([name, transaction, ...values]),
    });
  }

  onStatus(streamId: number, status: Status): Uint8Array {
    return this.command(streamId, "onStatus", 0, null, { ...status });
  }

  acknowledgement(bytesReceived: number): Uint8Array {
    return this.#control(MESSAGE.acknowledgement, u32Bytes(bytesReceived));
  }

  windowAcknowledgementSize(bytes: number): Uint8Array {
    return this.#control(MESSAGE.windowAcknowledgementSize, u32Bytes(bytes));
  }

  /** With limit type "dynamic" (§5.4.5). */
  setPeerBandwidth(bytes: number): Uint8Array {
    return this.#control(MESSAGE.setPeerBandwidth, Uint8Array.of(...u32Bytes(bytes), 2));
  }

  streamBegin(streamId: number): Uint8Array {
    return this.#control(MESSAGE.userControl, Uint8Array.of(0, USER_CONTROL.streamBegin, ...u32Bytes(streamId)));
  }

  /** @param timestamp the four bytes of the request, which the answer repeats */
  pingResponse(timestamp: Uint8Array): Uint8Array {
    return this.#control(MESSAGE.userControl, Uint8Array.of(0, USER_CONTROL.pingResponse, ...timestamp));
  }

  #control(typeId: number, payload: Uint8Array): Uint8Array {
    return this.#chunks.write({ chunkStreamId: CHUNK_STREAM.control, typeId, streamId: 0, timestampMs: 0, payload });
  }
}

/**
 * The four bytes to send back when a user control message is a ping, else undefined.
 * @throws {MalformedError} too short for its event (§7.1.7)
 */
export function pingTimestamp(payload: Uint8Array): Uint8Array | undefined {
  if (payload.byteLength < 2) {
    throw new MalformedError(`user control of ${payload.byteLength} bytes, 2 are needed`, 0, "RTMP 1.0 §7.1.7");
  }
  if (payload[0] !== 0 || payload[1] !== USER_CONTROL.pingRequest) return undefined;
  if (payload.byteLength < 6) throw new MalformedError("ping without a timestamp", 2, "RTMP 1.0 §7.1.7");
  return payload.subarray(2, 6);
}

/** A string property of an object, or "" when it is none. */
export function stringOf(object: AmfValue, key: string): string {
  const value = isAmfObject(object) ? object[key] : undefined;
  return typeof value === "string" ? value : "";
}

/** The parts of E-RTMP v2 that a connect object announces, by name; undefined when it announces none. */
export function announcesEnhanced(object: AmfValue): object is AmfObject {
  return (
    isAmfObject(object) && ["fourCcList", "videoFourCcInfoMap", "audioFourCcInfoMap", "capsEx"].some((k) => k in object)
  );
}

/** Types 15 and 17 begin with a format selector, of which only 0 (AMF0) is defined. */
function parseValues(message: RtmpMessage, amf3Type: number): AmfValue[] {
  if (message.typeId !== amf3Type) return decodeAmf0(message.payload);
  const selector = message.payload[0];
  if (selector === undefined) throw new MalformedError("AMF3 message without its format byte", 0, SPEC);
  // Encoders exist that leave the selector out; no AMF0 value of a command begins with 0 and goes on as a name.
  if (selector === 0) return decodeAmf0(message.payload.subarray(1));
  if (selector === 2) return decodeAmf0(message.payload);
  throw new UnsupportedError(`AMF3 message of format ${selector}, 0 is accepted`);
}

function u32Bytes(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}
