/** One SourceBuffer and what waits for it: appends in order, makes room behind the playhead. */
import { type Chunk, type Init, sameInit } from "./chunk.ts";
import { type Range, rangesOf } from "./ranges.ts";

type Job =
  | Readonly<{ kind: "append"; bytes: Uint8Array }>
  | Readonly<{ kind: "type"; mime: string }>
  | Readonly<{ kind: "remove"; range: Range }>;

export type TrackBufferOptions = Readonly<{
  /** Where the viewer is: nothing close before it is given up. */
  positionSec: () => number;
  /** False once the show's end was told: then nothing is half-parsed. */
  isOpen: () => boolean;
  /** Whether the browser has a decoder for this. */
  supports: (mime: string) => boolean;
  /** `codec`: what was just appended is left out, the browser has no decoder for it. */
  onError: (kind: "codec" | "media", reason: string) => void;
  /** Something was appended or removed. */
  onChange: () => void;
}>;

const KEEP_BEHIND_SEC = 30;
/** The browser's memory was full. */
const KEEP_BEHIND_FULL_SEC = 4;
/** Removing is work: not for every second. */
const EVICT_STEP_SEC = 10;
const MAX_JOIN_BYTES = 4 * 1024 * 1024;
/** Waiting for longer than this for room means that it never comes. */
const MAX_WAITING_BYTES = 96 * 1024 * 1024;

export class TrackBuffer {
  readonly #buffer: SourceBuffer;
  readonly #options: TrackBufferOptions;
  readonly #closing = new AbortController();
  #jobs: Job[] = [];
  #waitingBytes = 0;
  #mime: string;
  #init: Init | undefined;
  #isFull = false;

  constructor(buffer: SourceBuffer, mime: string, options: TrackBufferOptions) {
    this.#buffer = buffer;
    this.#mime = mime;
    this.#options = options;
    const { signal } = this.#closing;
    buffer.addEventListener("updateend", () => this.#onUpdated(), { signal });
    buffer.addEventListener("error", () => options.onError("media", "the browser refused the media"), { signal });
  }

  /** Media that is waiting to be appended. */
  get isBusy(): boolean {
    return this.#buffer.updating || this.#jobs.length > 0;
  }

  ranges(): Range[] {
    return this.#closing.signal.aborted ? [] : rangesOf(this.#buffer.buffered);
  }

  append({ init, bytes }: Chunk): void {
    if (init.mime !== this.#mime && !this.#options.supports(init.mime)) {
      return this.#options.onError("codec", `no decoder for ${init.mime}`);
    }
    if (this.#init === undefined || !sameInit(this.#init, init)) {
      this.#init = init;
      if (init.mime !== this.#mime) this.#jobs.push({ kind: "type", mime: init.mime });
      this.#mime = init.mime;
      this.#enqueue(init.bytes);
    }
    this.#enqueue(bytes);
    this.#run();
  }

  /** Takes media out, after what was appended so far. */
  remove(range: Range): void {
    this.#jobs.push({ kind: "remove", range });
    this.#run();
  }

  /** Empties everything, also what still waits. */
  clear(): void {
    this.#jobs = [{ kind: "remove", range: { startSec: 0, endSec: Number.POSITIVE_INFINITY } }];
    this.#waitingBytes = 0;
    this.#isFull = false;
    this.#run();
  }

  /** Gives up media far behind the viewer. Called now and then. */
  evict(): void {
    this.#makeRoom(KEEP_BEHIND_SEC, EVICT_STEP_SEC);
    if (this.#isFull) this.#onUpdated();
  }

  close(): void {
    this.#closing.abort();
    this.#jobs = [];
  }

  #enqueue(bytes: Uint8Array): void {
    this.#jobs.push({ kind: "append", bytes });
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.#options.onError("media", "no room for more media");
  }

  #onUpdated(): void {
    this.#isFull = false;
    this.#options.onChange();
    this.#run();
  }

  #run(): void {
    if (this.#closing.signal.aborted || this.#buffer.updating || this.#isFull) return;
    const job = this.#take();
    if (job === undefined) return;
    try {
      this.#start(job);
    } catch (error) {
      if (error instanceof DOMException && error.name === "QuotaExceededError" && job.kind === "append")
        this.#full(job);
      else this.#options.onError("media", error instanceof Error ? error.message : String(error));
    }
  }

  #start(job: Job): void {
    switch (job.kind) {
      case "append":
        this.#buffer.appendBuffer(job.bytes as Uint8Array<ArrayBuffer>);
        this.#waitingBytes -= job.bytes.length;
        return;
      case "type":
        this.#buffer.changeType(job.mime);
        return this.#run();
      case "remove": {
        // Half-parsed media would otherwise be continued behind the hole.
        if (this.#options.isOpen()) this.#buffer.abort();
        return this.#buffer.remove(job.range.startSec, job.range.endSec);
      }
      default:
        return job satisfies never;
    }
  }

  #take(): Job | undefined {
    const job = this.#jobs.shift();
    return job?.kind === "append" ? { kind: "append", bytes: this.#joined(job.bytes) } : job;
  }

  /** Everything that waits in a row: one append costs the same for one frame as for ten. */
  #joined(first: Uint8Array): Uint8Array {
    const all = [first];
    let lengthBytes = first.length;
    for (let next = this.#jobs[0]; next?.kind === "append" && lengthBytes < MAX_JOIN_BYTES; next = this.#jobs[0]) {
      this.#jobs.shift();
      all.push(next.bytes);
      lengthBytes += next.bytes.length;
    }
    if (all.length === 1) return first;
    const joined = new Uint8Array(lengthBytes);
    let at = 0;
    for (const bytes of all) {
      joined.set(bytes, at);
      at += bytes.length;
    }
    return joined;
  }

  #full(job: Extract<Job, { kind: "append" }>): void {
    this.#jobs.unshift(job);
    this.#isFull = true;
    this.#makeRoom(KEEP_BEHIND_FULL_SEC, 0);
  }

  #makeRoom(keepSec: number, leastSec: number): void {
    const endSec = this.#options.positionSec() - keepSec;
    const [oldest] = this.ranges();
    if (oldest === undefined || endSec - oldest.startSec <= leastSec || this.#buffer.updating) return;
    this.#isFull = false;
    this.#buffer.remove(0, endSec);
  }
}
