/** A recording's media as it lies among the blobs: its layout, whole segments, key frames. */
import { parseFragments } from "@rostrum/media/fmp4/parse-fragment";
import type { Mp4Chunk } from "@rostrum/media/mp4/write-mp4";
import { parseRecordingIndex, type RecordedSegment } from "@rostrum/media/recording";
import { kindOf, type LaidOut, layOut, type RecordingLayout } from "@rostrum/media/recording-layout";
import type { Sample } from "@rostrum/media/sample";
import type { Blobs, ByteRange } from "../../ports/blobs.ts";

/** The key frame with which a segment begins lies within this, or the segment is read whole. */
const HEAD_BYTES = 512 * 1024;

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
    const bytes = await this.#bytes(rendition, segment);
    const { track } = segment.init;
    return { track, samples: parseFragments(bytes, track.kind).flatMap((fragment) => fragment.samples) };
  }

  /** The first key frame of a video segment; null when it has none at its beginning. */
  async keyframe(rendition: string, segment: RecordedSegment): Promise<Sample | null> {
    const end = Math.min(HEAD_BYTES, segment.sizeBytes) - 1;
    const head = firstFragment(await this.#bytes(rendition, segment, { start: 0, end }));
    const bytes = head ?? (await this.#bytes(rendition, segment));
    const samples = parseFragments(bytes, "video").flatMap((fragment) => fragment.samples);
    return samples.find((sample) => sample.keyframe) ?? null;
  }

  #bytes(rendition: string, { name }: RecordedSegment, range?: ByteRange): Promise<Buffer> {
    return readBlob(this.#blobs, `recordings/${this.#recordingId}/${rendition}/${name}.m4s`, range);
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

async function readBlob(blobs: Blobs, key: string, range?: ByteRange): Promise<Buffer> {
  const blob = await blobs.get(key, range);
  if (blob === null) throw new Error(`there is no blob ${key}`);
  return Buffer.concat((await blob.body.toArray()) as Buffer[]);
}

/** Everything up to the end of the first mdat; undefined when that is not in `bytes`. ISO/IEC 14496-12 §4.2. */
function firstFragment(bytes: Buffer): Buffer | undefined {
  for (let at = 0; at + 8 <= bytes.length;) {
    const size = bytes.readUInt32BE(at);
    const isMedia = bytes.toString("latin1", at + 4, at + 8) === "mdat";
    // Sizes of 0 and 1 mean something else.
    if (size < 8 || at + size > bytes.length) return undefined;
    at += size;
    if (isMedia) return bytes.subarray(0, at);
  }
  return undefined;
}
