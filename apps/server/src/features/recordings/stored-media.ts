/** A recording's media as it lies among the blobs: its layout and its segments. */
import { parseFragments } from "@rostrum/media/fmp4/parse-fragment";
import type { Mp4Chunk } from "@rostrum/media/mp4/write-mp4";
import { parseRecordingIndex, type RecordedSegment } from "@rostrum/media/recording";
import { kindOf, type LaidOut, layOut, type RecordingLayout } from "@rostrum/media/recording-layout";
import type { Blobs } from "../../ports/blobs.ts";

export class StoredMedia {
  readonly layout: RecordingLayout;
  readonly #blobs: Blobs;
  readonly #recordingId: string;

  private constructor(blobs: Blobs, recordingId: string, layout: RecordingLayout) {
    this.#blobs = blobs;
    this.#recordingId = recordingId;
    this.layout = layout;
  }

  /** @throws when there is no index, or it cannot be read */
  static async open(blobs: Blobs, recordingId: string): Promise<StoredMedia> {
    const text = (await readBlob(blobs, `recordings/${recordingId}/index.json`)).toString();
    return new StoredMedia(blobs, recordingId, layOut(parseRecordingIndex(text)));
  }

  /** All samples of a segment. @throws when it is gone or broken */
  async chunk(rendition: string, segment: RecordedSegment): Promise<Mp4Chunk> {
    const key = `recordings/${this.#recordingId}/${rendition}/${segment.name}.m4s`;
    const bytes = await readBlob(this.#blobs, key);
    const { track } = segment.init;
    return { track, samples: parseFragments(bytes, track.kind).flatMap((fragment) => fragment.samples) };
  }
}

/** The best picture: the source's. */
export function bestVideo({ renditions }: RecordingLayout): LaidOut | undefined {
  return renditions.find(({ track }) => kindOf(track) === "video");
}

/** The sound that most programs can play. */
export function bestAudio({ renditions }: RecordingLayout): LaidOut | undefined {
  const audio = renditions.filter(({ track }) => kindOf(track) === "audio");
  return audio.find(({ track }) => track.segments[0]?.init.track.codec === "aac") ?? audio[0];
}

async function readBlob(blobs: Blobs, key: string): Promise<Buffer> {
  const blob = await blobs.get(key);
  if (blob === null) throw new Error(`there is no blob ${key}`);
  return Buffer.concat((await blob.body.toArray()) as Buffer[]);
}
