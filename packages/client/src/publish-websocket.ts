/// <reference lib="dom" />
/** Publishes a MediaStream from a browser over `WS /ingest/<key>`: records, sends, comes back after a loss. */
import { pressureOf, recordingFormat, retryDelayMs } from "./publish-policy.ts";

/**
 * - `connecting`: `attempt` counts from 1 since media last flowed.
 * - `live`: the server takes media.
 * - `waiting`: the connection was lost for `reason`; the next try is in `retryInMs`.
 * - `ended`: nothing more will happen; `failed` when nobody wanted it so. `reason` is a sentence.
 */
export type PublishState =
  | { readonly kind: "connecting"; readonly attempt: number }
  | { readonly kind: "live"; readonly mimeType: string }
  | { readonly kind: "waiting"; readonly reason: string; readonly retryInMs: number }
  | { readonly kind: "ended"; readonly reason: string; readonly failed: boolean };

/** How far sending is behind. `slowDown`: the network or the server cannot keep up; a lower bit rate would help. */
export type Pressure = Readonly<{ queuedBytes: number; slowDown: boolean }>;

export type PublishOptions = Readonly<{
  /** Of the server, with the key: `wss://host/ingest/<key>`. */
  url: string;
  /** The caller stops its tracks. */
  stream: MediaStream;
  videoBitsPerSec?: number;
  audioBitsPerSec?: number;
  onState?: (state: PublishState) => void;
  onPressure?: (pressure: Pressure) => void;
}>;

export interface PublishSession {
  readonly state: PublishState;
  /** Sends what is recorded, says goodbye, and closes. May be called repeatedly. */
  stop(): Promise<void>;
}

/** Chromium: without it a key frame comes each 100 frames only. */
type RecorderOptions = MediaRecorderOptions & { videoKeyFrameIntervalDuration?: number };

const VIDEO_BPS = 2_500_000;
const AUDIO_BPS = 128_000;
const CHUNK_MS = 200;
const KEYFRAME_MS = 2000;
/** The server takes 64 KiB at once. */
const MESSAGE_BYTES = 48 * 1024;
const OPEN_WITHIN_MS = 10_000;
const GOODBYE_MS = 2000;
const LOST = 4900;

/** Begins at once. @throws {Error} this browser cannot record any format that the server takes */
export function publishWebSocket(options: PublishOptions): PublishSession {
  const format = recordingFormat((type) => MediaRecorder.isTypeSupported(type));
  if (format === undefined) throw new Error("This browser cannot record video for a broadcast.");
  return new Session(options, format);
}

