/** A source's 32-bit millisecond clock as positions on the program's timeline. Pure but for its own state. */
import { SourceDrift } from "./source-drift.ts";

type Kind = "video" | "audio";
/** `mediaMs` is as the source's clock counts, before its drift is taken back. */
type Last = { timestampMs: number; mediaMs: number; arrivalMs: number };

/** Steps within these bounds are the encoder's own: late by a little, or a pause between two samples. */
const MAX_STEP_BACK_MS = 200;
const MAX_STEP_AHEAD_MS = 1000;
/** A track whose clock jumped follows the other one when it is this close to it; a track that begins, when it is this close. */
const NEAR_OTHER_MS = 1500;
const NEAR_OTHER_AT_START_MS = 5000;

/** The signed distance from `from` to `to` modulo 2^32. */
export const wrappedDifferenceMs = (to: number, from: number): number => (to - from) | 0;

/**
 * Keeps the distance between the tracks as the source gives it, counts through the wrap at 2^32, and turns a jump of the
 * source's clock into the next moment of the timeline. A clock that runs faster or slower than ours is followed only in the short
 * run: media time stays with our clock.
 */
export class SourceClock {
  readonly #last: Partial<Record<Kind, Last>> = {};
  readonly #drift = new SourceDrift();

  /**
   * The position of a sample.
   * @param arrivalMs monotonic time, tells a pause (time went by here too) from a jump
   * @param nextMs where the timeline goes on: the position of a first sample, and of one after a jump
   */
  place(kind: Kind, timestampMs: number, arrivalMs: number, nextMs: number): number {
    const mediaMs = this.#place(kind, timestampMs, arrivalMs) ?? nextMs - this.#drift.shiftMs;
    if (kind === "video" && this.#last.video === undefined) this.#drift.restart();
    if (kind === "video" || this.#last.video === undefined) this.#drift.push(mediaMs, arrivalMs);
    this.#last[kind] = { timestampMs, mediaMs, arrivalMs };
    return mediaMs + this.#drift.shiftMs;
  }

  /** The position of a sample that is not taken; undefined for a first one and after a jump. */
  peek(kind: Kind, timestampMs: number, arrivalMs: number): number | undefined {
    const mediaMs = this.#place(kind, timestampMs, arrivalMs);
    return mediaMs === undefined ? undefined : mediaMs + this.#drift.shiftMs;
  }

  #place(kind: Kind, timestampMs: number, arrivalMs: number): number | undefined {
    return this.#onOwnClock(kind, timestampMs, arrivalMs) ?? this.#onOtherClock(kind, timestampMs);
  }

  #onOwnClock(kind: Kind, timestampMs: number, arrivalMs: number): number | undefined {
    const own = this.#last[kind];
    if (own === undefined) return undefined;
    const stepMs = wrappedDifferenceMs(timestampMs, own.timestampMs);
    const aheadMs = MAX_STEP_AHEAD_MS + Math.max(0, arrivalMs - own.arrivalMs);
    return stepMs >= -MAX_STEP_BACK_MS && stepMs <= aheadMs ? own.mediaMs + stepMs : undefined;
  }

  #onOtherClock(kind: Kind, timestampMs: number): number | undefined {
    const other = this.#last[kind === "video" ? "audio" : "video"];
    if (other === undefined) return undefined;
    const own = this.#last[kind];
    const stepMs = wrappedDifferenceMs(timestampMs, other.timestampMs);
    if (Math.abs(stepMs) > (own === undefined ? NEAR_OTHER_AT_START_MS : NEAR_OTHER_MS)) return undefined;
    const mediaMs = other.mediaMs + stepMs;
    return own !== undefined && mediaMs < own.mediaMs - MAX_STEP_BACK_MS ? undefined : mediaMs;
  }
}
