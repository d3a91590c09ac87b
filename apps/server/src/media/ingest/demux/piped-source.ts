/** A source that comes as one container of bytes: probed, demuxed by FFmpeg, and watched. */
import { MalformedError, UnsupportedError } from "@rostrum/media/errors";
import { type Container, type Contents, MAX_PROBE_BYTES, probeContainer } from "@rostrum/media/probe/container";
import { concat } from "@rostrum/media/bytes";
import { probeMpegTs } from "@rostrum/media/probe/mpegts";
import { MpegTsStart } from "@rostrum/media/probe/mpegts-start";
import type { Ffmpeg } from "../../../lib/ffmpeg.ts";
import type { Logger } from "../../../lib/log.ts";
import type { SourceEvent } from "../source-event.ts";
import { type DemuxChild, startDemux } from "./demux-child.ts";

/**
 * - `accepts`: the containers of this protocol.
 * - `resumes`: the container can be joined anywhere, so a demuxer that crashed is started again. Others end the source.
 * - `onRoom`: the queue has become empty after `push` met a full one.
 */
export type PipedSourceOptions = Readonly<{
  ffmpeg: Ffmpeg;
  log: Logger;
  accepts: readonly Container[];
  resumes: boolean;
  onEvent: (event: SourceEvent) => void;
  onRoom: () => void;
}>;

/** FFmpeg takes nothing for so long, or gives nothing back for what it took: it hangs. */
const HANG_MS = 10_000;
const FIRST_RESTART_MS = 200;
const MAX_RESTART_MS = 5_000;
/** Restarts without so much good time in between; then the source ends. */
const MAX_RESTARTS = 5;
const GOOD_MS = 30_000;
/** Beyond it what comes is dropped. Who can hold the sender back does so long before. */
const MAX_QUEUED_BYTES = 16 * 1024 * 1024;
/** For what FFmpeg still holds when the sender is done: it takes a moment, and on a busy machine some seconds. */
const FINISH_MS = 8_000;
/** From the first byte to the first frame: longer than any usual distance of key frames. */
const FIRST_MEDIA_MS = 20_000;
/** What did not tell its tracks is looked at again when it has grown so much, not with each of its many small messages. */
const PROBE_AGAIN = 1.125;
const NOTHING = "Nothing that can be shown came within 20 s: send H.264 or another accepted codec, with key frames.";
const STOPPED = "The server could not take the media apart";

/** Ends when told to, or by itself with a reason. Nothing is handed out after `closed`. */
export class PipedSource {
  readonly #options: PipedSourceOptions;
  readonly #stop = new AbortController();
  readonly #closed = Promise.withResolvers<string | null>();
  readonly #watch: NodeJS.Timeout;
  /** Before the tracks are known. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #probeAtBytes = 0;
  #contents: Contents | undefined;
  /** Of a transport stream: what a demuxer that starts in the middle of it needs. */
  #begin: (() => MpegTsStart) | undefined;
  #gate: MpegTsStart | undefined;
  #isFinished = false;
  readonly #bornMs = performance.now();
  #child: DemuxChild | undefined;
  #childStop = new AbortController();
  #restarts = 0;
  #restart: NodeJS.Timeout | undefined;
  #startedMs = 0;
  #lastInMs = 0;
  #lastOutMs = 0;
  #firstOutMs: number | undefined;
  #isDropping = false;
  #isDone = false;

  constructor(options: PipedSourceOptions) {
    this.#options = options;
    this.#watch = setInterval(() => this.#lookForHang(), 1_000);
  }

  /** Why it ended by itself, as a sentence; null when it was told to. Never rejects. */
  get closed(): Promise<string | null> {
    return this.#closed.promise;
  }

  get queuedBytes(): number {
    return this.#child?.queuedBytes() ?? 0;
  }

  /** What the stream carries, when that is known. */
  get contents(): Contents | undefined {
    return this.#contents;
  }

