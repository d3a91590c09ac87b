/** Plays prepared videos one after the other as a source: in real time, without FFmpeg, without a gap where one follows the other. */
import { equalBytes } from "@rostrum/media/bytes";
import type { Track } from "@rostrum/media/sample";
import type { Clock } from "../../../lib/clock.ts";
import type { PlaylistItem } from "../../plane.ts";
import type { SourceSink } from "../publisher.ts";
import type { SourceEvent, SourceSample } from "../source-event.ts";
import { readFlvEvents } from "./flv-events.ts";
import { ItemClock, JoinedClock } from "./joined-clock.ts";

export type FileSourceOptions = Readonly<{
  items: readonly PlaylistItem[];
  loop: boolean;
  /** The place in `items` to begin at; 0 unless told. */
  from?: number;
  clock: Clock;
  signal: AbortSignal;
}>;

export interface RunningFileSource {
  /** Resolves when nothing plays any more, with why in a sentence; the sink has been closed by then. Never rejects. */
  readonly closed: Promise<string>;
  /** What plays: its place in `items`, and how far it is. */
  position(): Readonly<{ index: number; positionMs: number }>;
  /** Goes on with the next video now; with the end when there is none. */
  skip(): void;
}

type Tracks = Extract<SourceEvent, { type: "tracks" }>;

/** Samples go out this long before they are due: a timer that fires late is no gap. */
const LEAD_MS = 40;
/** When reading could not keep up for this long, time is not caught up but given up. */
const MAX_LATE_MS = 1000;
const STOPPED = "The files were stopped.";
const PLAYED = "All files have been played.";

/** Feeds `sink` until the last item has ended or `signal` aborts, and then closes it. */
export function startFileSource(sink: SourceSink, options: FileSourceOptions): RunningFileSource {
  const player = new FilePlayer(sink, options);
  return {
    closed: player.run(),
    position: () => player.position(),
    skip: () => player.skip(),
  };
}

class FilePlayer {
  readonly #sink: SourceSink;
  readonly #options: FileSourceOptions;
  readonly #clock = new JoinedClock();
  #index = 0;
  #item: ItemClock | undefined;
  #skip = new AbortController();
  /** Ends the item that plays. */
  #stop: AbortSignal;
  /** Monotonic time of the source's time 0. */
  #startMs: number | undefined;
  #tracks: Tracks | undefined;
  #playedSomething = false;
  /** Why the last item that could not be read was left. */
  #problem: string | undefined;

  constructor(sink: SourceSink, options: FileSourceOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#stop = options.signal;
  }

  position(): { index: number; positionMs: number } {
    return { index: this.#index, positionMs: Math.max(0, Math.round(this.#item?.positionMs ?? 0)) };
  }

  skip(): void {
    this.#skip.abort();
  }

  async run(): Promise<string> {
    let reason: string;
    try {
      reason = await this.#playAll();
    } catch (error) {
      reason = `The files stopped: ${error instanceof Error ? error.message : String(error)}`;
    }
    this.#sink.closed(reason, true);
    return reason;
  }

  async #playAll(): Promise<string> {
    const { items, loop, signal } = this.#options;
    let from = this.#options.from ?? 0;
    do {
      this.#playedSomething = false;
      for (const [index, item] of items.entries()) {
        if (index < from) continue;
        if (signal.aborted) return STOPPED;
        this.#index = index;
        this.#skip = new AbortController();
        this.#stop = AbortSignal.any([signal, this.#skip.signal]);
        await this.#play(item);
      }
      from = 0;
      // A list of which nothing can be read would go round for ever.
    } while (loop && this.#playedSomething && !signal.aborted);
    if (signal.aborted) return STOPPED;
    return this.#playedSomething || this.#problem === undefined ? PLAYED : `The files stopped: ${this.#problem}`;
  }

  /** Goes on with the next item when this one cannot be read to its end: that is better than nothing. */
  async #play(item: PlaylistItem): Promise<void> {
    try {
      const body = await item.open();
      if (body !== null) await this.#playBody(body);
    } catch (error) {
      this.#problem = `${item.title}: ${error instanceof Error ? error.message : String(error)}`;
      this.#sink.push({ type: "dropped", samples: 1, reason: this.#problem });
    }
  }

  async #playBody(body: AsyncIterable<Uint8Array>): Promise<void> {
    this.#item = this.#clock.begin();
    let tracks: Tracks | undefined;
    try {
      for await (const event of readFlvEvents(body)) {
        if (event.type === "tracks") tracks = event;
        else if (event.type === "sample") {
          for (const sample of this.#item.place(event.sample)) {
            tracks = this.#tell(tracks);
            if (!(await this.#send(sample))) return;
          }
        }
      }
    } finally {
      this.#clock.end(this.#item);
    }
  }

  /** Tracks are told with the first sample of an item, and only when they differ from those of the item before. */
  #tell(tracks: Tracks | undefined): undefined {
    if (tracks === undefined || (this.#tracks !== undefined && sameTracks(this.#tracks, tracks))) return undefined;
    this.#tracks = tracks;
    this.#sink.push({ ...tracks, expects: { video: true, audio: true } });
    return undefined;
  }

  /** False when the item is to end here. */
  async #send(sample: SourceSample & { dueMs: number }): Promise<boolean> {
    const { clock } = this.#options;
    const { dueMs, ...rest } = sample;
    const nowMs = clock.monotonicMs();
    this.#startMs ??= nowMs - dueMs;
    const waitMs = this.#startMs + dueMs - LEAD_MS - nowMs;
    if (waitMs < -MAX_LATE_MS) this.#startMs -= waitMs;
    if (waitMs > 0) await wait(clock, waitMs, this.#stop);
    if (this.#stop.aborted) return false;
    this.#sink.push({ type: "sample", sample: rest });
    this.#playedSomething = true;
    return true;
  }
}

/** Resolves after that time, or when the signal aborts. */
function wait(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const cancel = clock.after(delayMs, () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
    const stop = (): void => {
      cancel();
      resolve();
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}

const sameTracks = (a: Tracks, b: Tracks): boolean =>
  sameTrack(a.video, b.video) && sameTrack(a.audio, b.audio) && a.frameRateHint === b.frameRateHint;

function sameTrack(a: Track | undefined, b: Track | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.codecs === b.codecs && equalBytes(a.description, b.description);
}
