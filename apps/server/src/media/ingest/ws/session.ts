/** One publisher on a WebSocket: binary messages go to a demuxer, words go back. The key was checked before. */
import type { RawData, WebSocket } from "ws";
import type { Ffmpeg } from "../../../lib/ffmpeg.ts";
import type { Logger } from "../../../lib/log.ts";
import { PipedSource } from "../demux/piped-source.ts";
import type { OpenSource, Publisher, SourceSink } from "../publisher.ts";
import { CLOSE, type WebSocketLimits } from "./limits.ts";
import { bytesOf, closeReason, isEndMessage, type ToPublisher } from "./messages.ts";
import { RateLimit } from "./rate-limit.ts";

export type WebSocketSessionOptions = Readonly<{
  publisher: Omit<Publisher, "end">;
  limits: WebSocketLimits;
  log: Logger;
  ffmpeg: Ffmpeg;
  openSource: OpenSource;
}>;

/** How a session ends: with what the sender is told, and whether somebody wanted it so. */
type Ending = Readonly<{ code: number; reason: string; stopped?: boolean; flush?: boolean; level?: "info" | "warn" }>;

/** Owns the socket: whatever happens it is closed, the sink is closed once, and one line says why. */
export class WebSocketSession {
  readonly #ws: WebSocket;
  readonly #limits: WebSocketLimits;
  readonly #log: Logger;
  readonly #source: PipedSource;
  readonly #rate: RateLimit;
  #sink: SourceSink | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #ping: NodeJS.Timeout | undefined;
  #linger: NodeJS.Timeout | undefined;
  #isHeldBack = false;
  #receivedBytes = 0;
  #ended = false;
  /** Resolves when the socket is gone. */
  readonly closed: Promise<void>;

  /** @param ws open, nothing read from it */
  constructor(ws: WebSocket, options: WebSocketSessionOptions) {
    const { limits, ffmpeg, publisher } = options;
    this.#ws = ws;
    this.#limits = limits;
    this.#log = options.log.child({
      remote: publisher.remote,
      protocol: publisher.protocol,
      publisherId: publisher.id,
    });
    this.#rate = new RateLimit(limits.bytesPerSec);
    this.#source = new PipedSource({
      ffmpeg,
      log: this.#log,
      accepts: ["matroska", "mp4"],
      resumes: false,
      onEvent: (event) => this.#sink?.push(event),
      onRoom: () => this.#makeRoom(),
    });
    void this.#source.closed.then((reason) => {
      if (reason !== null) this.#finish({ code: CLOSE.unusable, reason, level: "warn" });
    });
    this.closed = new Promise((resolve) => ws.once("close", () => resolve()));
    ws.on("message", (data, isBinary) => this.#received(data, isBinary));
    ws.on("error", (error) => this.#finish({ code: CLOSE.broken, reason: `The connection failed: ${error.message}.` }));
    ws.on("close", (code) => this.#gone(code));
    this.#open(options);
  }

  /** Tells the sender `reason` and closes. May be called repeatedly. */
  end(reason: string, code: number = CLOSE.ended): void {
    this.#finish({ code, reason });
  }

  #open({ publisher, openSource }: WebSocketSessionOptions): void {
    const opened = openSource({ ...publisher, end: (reason) => this.end(reason) });
    if (!opened.ok) return this.#finish({ code: CLOSE.conflict, reason: opened.message, level: "warn" });
    // The sink may have ended the publisher from inside of openSource().
    if (this.#ended) return opened.sink.closed("The connection ended.");
    this.#sink = opened.sink;
    this.#log.setBindings({ broadcastId: publisher.grant.broadcastId });
    this.#log.info({ encoder: publisher.encoder }, "publisher accepted");
    const { idleMs, pingMs } = this.#limits;
    this.#deadline = setTimeout(() => this.#idle(), idleMs);
    this.#ping = setInterval(() => this.#ws.ping(), pingMs);
    this.#tell({ type: "ready" });
  }

  #received(data: RawData, isBinary: boolean): void {
    if (this.#ended) return;
    if (!isBinary) {
      if (isEndMessage(data)) {
        this.#finish({ code: CLOSE.normal, reason: "The sender ended the broadcast.", stopped: true, flush: true });
      }
      return;
    }
    const bytes = bytesOf(data);
    const { chunkBytes } = this.#limits;
    if (bytes.byteLength > chunkBytes) {
      const reason = `A message of ${bytes.byteLength} bytes is too large: send at most ${chunkBytes} at once.`;
      return this.#finish({ code: CLOSE.tooLarge, reason, level: "warn" });
    }
    if (bytes.byteLength === 0) return;
    this.#receivedBytes += bytes.byteLength;
    this.#deadline?.refresh();
    this.#source.push(bytes);
    this.#holdBack(bytes.byteLength);
  }

  /** Reads no further while the demuxer is behind, or the sender faster than it may be. */
  #holdBack(bytes: number): void {
    const waitMs = this.#rate.take(bytes, performance.now());
    const queuedBytes = this.#source.queuedBytes;
    const isFull = queuedBytes > this.#limits.queuedBytes;
    if (this.#isHeldBack || this.#ended || (waitMs === 0 && !isFull)) return;
    this.#isHeldBack = true;
    this.#ws.pause();
    this.#tell({ type: "backpressure", queuedBytes, slowDown: true });
    if (!isFull) setTimeout(() => this.#makeRoom(), waitMs);
  }

  #makeRoom(): void {
    if (!this.#isHeldBack || this.#ended) return;
    this.#isHeldBack = false;
    this.#deadline?.refresh();
    this.#tell({ type: "backpressure", queuedBytes: this.#source.queuedBytes, slowDown: false });
    this.#ws.resume();
  }

  #idle(): void {
    // It is we who do not read.
    if (this.#isHeldBack) return void this.#deadline?.refresh();
    const reason = `Nothing came for ${this.#limits.idleMs / 1000} s.`;
    this.#finish({ code: CLOSE.idle, reason, level: "warn" });
  }

  #gone(code: number): void {
    clearTimeout(this.#linger);
    // The browser's words for stop(); a page that is closed (1001) or a lost connection (1006) may come back.
    const stopped = code === CLOSE.normal;
    const reason = stopped ? "The sender ended the broadcast." : `The connection was closed (${code}).`;
    this.#finish({ code, reason, stopped, flush: stopped });
  }

  /** The one end: log line, words, socket, sink. */
  #finish({ code, reason, stopped = false, flush = false, level = "info" }: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    clearInterval(this.#ping);
    const published = this.#sink !== undefined;
    const line = { reason, code, receivedBytes: this.#receivedBytes };
    this.#log[level](line, published ? "publisher left" : "WebSocket closed without publishing");
    this.#hangUp(code, reason);
    this.#release(reason, stopped, flush);
  }

  #release(reason: string, stopped: boolean, flush: boolean): void {
    const sink = this.#sink;
    if (flush) this.#source.finish();
    else this.#source.abort();
    if (!flush) return sink?.closed(reason, stopped);
    void this.#source.closed.then(() => {
      this.#sink = undefined;
      sink?.closed(reason, stopped);
    });
  }

  #hangUp(code: number, reason: string): void {
    const ws = this.#ws;
    if (ws.readyState !== ws.OPEN) return;
    if (code !== CLOSE.normal) this.#tell({ type: "error", message: reason });
    // A paused socket would not see the answer to its close frame.
    ws.resume();
    ws.close(code, closeReason(reason));
    this.#linger = setTimeout(() => ws.terminate(), this.#limits.lingerMs);
  }

  #tell(message: ToPublisher): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.send(JSON.stringify(message));
  }
}
