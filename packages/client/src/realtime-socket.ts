/** One WebSocket to the gateway, from its first try to its end: it says when it opened, what came, and that it is gone, once. */
import type { ServerMessage } from "@rostrum/contract/realtime";
import { readFrame } from "./realtime-frame.ts";
import type { RealtimeTiming } from "./realtime-timing.ts";

export type SocketEvents = Readonly<{
  onOpen: () => void;
  onMessage: (message: ServerMessage) => void;
  /** @param code a close code; 0 when it was given up */
  onClosed: (code: number) => void;
}>;

export class RealtimeSocket {
  readonly #socket: WebSocket;
  readonly #timing: RealtimeTiming;
  readonly #events: SocketEvents;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heardAtMs = 0;
  #isOver = false;

  constructor(url: string, Socket: typeof globalThis.WebSocket, timing: RealtimeTiming, events: SocketEvents) {
    this.#timing = timing;
    this.#events = events;
    const socket = new Socket(url);
    this.#socket = socket;
    socket.addEventListener("open", () => this.#opened());
    socket.addEventListener("message", ({ data }) => this.#heard(data));
    socket.addEventListener("close", ({ code }) => this.#end(code));
    // The close that follows says it, too.
    socket.addEventListener("error", () => {});
    this.#within(timing.openWithinMs, () => this.#giveUp());
  }

  get isOpen(): boolean {
    return !this.#isOver && this.#socket.readyState === 1;
  }

  /** False: it is not open, nothing was sent. */
  send(message: unknown): boolean {
    if (!this.isOpen) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Asks whether anybody is there; gives up when no answer comes. */
  ask(): void {
    const askedAtMs = performance.now();
    if (!this.send({ type: "ping" })) return;
    this.#within(this.#timing.answerWithinMs, () => (this.#heardAtMs < askedAtMs ? this.#giveUp() : this.#look()));
  }

  /** Without a further event. */
  close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#socket.close();
  }

  #opened(): void {
    if (this.#isOver) return;
    // Some proxies open every socket and let nothing through.
    this.ask();
    this.#events.onOpen();
  }

  #heard(data: unknown): void {
    if (this.#isOver || typeof data !== "string") return;
    this.#heardAtMs = performance.now();
    const messages = readFrame(data);
    // Something between here and the server changes what it says: another connection may do better.
    if (messages === undefined) return this.#giveUp();
    for (const message of messages) if (!this.#isOver) this.#events.onMessage(message);
  }

  /** One timer for all that comes: it looks when the last word was, and asks when that is long ago. */
  #look(): void {
    const quietMs = performance.now() - this.#heardAtMs;
    if (quietMs < this.#timing.quietMs) this.#within(this.#timing.quietMs - quietMs, () => this.#look());
    else if (this.isOpen) this.ask();
    else this.#giveUp();
  }

  #within(ms: number, run: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, ms);
  }

  #giveUp(): void {
    this.#socket.close();
    this.#end(0);
  }

  #end(code: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#events.onClosed(code);
  }
}
