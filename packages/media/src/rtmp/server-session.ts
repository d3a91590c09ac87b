/** One encoder's connection from the server's side: bytes in, events and bytes out. RTMP 1.0, enhanced RTMP v2. */
import { type AmfObject, isAmfObject } from "../amf0.ts";
import { MalformedError, ProtocolViolation, UnsupportedError } from "../errors.ts";
import { splitAggregate } from "./aggregate.ts";
import { ChunkReader, ChunkWriter, type RtmpMessage } from "./chunks.ts";
import {
  announcesEnhanced,
  type Command,
  CommandWriter,
  parseCommand,
  parseData,
  pingTimestamp,
  stringOf,
} from "./commands.ts";
import { enhancedAnswer } from "./enhanced.ts";
import { ServerHandshake } from "./handshake.ts";
import { AckWindow } from "./ack-window.ts";
import { MESSAGE } from "./message.ts";
import { Outbox } from "./outbox.ts";
import { publishTarget } from "./publish-target.ts";

/**
 * - `publish`: the peer waits for accept() or refuse(); nothing is parsed until then. `encoder` is what it calls itself.
 * - `media`: the payload of an FLV tag, which now belongs to the receiver.
 * - `unpublish`: the peer ended its broadcast; the session is closed.
 * - `refused`: the session said no by itself and is closed.
 */
export type ServerEvent =
  | { readonly type: "publish"; readonly key: string; readonly encoder: string | null; readonly enhanced: boolean }
  | { readonly type: "metadata"; readonly values: AmfObject }
  | {
      readonly type: "media";
      readonly kind: "video" | "audio";
      readonly timestampMs: number;
      readonly data: Uint8Array;
    }
  | { readonly type: "unpublish" }
  | { readonly type: "refused"; readonly reason: string };

/** `deciding` is between a publish event and accept() or refuse(). */
export type ServerPhase = "handshake" | "commands" | "deciding" | "publishing" | "closed";

/** Codes of NetStream.Publish (RTMP 1.0 §7.2.2.6): BadName is what encoders show as a wrong stream key. */
export type RefusalCode = "NetStream.Publish.BadName" | "NetStream.Publish.Denied";

const ANSWER_CHUNK_BYTES = 4_096;
const WINDOW_BYTES = 2_500_000;
const STREAM_ID = 1;
const MAX_COMMANDS = 200;
/** Who has not been accepted has commands to send, which are small. */
const STRANGER_LIMITS = { messageBytes: 65_536, chunkStreams: 16, pendingBytes: 262_144 };
const PUBLISHER_LIMITS = {
  messageBytes: 8 * 1024 * 1024,
  chunkStreams: 64,
  pendingBytes: 16 * 1024 * 1024,
  firstAllocationBytes: 65_536,
};

/** Push what the socket gives, send what takeOutput() gives after every call, and close the socket when the phase is "closed". */
export class RtmpServerSession {
  readonly #handshake = new ServerHandshake();
  readonly #reader = new ChunkReader(STRANGER_LIMITS);
  readonly #chunks = new ChunkWriter();
  readonly #commands = new CommandWriter(this.#chunks);
  readonly #outbox = new Outbox();
  readonly #acks = new AckWindow(WINDOW_BYTES);
  #phase: ServerPhase = "handshake";
  #held: Uint8Array[] = [];
  #app = "";
  #tcUrl = "";
  #encoder: string | null = null;
  #enhanced = false;
  #connected = false;
  #commandCount = 0;
  #publishStreamId = STREAM_ID;

  get phase(): ServerPhase {
    return this.#phase;
  }

  /** Bytes to send, in order; empty when there are none. */
  takeOutput(): Uint8Array {
    return this.#outbox.take();
  }

