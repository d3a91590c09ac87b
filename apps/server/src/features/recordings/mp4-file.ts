/** One MP4 file of a recording: the source's picture and sound, segment by segment from the blobs. */
import { Readable } from "node:stream";
import { parseFragments } from "@rostrum/media/fmp4/parse-fragment";
import { type Mp4Chunk, planMp4 } from "@rostrum/media/mp4/write-mp4";
import { parseRecordingIndex, type RecordedSegment } from "@rostrum/media/recording";
import { type LaidOut, kindOf, layOut, type RecordingLayout } from "@rostrum/media/recording-layout";
import type { Sample } from "@rostrum/media/sample";
import type { Blobs } from "../../ports/blobs.ts";

export type Mp4Options = Readonly<{
  blobs: Blobs;
  recordingId: string;
  signal: AbortSignal;
  /** Told with growing values from 0 to 1. */
  onProgress: (progress: number) => Promise<void>;
}>;

/**
 * Writes `recordings/<id>/recording.mp4`. Only the tables of the samples are in memory.
 * @returns its size in bytes
 * @throws when a segment or the index is missing, or the signal aborts
 */
export async function writeRecordingMp4(options: Mp4Options): Promise<number> {
  const { blobs, recordingId } = options;
  const layout = layOut(
    parseRecordingIndex((await readBlob(blobs, `recordings/${recordingId}/index.json`)).toString()),
  );
  const steps = stepsOf(layout);
  const plan = await planMp4(chunksOf(options, steps, 0));
  if (plan === null) throw new Error(`recording ${recordingId} has no media`);
  const body = Readable.from(plan.write(chunksOf(options, steps, 0.5)), { objectMode: false });
  await blobs.put(`recordings/${recordingId}/recording.mp4`, body, "video/mp4");
  return plan.sizeBytes;
}

/** `shiftSec` is added to the times of media behind a hole, so that the file has none. */
type Step = Readonly<{ rendition: string; segment: RecordedSegment; shiftSec: number }>;

function stepsOf(layout: RecordingLayout): Step[] {
  const wanted = chosen(layout);
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

/** The best picture, and the sound that most programs can play. */
function chosen({ renditions }: RecordingLayout): LaidOut[] {
  const video = renditions.find(({ track }) => kindOf(track) === "video");
  const audio = renditions.filter(({ track }) => kindOf(track) === "audio");
  const sound = audio.find(({ track }) => track.segments[0]?.init.track.codec === "aac") ?? audio[0];
  return [video, sound].filter((one) => one !== undefined);
}

async function* chunksOf(
  { blobs, recordingId, signal, onProgress }: Mp4Options,
  steps: readonly Step[],
  from: number,
): AsyncGenerator<Mp4Chunk> {
  for (const [done, { rendition, segment, shiftSec }] of steps.entries()) {
    signal.throwIfAborted();
    const bytes = await readBlob(blobs, `recordings/${recordingId}/${rendition}/${segment.name}.m4s`);
    const { track } = segment.init;
    const shiftTicks = Math.round(shiftSec * track.timescale);
    const samples = parseFragments(bytes, track.kind).flatMap((fragment) =>
      fragment.samples.map((sample) => moved(sample, shiftTicks)),
    );
    yield { track, samples };
    if (done % PROGRESS_STEPS === 0) await onProgress(from + done / steps.length / 2);
  }
}

const PROGRESS_STEPS = 20;

function moved(sample: Sample, byTicks: number): Sample {
  return { ...sample, pts: sample.pts + byTicks, dts: sample.dts + byTicks };
}

async function readBlob(blobs: Blobs, key: string): Promise<Buffer> {
  const blob = await blobs.get(key);
  if (blob === null) throw new Error(`there is no blob ${key}`);
  return Buffer.concat((await blob.body.toArray()) as Buffer[]);
}
