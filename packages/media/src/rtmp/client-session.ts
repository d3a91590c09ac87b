/** One connection to a server that we publish to, from the client's side: bytes in, events and bytes out. RTMP 1.0, enhanced RTMP v2. */
import { type AmfObject, encodeAmf0, encodeAmf0EcmaArray } from "../amf0.ts";
import { concat } from "../bytes.ts";
import { ProtocolViolation } from "../errors.ts";
import { AckWindow } from "./ack-window.ts";
import { ChunkReader, ChunkWriter, controlValue, type RtmpMessage } from "./chunks.ts";
import { type Command, CommandWriter, parseCommand, pingTimestamp, type Status, statusOf } from "./commands.ts";
import { enhancedOffer } from "./enhanced.ts";
import { ClientHandshake } from "./handshake.ts";
import { CHUNK_STREAM, MESSAGE } from "./message.ts";
import { Outbox } from "./outbox.ts";

/** Where to publish: `rtmp://host/app` with `streamName`, which is a secret. `chunkBytes` is for what we send. */
export type RtmpTarget = Readonly<{ app: string; tcUrl: string; streamName: string; chunkBytes?: number }>;

/**
 * - `publishing`: the server said Publish.Start; media may be sent from now on.
 * - `refused`: it said no before that. - `ended`: it ended what was under way. Both close the session.
 */
export type ClientEvent =
  | { readonly type: "publishing" }
  | { readonly type: "refused" | "ended"; readonly code: string; readonly description: string };

export type ClientPhase = "handshake" | "connecting" | "creating" | "requesting" | "publishing" | "closed";

const DEFAULT_CHUNK_BYTES = 4_096;
const FLASH_VERSION = "FMLE/3.0 (compatible; Rostrum)";
const TRANSACTION = { connect: 1, releaseStream: 2, fcPublish: 3, createStream: 4, publish: 5, end: 6 } as const;
const WINDOW_BYTES = 2_500_000;
/** A server has only commands to say. */
const LIMITS = { messageBytes: 262_144, chunkStreams: 64, pendingBytes: 1_048_576 };
const SET_DATA_FRAME = encodeAmf0(["@setDataFrame", "onMetaData"]);
/** Codes of level "status" that end a broadcast nevertheless. */
const END_CODES = new Set(["NetStream.Unpublish.Success", "NetConnection.Connect.Closed"]);

/** Call start(), push what the socket gives, send what takeOutput() gives after every call, close the socket in phase "closed". */
export class RtmpClientSession {
  readonly #target: RtmpTarget;
  readonly #handshake = new ClientHandshake();
  readonly #reader = new ChunkReader(LIMITS);
  readonly #chunks = new ChunkWriter();
  readonly #commands = new CommandWriter(this.#chunks);
  readonly #outbox = new Outbox();
  readonly #acks = new AckWindow(WINDOW_BYTES);
  #phase: ClientPhase = "handshake";
  #streamId = 0;
  #acknowledgedBytes = 0;

  constructor(target: RtmpTarget) {
    this.#target = target;
  }

  get phase(): ClientPhase {
    return this.#phase;
  }

  /** What the server says it has received, modulo 2^32; 0 for servers that do not say. */
  get acknowledgedBytes(): number {
    return this.#acknowledgedBytes;
  }

  /** Once, when the socket is connected. */
  start(): void {
    this.#outbox.put(this.#handshake.start());
  }

  /** Bytes to send, in order; empty when there are none. */
  takeOutput(): Uint8Array {
    return this.#outbox.take();
  }

  /**
   * The events of `bytes`, which may be cut anywhere. Closed sessions ignore it.
   * @throws {MalformedError} {ProtocolViolation} {UnsupportedError} the server does not speak RTMP as it should; the session is closed
   */
  push(bytes: Uint8Array): ClientEvent[] {
    if (this.#phase === "closed") return [];
    this.#acks.received(bytes.byteLength);
    try {
      return this.#phase === "handshake" ? this.#pushHandshake(bytes) : this.#pushChunks(bytes);
    } catch (error) {
      this.#phase = "closed";
      throw error;
    }
  }

  /** @param data the payload of an FLV video tag; copied @throws {RangeError} not publishing */
  sendVideo(timestampMs: number, data: Uint8Array): void {
    this.#send(CHUNK_STREAM.video, MESSAGE.video, timestampMs, data);
  }

  /** @param data the payload of an FLV audio tag; copied @throws {RangeError} not publishing */
  sendAudio(timestampMs: number, data: Uint8Array): void {
    this.#send(CHUNK_STREAM.audio, MESSAGE.audio, timestampMs, data);
  }

  /** onMetaData. @throws {RangeError} not publishing */
  sendMetadata(values: AmfObject): void {
    const payload = concat([SET_DATA_FRAME, encodeAmf0EcmaArray(values)]);
    this.#send(CHUNK_STREAM.data, MESSAGE.dataAmf0, 0, payload);
  }

  /** Tells the server that this is the end, and closes. Closed sessions ignore it. */
  unpublish(): void {
    if (this.#phase === "publishing") {
      this.#call("FCUnpublish", TRANSACTION.end, null, this.#target.streamName);
      this.#call("deleteStream", 0, null, this.#streamId);
    }
    this.#phase = "closed";
  }

  #send(chunkStreamId: number, typeId: number, timestampMs: number, payload: Uint8Array): void {
    if (this.#phase !== "publishing") throw new RangeError(`media in phase ${this.#phase}`);
    this.#outbox.put(this.#chunks.write({ chunkStreamId, typeId, streamId: this.#streamId, timestampMs, payload }));
  }

  #pushHandshake(bytes: Uint8Array): ClientEvent[] {
    const { output, rest } = this.#handshake.push(bytes);
    this.#outbox.put(output);
    if (rest === undefined) return [];
    this.#phase = "connecting";
    this.#outbox.put(this.#chunks.setChunkSize(this.#target.chunkBytes ?? DEFAULT_CHUNK_BYTES));
    const { app, tcUrl } = this.#target;
    const object = { app, type: "nonprivate", flashVer: FLASH_VERSION, tcUrl, ...enhancedOffer() };
    this.#call("connect", TRANSACTION.connect, object);
    return this.#pushChunks(rest);
  }

