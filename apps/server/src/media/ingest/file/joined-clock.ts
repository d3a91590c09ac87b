/** Times of videos that follow each other, on one clock without a step. Pure but for its own state; milliseconds. */
import type { SourceSample } from "../source-event.ts";

/** `dueMs` is the time of decoding on the joined clock before it was wrapped and rounded. */
export type PlacedSample = SourceSample & Readonly<{ dueMs: number }>;

/** Where the video, and the sound, of everything so far end. */
type Ends = { decodeMs: number; showMs: number; soundMs: number };

/** A video of one frame does not say how long that lasts. */
const DEFAULT_FRAME_MS = 1000 / 30;
/** Sound that begins this much before the end of the sound so far has been heard already. */
const OVERLAP_MS = 12;
/** Sound before the first picture of an item waits for it; this many samples at most. */
const MAX_WAITING = 256;

export class JoinedClock {
  readonly #ends: Ends = { decodeMs: 0, showMs: 0, soundMs: -Infinity };

  /** The next item begins where the picture of the former one ends. */
  begin(): ItemClock {
    return new ItemClock({ ...this.#ends });
  }

  /** Call it once with every item that began. */
  end(item: ItemClock): void {
    Object.assign(this.#ends, item.ends());
  }
}

/** The times of one item. */
export class ItemClock {
  readonly #before: Readonly<Ends>;
  #waiting: SourceSample[] = [];
  /** Joined time minus the item's own. */
  #offsetMs: number | undefined;
  #firstMs = 0;
  #lastMs = 0;
  #lastShownMs = -Infinity;
  #frames = 0;
  #soundMs: number;

  constructor(before: Readonly<Ends>) {
    this.#before = before;
    this.#soundMs = before.soundMs;
  }

  /** How much of this item's picture has been placed. */
  get positionMs(): number {
    return this.#lastMs - this.#firstMs;
  }

  /** What can be sent now, in order: nothing until the first picture says where the item's own clock begins. */
  place(sample: SourceSample): PlacedSample[] {
    if (this.#offsetMs === undefined) {
      if (sample.kind === "audio") {
        if (this.#waiting.length < MAX_WAITING) this.#waiting.push(sample);
        return [];
      }
      this.#begin(sample);
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    return [...waiting, sample].flatMap((one) => this.#placed(one));
  }

  ends(): Ends {
    if (this.#offsetMs === undefined) return this.#before;
    const frameMs = this.#frames > 1 ? (this.#lastMs - this.#firstMs) / (this.#frames - 1) : DEFAULT_FRAME_MS;
    return {
      decodeMs: this.#lastMs + this.#offsetMs + frameMs,
      showMs: this.#lastShownMs + this.#offsetMs + frameMs,
      soundMs: this.#soundMs,
    };
  }

  #begin({ timestampMs, compositionMs }: SourceSample): void {
    // In order of showing, unless that would put its first picture before one that is decoded already.
    const startMs = Math.max(this.#before.decodeMs, this.#before.showMs - compositionMs);
    this.#offsetMs = startMs - timestampMs;
    this.#firstMs = timestampMs;
    this.#lastMs = timestampMs;
  }

  #placed(sample: SourceSample): PlacedSample[] {
    const dueMs = sample.timestampMs + (this.#offsetMs ?? 0);
    if (sample.kind === "audio") {
      if (dueMs < 0 || dueMs < this.#soundMs - OVERLAP_MS) return [];
      this.#soundMs = dueMs + SOUND_FRAME_MS;
    } else {
      this.#lastMs = sample.timestampMs;
      this.#lastShownMs = Math.max(this.#lastShownMs, sample.timestampMs + sample.compositionMs);
      this.#frames += 1;
    }
    return [{ ...sample, timestampMs: Math.round(dueMs) >>> 0, dueMs }];
  }
}

/** One AAC frame at 48 kHz, which is what mezzanines have. */
const SOUND_FRAME_MS = (1024 * 1000) / 48_000;
