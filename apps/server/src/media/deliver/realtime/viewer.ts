/** One viewer's socket: what it is sent, how far it is behind, and how it leaves. */
import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import type { Clock } from "../../../lib/clock.ts";
import { Backlog } from "./backlog.ts";
import type { RealtimeMetrics } from "./metrics.ts";
import type { Packet } from "./packet.ts";
import { isLost, SlowPolicy } from "./slow-policy.ts";
import { CLOSE, type HandoverReason, readPong, textFrame } from "./wire.ts";

export type ViewerOptions = Readonly<{
  ws: WebSocket;
  /** What `ws` writes to: whole frames made elsewhere are written past it, so that all viewers share them. */
  socket: Duplex;
  token: string | undefined;
  clock: Clock;
  metrics: RealtimeMetrics;
}>;

/** A socket that does not answer the close is destroyed after this. */
const CLOSE_WITHIN_MS = 3000;
/** A viewer has nothing to say but "bye". */
const MAX_MESSAGES = 20;

export class RealtimeViewer {
  readonly token: string | undefined;
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #clock: Clock;
  readonly #metrics: RealtimeMetrics;
  readonly #backlog = new Backlog();
  readonly #policy: SlowPolicy;
  #begun = false;
  #skipped = 0;
  #messages = 0;
  #left = false;

  constructor({ ws, socket, token, clock, metrics }: ViewerOptions) {
    this.token = token;
    this.#ws = ws;
    this.#socket = socket;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#policy = new SlowPolicy(clock.monotonicMs());
    ws.on("pong", (payload: Buffer) => this.#ponged(payload));
    ws.on("message", (data) => this.#heard(data));
    ws.on("close", () => (this.#left = true));
  }

  /** The first packets: what describes the media, and the GOP to begin with, if there is one. */
  begin(packets: readonly Packet[]): void {
    this.#socket.cork();
    for (const packet of packets) {
      this.#begun ||= packet.begins;
      this.#write(packet.bytes);
    }
    this.#socket.uncork();
  }

  /** Sends, or leaves out, or hands over to LL-HLS: never waits. */
  take(packet: Packet): void {
    if (!this.isHere) return;
    if (packet.samples === 0) return this.#write(packet.bytes);
    if (!this.#begun && !packet.begins) return;
    this.#begun = true;
    const standing = { nowMs: this.#clock.monotonicMs(), ...this.#standing() };
    switch (this.#policy.decide(standing, packet.begins)) {
      case "resume":
        this.#write(textFrame({ type: "skipped", samples: this.#skipped }));
        this.#skipped = 0;
        return this.#write(packet.bytes);
      case "send":
        return this.#write(packet.bytes);
      case "skip":
        this.#skipped += packet.samples;
        return this.#metrics.skipped(packet.samples);
      case "handover":
        return this.handOver("slow");
    }
  }

  /** Call every PING_EVERY_MS with the next ping. Who has not read for seconds is handed over, also when no media comes. */
  ping(bytes: Buffer, sequence: number): void {
    if (!this.isHere) return;
    if (isLost(this.#standing())) return this.handOver("slow");
    this.#backlog.pinged(sequence);
    this.#write(bytes);
  }

  /** LL-HLS goes on where this ends. */
  handOver(reason: HandoverReason): void {
    if (!this.isHere) return;
    this.#metrics.handedOver(reason);
    this.#write(textFrame({ type: "handover", reason }));
    this.leave(CLOSE.handover, reason);
  }

  /** The show is over. */
  end(): void {
    if (!this.isHere) return;
    this.#write(textFrame({ type: "end" }));
    this.leave(CLOSE.ended, "The broadcast has ended.");
  }

  /** Closes the socket; one that does not answer is destroyed after some seconds. */
  leave(code: number, reason: string): void {
    if (this.#left) return;
    this.#left = true;
    this.#ws.close(code, reason);
    const cancel = this.#clock.after(CLOSE_WITHIN_MS, () => this.#ws.terminate());
    this.#ws.once("close", cancel);
  }

  /** False once it is leaving: nothing is sent any more. */
  get isHere(): boolean {
    return !this.#left && this.#ws.readyState === this.#ws.OPEN;
  }

  #write(bytes: Buffer): void {
    this.#socket.write(bytes);
    this.#backlog.wrote(bytes.length, this.#socket.writableLength, this.#clock.monotonicMs());
    this.#metrics.sent(bytes.length);
  }

  #standing(): { behindMs: number; queuedBytes: number } {
    const queuedBytes = this.#socket.writableLength;
    return { queuedBytes, behindMs: this.#backlog.behindMs(queuedBytes, this.#clock.monotonicMs()) };
  }

  #ponged(payload: Buffer): void {
    const sequence = readPong(payload);
    if (sequence !== undefined) this.#backlog.ponged(sequence);
  }

  #heard(data: RawData): void {
    this.#messages += 1;
    if (Buffer.isBuffer(data) && isBye(data.toString())) this.leave(CLOSE.ended, "");
    else if (this.#messages > MAX_MESSAGES) this.leave(CLOSE.abused, "Only a bye is understood here.");
  }
}

function isBye(text: string): boolean {
  try {
    return (JSON.parse(text) as { type?: unknown } | null)?.type === "bye";
  } catch {
    return false;
  }
}
