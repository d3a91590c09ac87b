/** One FFmpeg child that makes the rungs of one stretch of a program with the same tracks. Fed sample by sample, never waited for. */
import { MalformedError, ProtocolViolation, UnsupportedError } from "@rostrum/media/errors";
import { writeFragment } from "@rostrum/media/fmp4/fragment";
import { writeInit } from "@rostrum/media/fmp4/init";
import { Fmp4Reader } from "@rostrum/media/fmp4/reader";
import type { Sample, Track } from "@rostrum/media/sample";
import type { Readable } from "node:stream";
import { type Ffmpeg, type FfmpegExit, startFfmpeg } from "../../lib/ffmpeg.ts";
import type { RungOutput } from "./rung-output.ts";

export type ChildOptions = Readonly<{
  ffmpeg: Ffmpeg;
  /** Reads one track as fragmented MP4 from stdin and writes each rung to a pipe of its own: stdout, then `pipe:3` and up. */
  args: readonly string[];
  /** What it is fed. */
  track: Track;
  /** Names of what it makes, in the order of its pipes. */
  names: readonly string[];
  output: Pick<RungOutput, "begin" | "push">;
  /** Told of samples that were not fed because the child is behind. */
  onDrop: (samples: number) => void;
  /** Told once: milliseconds from the first picture that was fed to the moment when every rung has its first one. */
  onBegin: (afterMs: number) => void;
}>;

/** What waits to be read by the child; with more the feed goes on at a later key frame. About 8 s at 8 Mbps. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
const RESUME_BYTES = MAX_WAITING_BYTES / 4;
/** A child that was told that nothing follows writes what it has: it is ended when nothing came for so long, or after the other. */
const END_SILENCE_MS = 2500;
const END_MS = 10_000;
/** Pictures that are being decoded, encoded and written at any time. */
const OWING_SEC = 1;
const MAX_BOX_BYTES = 16 * 1024 * 1024;

export class LadderChild {
  readonly names: readonly string[];
  /** Resolves when the child is gone. Never rejects. */
  readonly closed: Promise<FfmpegExit>;
  /** Resolves when nothing more is pushed: it has written everything, or was killed. */
  readonly done: Promise<unknown>;
  readonly pid: number | undefined;
  readonly #options: ChildOptions;
  readonly #stdin: ReturnType<typeof startFfmpeg>["stdin"];
  readonly #pipes: readonly Readable[];
  readonly #stop = new AbortController();
  readonly #newestSec = new Map<string, number>();
  #sequence = 0;
  #firstFedMs = 0;
  #isSkipping = false;
  #isReleased = false;
  #isEnding = false;
  #endTimer: NodeJS.Timeout | undefined;
  #silenceTimer: NodeJS.Timeout | undefined;
  /** Presentation times of what it was given. */
  #fed: Readonly<{ firstSec?: number; newestSec?: number }> = {};
  /** Since when nothing new was written. */
  #silence: Readonly<{ written: number; sinceMs: number }> | undefined;
  #problem: string | undefined;

