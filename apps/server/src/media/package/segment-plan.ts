/** Where the source rendition's segments begin and what times its pictures have: what transcoded renditions are cut by. Pure. */
import type { Sample } from "@rostrum/media/sample";

/** A segment of the source rendition, also one that is still open. */
export type PlannedSegment = Readonly<{
  msn: number;
  /** Discontinuity sequence number. */
  discontinuity: number;
  startTicks: number;
  /** Presentation time of its first picture. */
  startPts: number;
  /** Unix ms at which `startTicks` belongs. */
  wallMs: number;
  /** It begins with a key frame. */
  independent: boolean;
}> & {
  /** Undefined while it is open. */
  endTicks: number | undefined;
};

/** Where a transcoded picture belongs. */
export type Place =
  | Readonly<{ kind: "at"; segment: PlannedSegment; first: boolean; pts: number; dts: number; duration: number }>
  /** The source has not been packaged so far yet. */
  | Readonly<{ kind: "later" }>
  /** The source has no such picture, or had it too long ago. */
  | Readonly<{ kind: "nowhere" }>;

type Times = Readonly<{ dts: number; duration: number }>;
type Entry = { readonly segment: PlannedSegment; readonly times: Times[]; readonly pts: number[] };

/** Encoders that are further behind than this have lost their place. */
const MAX_SEGMENTS = 32;
/** Ticks by which a time may be off after its way through other timescales. */
const TOLERANCE_TICKS = 2;

const LATER: Place = { kind: "later" };
const NOWHERE: Place = { kind: "nowhere" };

export class SegmentPlan {
  #entries: Entry[] = [];
  #newestPts = Number.NEGATIVE_INFINITY;

  /** A picture of the source was packaged into segment `msn`. */
  add(sample: Sample, wallMs: number, { msn, discontinuity }: Readonly<{ msn: number; discontinuity: number }>): void {
    const { pts, dts, duration } = sample;
    if (this.#entries.at(-1)?.segment.msn !== msn) {
      this.close(dts);
      const independent = sample.keyframe;
      const segment = { msn, discontinuity, startTicks: dts, startPts: pts, wallMs, independent, endTicks: undefined };
      this.#entries = [...this.#entries.slice(1 - MAX_SEGMENTS), { segment, times: [], pts: [] }];
    }
    this.#entries.at(-1)?.times.push({ dts, duration });
    // Pictures that are shown before the key frame they follow belong to the segment before.
    const shownIn = this.#entries.findLast((entry) => entry.segment.startPts <= pts);
    if (shownIn !== undefined) insert(shownIn.pts, pts);
    this.#newestPts = Math.max(this.#newestPts, pts);
  }

  /** The source's open segment ends. */
  close(endTicks: number): void {
    const last = this.#entries.at(-1)?.segment;
    if (last !== undefined) last.endTicks ??= endTicks;
  }

  /**
   * The segment and the exact times of the picture that is shown at `pts`. Decoding times are those of the source's pictures
   * in their order, so that segments last as long as the source's to the tick, also where the source has B-frames.
   */
  place(pts: number): Place {
    if (pts > this.#newestPts + TOLERANCE_TICKS) return LATER;
    const entry = this.#entries.findLast(({ segment }) => segment.startPts <= pts + TOLERANCE_TICKS);
    if (entry === undefined) return NOWHERE;
    const index = entry.pts.findLastIndex((one) => Math.abs(one - pts) <= TOLERANCE_TICKS);
    const times = entry.times[index];
    const shown = entry.pts[index];
    if (times === undefined || shown === undefined) return NOWHERE;
    // The source lost it after all.
    if (times.dts >= (entry.segment.endTicks ?? Number.POSITIVE_INFINITY)) return NOWHERE;
    return { kind: "at", segment: entry.segment, first: index === 0, pts: Math.max(shown, times.dts), ...times };
  }
}

function insert(sorted: number[], value: number): void {
  const at = sorted.findLastIndex((one) => one <= value) + 1;
  sorted.splice(at, 0, value);
}
