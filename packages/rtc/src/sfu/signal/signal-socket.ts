/** One signalling WebSocket: LiveKit's SignalRequest in, SignalResponse out, binary or JSON as the client does. */
import { type LeaveRequest, SignalRequest } from "@livekit/protocol";
import type { RawData, WebSocket } from "ws";
import { Outgoing } from "./outgoing.ts";
import { Allowance } from "./rate.ts";

/** What a client says to the server. */
export type SignalRequestMessage = SignalRequest["message"];

export type SignalHandlers = Readonly<{
  onRequest: (request: SignalRequestMessage) => void;
  /** Once, whoever closed it. `clean`: the peer said goodbye by the protocol, so it does not mean to come back at once. */
  onClosed: (end: Readonly<{ clean: boolean; why: string }>) => void;
}>;

/** A client that publishes and lays out eleven tiles sends some dozens at once. */
const BURST = 400;
const PER_SEC = 100;
/** Long messages cost more. Its offers have some 60 KB in a full meeting, and it makes one for each who comes. */
const BURST_BYTES = 4 * 1024 * 1024;
const BYTES_PER_SEC = 256 * 1024;
/** More waiting than this is a reader that has stopped. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
/** WebSocket close codes: RFC 6455 §7.4.1. */
const NORMAL = 1000;
const GOING_AWAY = 1001;
const UNSUPPORTED_DATA = 1003;
const POLICY = 1008;

/** Wraps a socket that is open. */
export class SignalSocket {
  readonly #socket: WebSocket;
  readonly #messages: Allowance;
  readonly #bytes: Allowance;
  #json = false;
  #closed = false;
  #heardMs: number;

  constructor(socket: WebSocket, nowMs: number) {
    this.#socket = socket;
    this.#heardMs = nowMs;
    this.#messages = new Allowance(BURST, PER_SEC, nowMs);
    this.#bytes = new Allowance(BURST_BYTES, BYTES_PER_SEC, nowMs);
  }

  /** When the client last said anything, by the clock that the constructor was given the time of. */
  get heardMs(): number {
    return this.#heardMs;
  }

  get isOpen(): boolean {
    return !this.#closed && this.#socket.readyState === this.#socket.OPEN;
  }

  /** Wires the socket; call it once. */
  start({ onRequest, onClosed }: SignalHandlers, nowMs: () => number): void {
    this.#socket.on("message", (data, isBinary) => {
      if (!this.isOpen) return;
      this.#heardMs = nowMs();
      const bytes = bytesOf(data);
      if (!this.#messages.take(this.#heardMs)) return this.close(POLICY, "too many messages");
      if (!this.#bytes.take(this.#heardMs, bytes.byteLength)) return this.close(POLICY, "too many bytes");
      const message = this.#read(bytes, isBinary);
      if (message !== undefined) onRequest(message);
    });
    // A protocol error of the peer: `close` follows it.
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", (code) => {
      this.#closed = true;
      onClosed({ clean: code === NORMAL || code === GOING_AWAY, why: `socket closed with ${code}` });
    });
  }

  /** For a socket that is only told to go: what it says is not read. */
  startRefused(): void {
    this.#socket.on("error", () => undefined);
  }

  /** Sends, unless the socket is closed; a peer that does not read is cut off. */
  send(message: Outgoing): void {
    if (!this.isOpen) return;
    if (this.#socket.bufferedAmount > MAX_BUFFERED_BYTES) return this.#socket.terminate();
    this.#socket.send(this.#json ? message.json : message.binary);
  }

  /** Sends `leave` and closes. */
  leave(leave: LeaveRequest): void {
    this.send(new Outgoing({ case: "leave", value: leave }));
    this.close(NORMAL, "left");
  }

  /** Closing twice is harmless. */
  close(code = NORMAL, why = ""): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close(code, why);
  }

  /** Without a goodbye, as when the network fails. */
  terminate(): void {
    this.#socket.terminate();
  }

  #read(bytes: Buffer, isBinary: boolean): SignalRequestMessage | undefined {
    try {
      if (isBinary) return SignalRequest.fromBinary(bytes).message;
      this.#json = true;
      return SignalRequest.fromJsonString(bytes.toString("utf8"), { ignoreUnknownFields: true }).message;
    } catch {
      this.close(UNSUPPORTED_DATA, "not a SignalRequest message");
      return undefined;
    }
  }
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
