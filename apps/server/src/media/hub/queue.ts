/** What one subscriber has not read yet, bounded in bytes and media time. No I/O. */
import type { ProgramEvent } from "./program-event.ts";

/** Both bounds are inclusive. */
export type QueueLimits = Readonly<{ maxBytes: number; maxMs: number }>;

/** Counted for every event beside its media, so that events without media are bounded too. */
const EVENT_BYTES = 200;

type SampleEvent = Extract<ProgramEvent, { type: "sample" }>;
type TracksEvent = Extract<ProgramEvent, { type: "tracks" }>;

export class SubscriberQueue {
  readonly #limits: QueueLimits;
  #events: ProgramEvent[] = [];
  #bytes = 0;
  #oldestWallMs: number | undefined;
  #hasVideo = false;
  /** Whether samples are ignored until a key frame, and why. */
  #waiting: "no" | "joined" | "lost" = "no";

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Samples are ignored, without being counted, until one with which a decoder can begin. */
  startAtKeyframe(): void {
    this.#waiting = "joined";
  }

  /** Returns how many samples were dropped to make room, or because the next key frame is not there yet. */
  push(event: ProgramEvent): number {
    if (event.type === "tracks") this.#hasVideo = event.video !== undefined;
    if (event.type === "sample" && this.#waiting !== "no") {
      if (!this.#canBeginWith(event)) return this.#waiting === "lost" ? 1 : 0;
      this.#waiting = "no";
    }
    this.#append(event);
    return this.#isOver(event) ? this.#shrink() : 0;
  }

  /** Everything queued, oldest first; the queue is empty afterwards. */
  take(): ProgramEvent[] {
    const events = this.#events;
    this.#events = [];
    this.#bytes = 0;
    this.#oldestWallMs = undefined;
    return events;
  }

  #canBeginWith(event: SampleEvent): boolean {
    return this.#hasVideo ? event.sample.kind === "video" && event.sample.keyframe : true;
  }

  #append(event: ProgramEvent): void {
    this.#events.push(event);
    this.#bytes += sizeOf(event);
    if (event.type === "sample") this.#oldestWallMs ??= event.wallMs;
  }

  #isOver(newest: ProgramEvent): boolean {
    if (this.#bytes > this.#limits.maxBytes) return true;
    return newest.type === "sample" && newest.wallMs - (this.#oldestWallMs ?? newest.wallMs) > this.#limits.maxMs;
  }

  /** Goes on with the newest queued key frame; where there is none, or it does not fit, with the next one that comes. */
  #shrink(): number {
    const events = this.take();
    const from = events.findLastIndex((event) => event.type === "sample" && this.#canBeginWith(event));
    const dropped = from > 0 ? events.slice(0, from) : events;
    const kept = from > 0 ? events.slice(from) : [];
    for (const event of [...collapse(dropped), ...kept]) this.#append(event);
    const count = countSamples(dropped);
    if (kept.length > 0 && this.#bytes <= this.#limits.maxBytes) return count;
    if (kept.length > 0) for (const event of collapse(this.take())) this.#append(event);
    this.#waiting = "lost";
    return count + countSamples(kept);
  }
}

const sizeOf = (event: ProgramEvent): number => EVENT_BYTES + (event.type === "sample" ? event.sample.data.length : 0);

const countSamples = (events: readonly ProgramEvent[]): number =>
  events.reduce((sum, event) => sum + (event.type === "sample" ? 1 : 0), 0);

/** What a reader must still learn of events whose samples are gone: the last tracks, whether there is a gap, the end. */
function collapse(events: readonly ProgramEvent[]): ProgramEvent[] {
  let tracks: TracksEvent | undefined;
  let gap: ProgramEvent | undefined;
  let end: ProgramEvent | undefined;
  for (const event of events) {
    if (event.type === "tracks") {
      tracks = { ...event, discontinuity: event.discontinuity || tracks?.discontinuity === true };
      gap = undefined;
    } else if (event.type === "gap") gap = event;
    else if (event.type === "end") end = event;
  }
  return [tracks, gap, end].filter((event) => event !== undefined);
}
