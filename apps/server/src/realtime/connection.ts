/** One client's socket: what it follows, what it is sent, and how it leaves. */
import type { Duplex } from "node:stream";
import { REALTIME_CLOSE, type ServerMessage } from "@rostrum/contract/realtime";
import type { WebSocket } from "ws";
import { OPCODE, wsFrame } from "../lib/ws-frame.ts";
import type { Caller } from "../http/realtime-rules.ts";

/** A client that has so much waiting does not read: it comes again and is told what it missed. */
const MAX_WAITING_BYTES = 1024 * 1024;
const CLOSE_WITHIN_MS = 3000;

/** A topic that is followed: with which playback token, if any. */
export type Following = Readonly<{ token: string | undefined }>;

export class Connection {
  caller: Caller;
  readonly topics = new Map<string, Following>();
  /** Which of the topics that have news now are followed here; the fan-out's, within one tick. */
  tickKey = "";
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #onLeave: (code: number) => void;
  #left = false;

  /** @param onLeave told when it is sent away, and why */
  constructor(ws: WebSocket, socket: Duplex, caller: Caller, onLeave: (code: number) => void) {
    this.#ws = ws;
    this.#socket = socket;
    this.caller = caller;
    this.#onLeave = onLeave;
    ws.on("close", () => (this.#left = true));
  }

  /** False once it is leaving. */
  get isHere(): boolean {
    return !this.#left && this.#ws.readyState === this.#ws.OPEN;
  }

  /** It follows something by a playback token. */
  get hasToken(): boolean {
    for (const { token } of this.topics.values()) if (token !== undefined) return true;
    return false;
  }

  send(...messages: readonly ServerMessage[]): void {
    this.sendText(`[${messages.map((message) => JSON.stringify(message)).join(",")}]`);
  }

  /** @param text a list of messages */
  sendText(text: string): void {
    this.write(textFrame(text));
  }

  /**
   * Past `ws`, which would frame it once for each client.
   * @param frame a whole frame; it may be written to others, too
   */
  write(frame: Buffer): void {
    if (!this.isHere) return;
    // What waited before: one message that is large by itself goes through.
    if (this.#socket.writableLength > MAX_WAITING_BYTES) this.leave(REALTIME_CLOSE.slow, "Too slow; connect again.");
    else this.#socket.write(frame);
  }

  onClose(run: () => void): void {
    this.#ws.once("close", run);
  }

  ping(): void {
    if (this.isHere) this.#ws.ping();
  }

  /** Closes the socket; one that does not answer is destroyed after some seconds. */
  leave(code: number, reason: string): void {
    if (this.#left) return;
    this.#left = true;
    this.#onLeave(code);
    this.#ws.close(code, reason);
    const timer = setTimeout(() => this.#ws.terminate(), CLOSE_WITHIN_MS);
    this.#ws.once("close", () => clearTimeout(timer));
  }

  /** Without a word: it does not hear any. */
  drop(): void {
    this.#left = true;
    this.#ws.terminate();
  }
}

/** One message as a frame for any number of sockets. */
export function textFrame(text: string): Buffer {
  return wsFrame(OPCODE.text, [Buffer.from(text)]);
}