  /** Starts the child; it holds its output back until `release`. */
  constructor(options: ChildOptions) {
    const { ffmpeg, args, names, track } = options;
    const more = { morePipes: names.length - 1, isUrgent: track.kind === "audio" };
    const child = startFfmpeg(ffmpeg, args, this.#stop.signal, more);
    this.#options = options;
    this.names = names;
    this.pid = child.pid;
    this.#stdin = child.stdin;
    this.#pipes = [child.stdout, ...child.pipes];
    // Node throws away what nobody reads or waits for when a child exits: a short one may exit before it is released.
    for (const pipe of this.#pipes) pipe.on("readable", holdBack);
    this.#stdin.write(writeInit(track));
    this.closed = this.#whenClosed(child.closed);
    this.done = Promise.race([
      this.closed,
      new Promise((resolve) => this.#stop.signal.addEventListener("abort", resolve)),
    ]);
  }

  /** Begins to push. What came before it, of another child, must all have been pushed. */
  release(): void {
    this.#isReleased = true;
    if (this.#isEnding) this.#awaitEnd();
    for (const [index, pipe] of this.#pipes.entries()) this.#read(this.names[index] ?? "", pipe);
  }

  /** What it is fed. */
  get track(): Track {
    return this.#options.track;
  }

  /** The first picture of this rung has been pushed. */
  hasBegun(name: string): boolean {
    return this.#newestSec.has(name);
  }

  /** Seconds by which the slowest rung is behind what it was fed. */
  get behindSec(): number {
    const { firstSec = 0, newestSec = 0 } = this.#fed;
    return newestSec - Math.min(...this.names.map((name) => this.#newestSec.get(name) ?? firstSec));
  }

  /** For how long it has been owing pictures without writing any. @param nowMs of a monotonic clock */
  silentMs(nowMs: number): number {
    const written = [...this.#newestSec.values()].reduce((sum, sec) => sum + sec, 0);
    const isOwing = this.behindSec > OWING_SEC;
    const goesOn = isOwing && this.#silence?.written === written;
    this.#silence = goesOn && this.#silence !== undefined ? this.#silence : { written, sinceMs: nowMs };
    return nowMs - this.#silence.sinceMs;
  }

  /** Begins with a key frame. */
  feed(sample: Sample): void {
    if (this.#isEnding || this.#stop.signal.aborted) return;
    const atSec = sample.pts / this.#options.track.timescale;
    const { firstSec = atSec, newestSec = atSec } = this.#fed;
    this.#fed = { firstSec, newestSec: Math.max(newestSec, atSec) };
    if (this.#mustSkip(sample)) return this.#options.onDrop(1);
    this.#sequence += 1;
    if (this.#sequence === 1) this.#firstFedMs = performance.now();
    this.#stdin.write(writeFragment(this.#options.track, this.#sequence, [sample]));
  }

  /** Nothing follows. What the child still has is pushed; it is ended when that takes too long. */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#stdin.end();
    if (this.#isReleased) this.#awaitEnd();
  }

  /** Ends it without waiting for what it has: nothing more is pushed. */
  kill(): void {
    this.#isEnding = true;
    this.#stop.abort();
    for (const pipe of this.#pipes) pipe.off("readable", holdBack).resume();
  }

  /** One that is held back cannot end. */
  #awaitEnd(): void {
    this.#endTimer = setTimeout(() => this.kill(), END_MS);
    this.#awaitMore();
  }

  #awaitMore(): void {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => this.kill(), END_SILENCE_MS);
  }

  #mustSkip(sample: Sample): boolean {
    const waiting = this.#stdin.writableLength;
    if (waiting > MAX_WAITING_BYTES) this.#isSkipping = true;
    else if (this.#isSkipping && sample.keyframe && waiting < RESUME_BYTES) this.#isSkipping = false;
    return this.#isSkipping;
  }

  #read(name: string, pipe: Readable): void {
    const reader = new Fmp4Reader({ maxBoxBytes: MAX_BOX_BYTES });
    let { timescale } = this.#options.track;
    pipe.off("readable", holdBack);
    pipe.on("data", (chunk: Buffer) => {
      try {
        for (const event of reader.push(chunk)) {
          if (event.type === "init") {
            ({ timescale } = event.track);
            this.#options.output.begin(name, event.track);
          } else for (const sample of event.fragment.samples) this.#push(name, sample, timescale);
        }
      } catch (error) {
        if (![MalformedError, UnsupportedError, ProtocolViolation].some((kind) => error instanceof kind)) throw error;
        this.#problem = error instanceof Error ? error.message : String(error);
        pipe.removeAllListeners("data");
        this.kill();
      }
    });
  }

  #push(name: string, sample: Sample, timescale: number): void {
    if (this.#stop.signal.aborted) return;
    if (this.#isEnding) this.#awaitMore();
    const isFirst = !this.#newestSec.has(name);
    this.#newestSec.set(name, sample.pts / timescale);
    this.#options.output.push(name, sample);
    if (isFirst && this.#newestSec.size === this.names.length)
      this.#options.onBegin(performance.now() - this.#firstFedMs);
  }

  async #whenClosed(exit: Promise<FfmpegExit>): Promise<FfmpegExit> {
    const ended = await exit;
    clearTimeout(this.#endTimer);
    clearTimeout(this.#silenceTimer);
    return this.#problem === undefined ? ended : { ...ended, stderr: `its output could not be read: ${this.#problem}` };
  }
}

function holdBack(): void {}
