/** What a broadcast's playlists promise for life, and what follows from it for cutting. Pure. rfc8216bis §4.4.3.1, §4.4.3.7. */
import type { Targets } from "./cut.ts";

/** Fixed when the first media is known: EXT-X-PART-INF's PART-TARGET and EXT-X-TARGETDURATION (a whole number). */
export type Promises = Readonly<{ partTargetSec: number; targetDurationSec: number }>;

/** What the operator wants. */
export type Wishes = Readonly<{ partTargetMs: number; segmentTargetMs: number }>;

/** §4.4.4.9: a part that is not the last of its segment lasts at least this share of the target. */
const MIN_PART_SHARE = 0.85;
/** Stamps of evened-out frames may be off by this much. */
const JITTER_MS = 1;
/** An EXTINF is rounded before it is compared with the target duration; a GOP of 4.004 s fits into 4 s. */
const ROUNDING_SEC = 0.4;
/** Audio ends up to half a frame after its video. */
const AUDIO_ROUNDING_SEC = 0.45;

/**
 * The least part target from the wished one on of which whole frames of every track fill 86 %, with one millisecond of
 * head-room. Target durations are twice the segment target: key frames that far apart start every segment.
 * @param frameMs usual frame duration of each track
 */
export function makePromises(wishes: Wishes, frameMs: readonly number[]): Promises {
  const targetDurationSec = Math.max(1, Math.ceil((2 * wishes.segmentTargetMs) / 1000));
  const least = Math.ceil(wishes.partTargetMs) + JITTER_MS;
  const fits = (targetMs: number) => frameMs.every((frame) => fill(frame, targetMs) >= MIN_PART_SHARE + 0.01);
  for (let targetMs = least; targetMs <= 2 * least; targetMs += 1) {
    if (fits(targetMs)) return { partTargetSec: targetMs / 1000, targetDurationSec };
  }
  const slowest = Math.max(...frameMs, 0);
  const single = slowest > least && slowest < (targetDurationSec * 1000) / 2 ? Math.ceil(slowest) + JITTER_MS : least;
  return { partTargetSec: single / 1000, targetDurationSec };
}

/** The promises as bounds for cutting a track of this timescale. */
export function cutTargets(
  promises: Promises,
  wishes: Wishes,
  track: Readonly<{ kind: "video" | "audio"; timescale: number }>,
): Targets {
  const { timescale } = track;
  const isVideo = track.kind === "video";
  const roundingSec = isVideo ? ROUNDING_SEC : AUDIO_ROUNDING_SEC;
  // A key frame that is a moment early would otherwise double the segment.
  const fromSec = wishes.segmentTargetMs / 1000 - (isVideo ? promises.partTargetSec / 2 : 0);
  return {
    // Every audio frame is a key frame: no reason to end a part.
    minPartTicks: isVideo ? Math.ceil(promises.partTargetSec * MIN_PART_SHARE * timescale) : Number.POSITIVE_INFINITY,
    partTicks: Math.floor(promises.partTargetSec * timescale),
    segmentTicks: Math.max(1, Math.round(fromSec * timescale)),
    maxSegmentTicks: Math.floor((promises.targetDurationSec + roundingSec) * timescale),
  };
}

function fill(frameMs: number, targetMs: number): number {
  return (Math.floor((targetMs - JITTER_MS / 2) / frameMs) * frameMs) / targetMs;
}
