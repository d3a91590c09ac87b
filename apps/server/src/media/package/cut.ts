/** Where LL-HLS parts and segments end. Pure; durations are ticks of one track. rfc8216bis §4.4.3.1, §4.4.3.7, §4.4.4.9. */
import type { Sample } from "@rostrum/media/sample";

/** What is not closed yet. `segmentTicks` includes the open part. */
export type Open = Readonly<{ partTicks: number; segmentTicks: number }>;

/**
 * `partTicks` and `maxSegmentTicks` are inclusive upper bounds. A key frame ends a part from `minPartTicks` on and a
 * segment from `segmentTicks` on.
 */
export type Targets = Readonly<{
  minPartTicks: number;
  partTicks: number;
  segmentTicks: number;
  maxSegmentTicks: number;
}>;

/** "segment" closes the open part and the segment it belongs to. */
export type Cut = "hold" | "part" | "segment";

/**
 * What to close before `next` is appended. An empty part is never closed.
 * A sample that is longer than a part may be (the encoder left out frames) gets a part of its own.
 * @param keyframe `next` may begin a segment; false for audio beside video, whose segments follow the video's
 */
export function cutBefore(next: Pick<Sample, "duration">, keyframe: boolean, open: Open, targets: Targets): Cut {
  if (open.partTicks === 0) return "hold";
  if (keyframe && open.segmentTicks >= targets.segmentTicks) return "segment";
  // EXT-X-TARGETDURATION is a promise already given: keep it even when the encoder's key frame is late.
  if (open.segmentTicks + next.duration > targets.maxSegmentTicks) return "segment";
  if (open.partTicks + next.duration > targets.partTicks) return "part";
  // Viewers join at parts that begin with a key frame.
  return keyframe && open.partTicks >= targets.minPartTicks ? "part" : "hold";
}
