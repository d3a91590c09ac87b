/** What is told of a recording that is complete. Pure. */
import type { RecordedRendition } from "@rostrum/contract/recordings";
import { type RecordedTrack, type RecordingIndex, spanSec } from "@rostrum/media/recording";
import { bitRatesOf, kindOf, type LaidOut, layOut, mainTrack, spansOf } from "@rostrum/media/recording-layout";
import type { StoredRecording } from "../plane.ts";

/** The index of these renditions: no rounded segment is longer than its target duration. rfc8216bis §4.4.3.1. */
export function indexOf(renditions: readonly RecordedTrack[]): RecordingIndex {
  let targetDurationSec = 1;
  for (const segment of renditions.flatMap(({ segments }) => segments)) {
    const { fromSec, toSec } = spanSec(segment);
    targetDurationSec = Math.max(targetDurationSec, Math.round(toSec - fromSec));
  }
  return { targetDurationSec, renditions };
}

/** How long it lasts, where media time stands in it, and what it offers. */
export function factsOf(index: RecordingIndex): Pick<StoredRecording, "durationMs" | "timeline" | "renditions"> {
  const layout = layOut(index);
  const timeline = spansOf(layout);
  const durationMs = timeline.reduce((total, span) => total + span.durationMs, 0);
  return { durationMs, timeline, renditions: layout.renditions.map(present) };
}

function present({ track, share }: LaidOut): RecordedRendition {
  const main = mainTrack(track);
  const size = main?.kind === "video" ? main : { widthPx: null, heightPx: null };
  return {
    name: track.name,
    kind: kindOf(track),
    codecs: main?.codecs ?? "",
    widthPx: size.widthPx,
    heightPx: size.heightPx,
    averageBps: Math.round(bitRatesOf(track).averageBps),
    complete: share === 1,
  };
}