  #pushChunks(bytes: Uint8Array): ClientEvent[] {
    const events: ClientEvent[] = [];
    this.#reader.feed(bytes);
    for (let message = this.#reader.read(); message !== undefined; message = this.#reader.read()) {
      this.#message(message, events);
      if (this.phase === "closed") this.#reader.takeUnread();
    }
    const due = this.#acks.takeDue();
    if (due !== undefined) this.#outbox.put(this.#commands.acknowledgement(due));
    return events;
  }

  #message(message: RtmpMessage, events: ClientEvent[]): void {
    const { typeId, payload } = message;
    if (typeId === MESSAGE.commandAmf0 || typeId === MESSAGE.commandAmf3) {
      this.#answer(parseCommand(message), events);
    } else if (typeId === MESSAGE.userControl) {
      const timestamp = pingTimestamp(payload);
      if (timestamp !== undefined) this.#outbox.put(this.#commands.pingResponse(timestamp));
    } else if (typeId === MESSAGE.acknowledgement) {
      this.#acknowledgedBytes = controlValue(payload, "Acknowledgement");
    } else if (typeId === MESSAGE.windowAcknowledgementSize) {
      this.#acks.setWindow(payload);
    }
  }

  #answer(command: Command, events: ClientEvent[]): void {
    switch (command.name) {
      case "_result":
        if (command.transaction === TRANSACTION.connect) this.#connected();
        if (command.transaction === TRANSACTION.createStream) this.#created(command);
        return;
      case "_error":
        // releaseStream and FCPublish are courtesies which some servers do not know.
        if (command.transaction === TRANSACTION.connect || command.transaction === TRANSACTION.createStream) {
          this.#closeWith(statusOf(command), events);
        }
        return;
      case "onStatus":
        this.#status(statusOf(command), events);
        return;
      case "close":
        this.#closeWith(undefined, events);
        return;
      default:
      // onBWDone, onFCPublish and the like ask for nothing.
    }
  }

  #connected(): void {
    if (this.#phase !== "connecting") throw new ProtocolViolation("a second answer to connect");
    this.#phase = "creating";
    const { streamName } = this.#target;
    this.#call("releaseStream", TRANSACTION.releaseStream, null, streamName);
    this.#call("FCPublish", TRANSACTION.fcPublish, null, streamName);
    this.#call("createStream", TRANSACTION.createStream, null);
  }

  #created(command: Command): void {
    if (this.#phase !== "creating") throw new ProtocolViolation("an answer to createStream that was not asked for");
    const [id] = command.values;
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id > 0xffff_ffff) {
      throw new ProtocolViolation("createStream was answered without a stream id");
    }
    this.#phase = "requesting";
    this.#streamId = id;
    const { streamName } = this.#target;
    this.#outbox.put(this.#commands.command(id, "publish", TRANSACTION.publish, null, streamName, "live"));
  }

  #status(status: Status | undefined, events: ClientEvent[]): void {
    if (status === undefined) return;
    if (status.level === "error" || END_CODES.has(status.code)) {
      this.#closeWith(status, events);
    } else if (status.code === "NetStream.Publish.Start" && this.#phase === "requesting") {
      this.#phase = "publishing";
      events.push({ type: "publishing" });
    }
  }

  #closeWith(status: Status | undefined, events: ClientEvent[]): void {
    const type = this.#phase === "publishing" ? "ended" : "refused";
    this.#phase = "closed";
    events.push({ type, code: status?.code ?? "", description: status?.description ?? "" });
  }

  #call(name: string, transaction: number, ...values: Parameters<typeof encodeAmf0>[0][number][]): void {
    this.#outbox.put(this.#commands.command(0, name, transaction, ...values));
  }
}