  push(bytes: Uint8Array): void {
    if (this.#isDone) return;
    if (this.#contents === undefined) this.#probe(bytes);
    else if (this.#child !== undefined) this.#feed(this.#child, this.#gate?.push(bytes) ?? bytes);
    // Between two demuxers there is nobody to take it.
  }

  /** The sender is done. What FFmpeg still holds is handed out first, for 8 s at most. */
  finish(): void {
    if (this.#isDone) return;
    const child = this.#child;
    if (child === undefined) return this.abort();
    this.#isFinished = true;
    child.finish();
    setTimeout(() => this.abort(), FINISH_MS).unref();
  }

  /** Ends at once. */
  abort(): void {
    this.#end(null);
  }

  #probe(bytes: Uint8Array): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.byteLength;
    if (this.#heldBytes < this.#probeAtBytes) return;
    this.#probeAtBytes = Math.min(this.#heldBytes * PROBE_AGAIN, MAX_PROBE_BYTES);
    const held = concat(this.#held);
    this.#held = [held];
    try {
      const contents = probeContainer(held);
      if (contents === undefined) return;
      const { accepts } = this.#options;
      if (!accepts.includes(contents.container)) {
        throw new UnsupportedError(`${contents.container} cannot be sent here; ${accepts.join(" or ")} is accepted`);
      }
      this.#contents = contents;
    } catch (error) {
      if (!(error instanceof UnsupportedError || error instanceof MalformedError)) throw error;
      return this.#end(`This cannot be taken: ${error.message}.`);
    }
    this.#held = [];
    const program = this.#contents.container === "mpegts" ? probeMpegTs(held) : undefined;
    if (program !== undefined) this.#begin = () => new MpegTsStart(program);
    this.#start(this.#contents);
    this.push(held);
  }

  #start(contents: Contents): void {
    this.#childStop = new AbortController();
    this.#gate = this.#begin?.();
    const { ffmpeg, log, onRoom } = this.#options;
    this.#startedMs = performance.now();
    this.#lastInMs = this.#startedMs;
    this.#lastOutMs = this.#startedMs;
    const child = startDemux(ffmpeg, contents, {
      signal: AbortSignal.any([this.#stop.signal, this.#childStop.signal]),
      onEvent: (event) => this.#deliver(event),
      onDrain: onRoom,
    });
    this.#child = child;
    log.debug({ ...contents }, "demuxer started");
    void child.closed.then(({ problem, unsupported }) => {
      if (this.#isDone || this.#child !== child) return;
      this.#child = undefined;
      if (this.#isFinished) return this.#end(null);
      this.#childEnded(contents, problem ?? "it did not answer any more", unsupported);
    });
  }

  #childEnded(contents: Contents, problem: string, unsupported: boolean): void {
    if (performance.now() - this.#startedMs > GOOD_MS) this.#restarts = 0;
    this.#restarts += 1;
    if (unsupported) return this.#end(`This cannot be taken: ${problem}.`);
    if (!this.#options.resumes || this.#restarts > MAX_RESTARTS) return this.#end(`${STOPPED}: ${problem}.`);
    const delayMs = Math.min(MAX_RESTART_MS, FIRST_RESTART_MS * 2 ** (this.#restarts - 1));
    this.#options.log.warn({ problem, delayMs }, "demuxer ended; it is started again");
    this.#restart = setTimeout(() => {
      this.#start(contents);
      this.#options.onRoom();
    }, delayMs);
  }

  #feed(child: DemuxChild, bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return;
    const isFull = child.queuedBytes() + bytes.byteLength > MAX_QUEUED_BYTES;
    if (isFull && !this.#isDropping) {
      this.#options.onEvent({ type: "dropped", samples: 1, reason: "the server cannot keep up with this source" });
    }
    this.#isDropping = isFull;
    if (isFull) return;
    this.#lastInMs = performance.now();
    child.write(bytes);
  }

  #deliver(event: SourceEvent): void {
    if (this.#isDone) return;
    this.#lastOutMs = performance.now();
    this.#firstOutMs ??= this.#lastOutMs;
    this.#options.onEvent(event);
  }

  #lookForHang(): void {
    const nowMs = performance.now();
    if (this.#firstOutMs === undefined && nowMs - this.#bornMs > FIRST_MEDIA_MS) return this.#end(NOTHING);
    if (this.#child === undefined) return;
    const isFed = nowMs - this.#lastInMs < HANG_MS / 2 || this.queuedBytes > 0;
    if (!isFed) this.#lastOutMs = nowMs;
    else if (nowMs - this.#lastOutMs > HANG_MS) this.#childStop.abort();
  }

  #end(reason: string | null): void {
    if (this.#isDone) return;
    this.#isDone = true;
    clearInterval(this.#watch);
    clearTimeout(this.#restart);
    this.#held = [];
    this.#stop.abort();
    this.#closed.resolve(reason);
  }
}