  /**
   * The events of `bytes`, which may be cut anywhere. Closed sessions ignore it. While the session is deciding the bytes are kept:
   * pause the socket then.
   * @throws {MalformedError} {ProtocolViolation} {UnsupportedError} the peer does not speak RTMP as it should; the session is closed
   */
  push(bytes: Uint8Array): ServerEvent[] {
    if (this.#phase === "closed") return [];
    this.#acks.received(bytes.byteLength);
    return this.#guarded(() => {
      if (this.#phase === "deciding") {
        // Not slice(): of a Buffer that is a view.
        this.#held.push(new Uint8Array(bytes));
        return [];
      }
      return this.#phase === "handshake" ? this.#pushHandshake(bytes) : this.#pushChunks(bytes);
    });
  }

  /** Says Publish.Start. Returns the events of what came in meanwhile. Throws as push() does. @throws {RangeError} nothing to accept */
  accept(): ServerEvent[] {
    if (this.#phase !== "deciding") throw new RangeError(`accept() in phase ${this.#phase}`);
    this.#phase = "publishing";
    this.#reader.setLimits(PUBLISHER_LIMITS);
    this.#status("status", "NetStream.Publish.Start", "Publishing has started.");
    const held = this.#held;
    this.#held = [];
    return this.#guarded(() => held.flatMap((bytes) => this.#pushChunks(bytes)));
  }

  /** Says no to a publish request with a sentence for the person at the encoder, and closes. @throws {RangeError} nothing to refuse */
  refuse(code: RefusalCode, description: string): void {
    if (this.#phase !== "deciding") throw new RangeError(`refuse() in phase ${this.#phase}`);
    this.#status("error", code, description);
    this.#close();
  }

  /** Ends the session with a sentence for the person at the encoder. Closed sessions ignore it. */
  end(description: string): void {
    if (this.#phase === "closed") return;
    if (this.#connected) this.#status("error", "NetStream.Publish.Denied", description);
    this.#close();
  }

  #guarded(parse: () => ServerEvent[]): ServerEvent[] {
    try {
      return parse();
    } catch (error) {
      if (this.#connected && error instanceof UnsupportedError) {
        this.#status("error", "NetStream.Publish.Denied", error.message);
      }
      this.#close();
      throw error;
    }
  }

  #pushHandshake(bytes: Uint8Array): ServerEvent[] {
    const { output, rest } = this.#handshake.push(bytes);
    this.#outbox.put(output);
    if (rest === undefined) return [];
    this.#phase = "commands";
    return this.#pushChunks(rest);
  }

  #pushChunks(bytes: Uint8Array): ServerEvent[] {
    if (this.#phase === "closed") return [];
    if (this.#phase === "deciding") {
      this.#held.push(new Uint8Array(bytes));
      return [];
    }
    const events: ServerEvent[] = [];
    this.#reader.feed(bytes);
    for (let message = this.#reader.read(); message !== undefined; message = this.#reader.read()) {
      this.#message(message, events);
      if (!this.#isParsing()) break;
    }
    if (!this.#isParsing()) this.#keepUnread();
    const due = this.#acks.takeDue();
    if (due !== undefined && this.#connected) this.#outbox.put(this.#commands.acknowledgement(due));
    return events;
  }

  #isParsing(): boolean {
    return this.#phase === "commands" || this.#phase === "publishing";
  }

  #keepUnread(): void {
    const unread = this.#reader.takeUnread();
    if (this.#phase === "deciding" && unread.byteLength > 0) this.#held.push(unread);
  }

  #message(message: RtmpMessage, events: ServerEvent[]): void {
    const { typeId, payload } = message;
    switch (typeId) {
      case MESSAGE.audio:
      case MESSAGE.video:
        this.#media(message, events);
        return;
      case MESSAGE.dataAmf0:
      case MESSAGE.dataAmf3:
        this.#data(message, events);
        return;
      case MESSAGE.commandAmf0:
      case MESSAGE.commandAmf3:
        this.#command(parseCommand(message), message.streamId, events);
        return;
      case MESSAGE.aggregate:
        for (const part of splitAggregate(message)) {
          if (part.typeId !== MESSAGE.aggregate && this.#isParsing()) this.#message(part, events);
        }
        return;
      case MESSAGE.userControl: {
        const timestamp = pingTimestamp(payload);
        if (timestamp !== undefined) this.#outbox.put(this.#commands.pingResponse(timestamp));
        return;
      }
      case MESSAGE.windowAcknowledgementSize:
        this.#acks.setWindow(payload);
        return;
      default:
      // Acknowledgements, bandwidth and shared objects ask for nothing here.
    }
  }

  #media(message: RtmpMessage, events: ServerEvent[]): void {
    if (this.#phase !== "publishing") throw new ProtocolViolation("media before publish");
    if (message.payload.byteLength === 0) return;
    const kind = message.typeId === MESSAGE.video ? "video" : "audio";
    events.push({ type: "media", kind, timestampMs: message.timestampMs, data: message.payload });
  }

  /** Data that cannot be read is no reason to end a broadcast: media does not need it. */
  #data(message: RtmpMessage, events: ServerEvent[]): void {
    if (this.#phase !== "publishing") return;
    try {
      const values = parseData(message);
      const [name, ...rest] = values[0] === "@setDataFrame" ? values.slice(1) : values;
      const [object] = rest;
      if (name === "onMetaData" && isAmfObject(object)) events.push({ type: "metadata", values: object });
    } catch (error) {
      if (!(error instanceof MalformedError || error instanceof UnsupportedError)) throw error;
    }
  }

  #command(command: Command, streamId: number, events: ServerEvent[]): void {
    if (++this.#commandCount > MAX_COMMANDS) throw new ProtocolViolation(`more than ${MAX_COMMANDS} commands`);
    if (command.name === "connect") return this.#connect(command);
    if (!this.#connected) throw new ProtocolViolation("a command before connect");
    switch (command.name) {
      case "publish":
        return this.#publish(command, streamId, events);
      case "play":
      case "play2":
        return this.#refusePlay(streamId, events);
      case "FCUnpublish":
      case "deleteStream":
      case "closeStream":
        return this.#unpublish(events);
      case "createStream":
        return this.#result(command, STREAM_ID);
      case "getStreamLength":
        return this.#result(command, 0);
      case "releaseStream":
      case "FCPublish":
      case "FCSubscribe":
      case "_checkbw":
      case "checkBandwidth":
        return this.#result(command, undefined);
      case "onStatus":
      case "_result":
      case "_error":
        return;
      default:
        this.#unknown(command);
    }
  }

  #connect(command: Command): void {
    if (this.#connected) throw new ProtocolViolation("a second connect");
    this.#connected = true;
    this.#app = stringOf(command.object, "app");
    this.#tcUrl = stringOf(command.object, "tcUrl");
    this.#encoder = printable(stringOf(command.object, "flashVer"));
    this.#enhanced = announcesEnhanced(command.object);
    const writer = this.#commands;
    this.#outbox.put(writer.windowAcknowledgementSize(WINDOW_BYTES));
    this.#outbox.put(writer.setPeerBandwidth(WINDOW_BYTES));
    this.#outbox.put(this.#chunks.setChunkSize(ANSWER_CHUNK_BYTES));
    const enhanced = this.#enhanced ? enhancedAnswer() : {};
    const properties = { fmsVer: "FMS/3,5,7,7009", capabilities: 31, mode: 1, ...enhanced };
    const information = {
      level: "status",
      code: "NetConnection.Connect.Success",
      description: "Connected.",
      objectEncoding: 0,
      ...enhanced,
    };
    this.#outbox.put(writer.command(0, "_result", command.transaction, properties, information));
  }

  #publish(command: Command, streamId: number, events: ServerEvent[]): void {
    if (this.#phase === "publishing") throw new ProtocolViolation("a second publish on one connection");
    this.#publishStreamId = streamId === 0 ? STREAM_ID : streamId;
    this.#outbox.put(this.#commands.streamBegin(this.#publishStreamId));
    const [name] = command.values;
    const target = publishTarget(this.#app, this.#tcUrl, typeof name === "string" ? name : "");
    this.#phase = "deciding";
    if (target.ok) {
      events.push({ type: "publish", key: target.key, encoder: this.#encoder, enhanced: this.#enhanced });
      return;
    }
    this.refuse("NetStream.Publish.BadName", target.problem);
    events.push({ type: "refused", reason: target.problem });
  }

  #refusePlay(streamId: number, events: ServerEvent[]): void {
    const reason = "Playing over RTMP is not offered: watch on the page or over HLS.";
    this.#publishStreamId = streamId;
    this.#status("error", "NetStream.Play.Failed", reason);
    this.#close();
    events.push({ type: "refused", reason });
  }

  #unpublish(events: ServerEvent[]): void {
    // Encoders send these also before they publish, to clean up after an earlier connection.
    if (this.#phase !== "publishing") return;
    this.#status("status", "NetStream.Unpublish.Success", "Publishing has ended.");
    this.#close();
    events.push({ type: "unpublish" });
  }

  #result(command: Command, value: number | undefined): void {
    if (command.transaction === 0) return;
    this.#outbox.put(this.#commands.command(0, "_result", command.transaction, null, value));
  }

  #unknown(command: Command): void {
    if (command.transaction === 0) return;
    const status = { level: "error", code: "NetConnection.Call.Failed", description: "This call is not known." };
    this.#outbox.put(this.#commands.command(0, "_error", command.transaction, null, status));
  }

  #status(level: "status" | "error", code: string, description: string): void {
    this.#outbox.put(this.#commands.onStatus(this.#publishStreamId, { level, code, description }));
  }

  #close(): void {
    this.#phase = "closed";
    this.#held = [];
  }
}

function printable(text: string): string | null {
  const clean = text.replaceAll(/[^\x20-\x7e]/g, "").slice(0, 100);
  return clean === "" ? null : clean;
}