class Session implements PublishSession {
  readonly #options: PublishOptions;
  readonly #format: string;
  #state: PublishState = { kind: "connecting", attempt: 1 };
  #ws: WebSocket | undefined;
  #recorder: MediaRecorder | undefined;
  /** Chunks are read one after the other. */
  #sending: Promise<void> = Promise.resolve();
  #retry: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #wasLive = false;
  #isSlow = false;
  #serverIsSlow = false;
  /** What the server said last, before it closed. */
  #said: string | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: PublishOptions, format: string) {
    this.#options = options;
    this.#format = format;
    this.#connect();
  }

  get state(): PublishState {
    return this.#state;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#sayGoodbye();
    return this.#stopped;
  }

  #connect(): void {
    this.#become({ kind: "connecting", attempt: this.#failures + 1 });
    this.#said = undefined;
    const ws = new WebSocket(this.#options.url);
    this.#ws = ws;
    const late = setTimeout(() => this.#close(ws, LOST, "The server did not answer."), OPEN_WITHIN_MS);
    ws.addEventListener("message", (event: MessageEvent) => this.#hear(ws, String(event.data)));
    ws.addEventListener("open", () => clearTimeout(late));
    ws.addEventListener("close", (event: CloseEvent) => {
      clearTimeout(late);
      this.#closed(ws, event.code, event.reason);
    });
  }

  #hear(ws: WebSocket, text: string): void {
    const message = JSON.parse(text) as { type: string; message?: string; slowDown?: boolean };
    if (message.type === "ready") this.#record(ws);
    else if (message.type === "error") this.#said = message.message;
    else if (message.type === "backpressure") {
      this.#serverIsSlow = message.slowDown === true;
      this.#weigh(ws);
    }
  }

  /** A connection carries one container from its beginning. */
  #record(ws: WebSocket): void {
    const { stream, videoBitsPerSec = VIDEO_BPS, audioBitsPerSec = AUDIO_BPS } = this.#options;
    const wanted: RecorderOptions = {
      mimeType: this.#format,
      videoBitsPerSecond: videoBitsPerSec,
      audioBitsPerSecond: audioBitsPerSec,
      videoKeyFrameIntervalDuration: KEYFRAME_MS,
    };
    const recorder = new MediaRecorder(stream, wanted);
    this.#recorder = recorder;
    recorder.addEventListener("dataavailable", ({ data }: BlobEvent) => {
      this.#sending = this.#sending.then(() => this.#send(ws, data));
    });
    // All tracks have ended, or the recorder failed.
    recorder.addEventListener("stop", () => void (this.#recorder === recorder && this.stop()));
    recorder.start(CHUNK_MS);
    this.#failures = 0;
    this.#serverIsSlow = false;
    this.#wasLive = true;
    this.#become({ kind: "live", mimeType: recorder.mimeType });
  }

  async #send(ws: WebSocket, data: Blob): Promise<void> {
    const bytes = await data.arrayBuffer();
    if (ws.readyState !== WebSocket.OPEN) return;
    for (let at = 0; at < bytes.byteLength; at += MESSAGE_BYTES) ws.send(bytes.slice(at, at + MESSAGE_BYTES));
    this.#weigh(ws);
  }

  #weigh(ws: WebSocket): void {
    const { videoBitsPerSec = VIDEO_BPS, audioBitsPerSec = AUDIO_BPS, onPressure } = this.#options;
    const pressure = pressureOf(ws.bufferedAmount, videoBitsPerSec + audioBitsPerSec);
    if (pressure === "lost") return this.#close(ws, LOST, "The connection is too slow for this picture.");
    const slowDown = pressure === "slow" || this.#serverIsSlow;
    if (slowDown || this.#isSlow) onPressure?.({ queuedBytes: ws.bufferedAmount, slowDown });
    this.#isSlow = slowDown;
  }

  /** Does not wait for the far end, which may not be there any more. */
  #close(ws: WebSocket, code: number, reason: string): void {
    ws.close();
    this.#closed(ws, code, reason);
  }

  #closed(ws: WebSocket, code: number, reason: string): void {
    if (this.#ws !== ws) return;
    this.#ws = undefined;
    this.#endRecorder();
    if (this.#stopped !== undefined || this.#state.kind === "ended") return;
    const text = this.#said ?? (reason || "The connection to the server was lost.");
    const closing = { code, wasLive: this.#wasLive, failures: this.#failures, random: Math.random() };
    const retryInMs = retryDelayMs(closing);
    if (retryInMs === null) return this.#become({ kind: "ended", reason: text, failed: true });
    this.#failures += 1;
    this.#become({ kind: "waiting", reason: text, retryInMs });
    this.#retry = setTimeout(() => this.#connect(), retryInMs);
  }

  #endRecorder(): void {
    const recorder = this.#recorder;
    this.#recorder = undefined;
    if (recorder !== undefined && recorder.state !== "inactive") recorder.stop();
  }

  async #sayGoodbye(): Promise<void> {
    clearTimeout(this.#retry);
    const ws = this.#ws;
    const recorder = this.#recorder;
    this.#recorder = undefined;
    if (recorder !== undefined && recorder.state !== "inactive") {
      const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve, { once: true }));
      recorder.stop();
      await stopped;
      await this.#sending;
    }
    if (ws !== undefined) await closeGently(ws);
    this.#ws = undefined;
    if (this.#state.kind !== "ended") {
      this.#become({ kind: "ended", reason: "The broadcast was stopped.", failed: false });
    }
  }

  #become(state: PublishState): void {
    this.#state = state;
    this.#options.onState?.(state);
  }
}

/** Lets the server take what it was sent, for two seconds. */
async function closeGently(ws: WebSocket): Promise<void> {
  if (ws.readyState !== WebSocket.OPEN) return ws.close();
  const closed = new Promise((resolve) => ws.addEventListener("close", resolve, { once: true }));
  ws.send(JSON.stringify({ type: "end" }));
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, GOODBYE_MS))]);
  ws.close();
}
