/** Where the segments of the source's sound begin: what AAC made of it is cut by. Times are 48 kHz ticks. Pure. */
import type { Sample } from "@rostrum/media/sample";

export const AAC_TIMESCALE = 48_000;

/** A segment of the source's sound, also one that is still open. */
export type SoundSegment = Readonly<{
  msn: number;
  /** Discontinuity sequence number. */
  discontinuity: number;
  startTicks: number;
  /** Unix ms at which `startTicks` belongs. */
  wallMs: number;
}> & {
  /** Undefined while it is open. */
  endTicks: number | undefined;
};

/** `later`: the source has not been packaged so far yet. `nowhere`: it has no such time, or had it too long ago. */
export type SoundPlace = SoundSegment | "later" | "nowhere";

/** An encoder that is further behind than this has lost its place. */
const MAX_SEGMENTS = 32;

export class SoundPlan {
  #segments: SoundSegment[] = [];
  #endTicks = Number.NEGATIVE_INFINITY;

  /** A frame of the source was packaged into segment `msn`. */
  add(
    { dts, duration }: Sample,
    timescale: number,
    wallMs: number,
    { msn, discontinuity }: Readonly<{ msn: number; discontinuity: number }>,
  ): void {
    const startTicks = aacTicks(dts, timescale);
    if (this.#segments.at(-1)?.msn !== msn) {
      this.close();
      const segment = { msn, discontinuity, startTicks, wallMs, endTicks: undefined };
      this.#segments = [...this.#segments.slice(1 - MAX_SEGMENTS), segment];
    }
    this.#endTicks = aacTicks(dts + duration, timescale);
  }

  /** The source's open segment ends where its newest frame does. */
  close(): void {
    const last = this.#segments.at(-1);
    if (last !== undefined) last.endTicks ??= this.#endTicks;
  }

  /** The segment that is heard at `ticks`. */
  place(ticks: number): SoundPlace {
    if (ticks >= this.#endTicks) return "later";
    const segment = this.#segments.findLast(({ startTicks }) => startTicks <= ticks);
    return segment === undefined || ticks >= (segment.endTicks ?? Number.POSITIVE_INFINITY) ? "nowhere" : segment;
  }
}

export const aacTicks = (ticks: number, timescale: number): number => Math.round((ticks * AAC_TIMESCALE) / timescale);
