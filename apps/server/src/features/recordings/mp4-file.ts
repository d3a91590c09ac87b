/** One MP4 file of a recording: the source's picture and sound, segment by segment from the blobs. */
import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Mp4Chunk, planMp4 } from "@rostrum/media/mp4/write-mp4";
import type { RecordedSegment } from "@rostrum/media/recording";
import type { RecordingLayout } from "@rostrum/media/recording-layout";
import type { Sample } from "@rostrum/media/sample";
import type { Blobs } from "../../ports/blobs.ts";
import { bestAudio, bestVideo, StoredMedia } from "./stored-media.ts";

export type Mp4Options = Readonly<{
  blobs: Blobs;
  recordingId: string;
  signal: AbortSignal;
  /** Told with growing values from 0 to 1. */
  onProgress: (progress: number) => Promise<void>;
}>;

/** Of segments; a progress for each would keep the database busy. */
const PROGRESS_EVERY = 20;

/**
 * Writes `recordings/<id>/recording.mp4`. Only the tables of the samples are in memory.
 * @returns its size in bytes
 * @throws when a segment or the index is missing, or the signal aborts
 */
export async function writeRecordingMp4(options: Mp4Options): Promise<number> {
  const { blobs, recordingId } = options;
  const media = await StoredMedia.open(blobs, recordingId);
  const steps = stepsOf(media.layout);
  const plan = await planMp4(chunksOf(options, media, steps, 0), undefined, () => nextTurn());
  if (plan === null) throw new Error(`recording ${recordingId} has no media`);
  const body = Readable.from(plan.write(chunksOf(options, media, steps, 0.5)), { objectMode: false });
  await blobs.put(`recordings/${recordingId}/recording.mp4`, body, "video/mp4");
  return plan.sizeBytes;
}

/** `shiftSec` is added to the times of media behind a hole, so that the file has none. */
type Step = Readonly<{ rendition: string; segment: RecordedSegment; shiftSec: number }>;

function stepsOf(layout: RecordingLayout): Step[] {
  const wanted = [bestVideo(layout), bestAudio(layout)].filter((one) => one !== undefined);
  const steps: Step[] = [];
  let atSec = 0;
  let shiftSec = 0;
  for (const [nth, slot] of layout.timeline.entries()) {
    // Stamps of one run are exact: only a break moves them.
    if (nth === 0 || slot.breaks) shiftSec = atSec - slot.fromSec;
    for (const { track, slots } of wanted) {
      for (const segment of slots[nth] ?? []) steps.push({ rendition: track.name, segment, shiftSec });
    }
    atSec = slot.toSec + shiftSec;
  }
  return steps;
}

async function* chunksOf(
  { signal, onProgress }: Mp4Options,
  media: StoredMedia,
  steps: readonly Step[],
  from: number,
): AsyncGenerator<Mp4Chunk> {
  for (const [done, { rendition, segment, shiftSec }] of steps.entries()) {
    signal.throwIfAborted();
    const { track, samples } = await media.chunk(rendition, segment);
    const shiftTicks = Math.round(shiftSec * track.timescale);
    yield { track, samples: samples.map((sample) => moved(sample, shiftTicks)) };
    if (done % PROGRESS_EVERY === 0) await onProgress(from + done / steps.length / 2);
  }
}

function moved(sample: Sample, byTicks: number): Sample {
  return { ...sample, pts: sample.pts + byTicks, dts: sample.dts + byTicks };
}
