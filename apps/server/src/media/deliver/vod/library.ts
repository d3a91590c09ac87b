/** The recordings that somebody plays: their indexes, read once from the blobs and kept while they are asked for. */
import { parseRecordingIndex } from "@rostrum/media/recording";
import { layOut } from "@rostrum/media/recording-layout";
import type { Blobs } from "../../../ports/blobs.ts";
import { PlaylistBody } from "../hls/playlist-buffers.ts";
import { mediaText, multivariantText } from "./playlists.ts";

/** `sizes`: bytes of each segment by `<rendition>/<file>`. */
export type VodRecording = Readonly<{
  multivariant: PlaylistBody;
  playlists: ReadonlyMap<string, PlaylistBody>;
  sizes: ReadonlyMap<string, number>;
}>;

/** Segments of all recordings that are kept; an hour with four renditions has 9,000. */
const MAX_SEGMENTS = 600_000;
const MAX_INDEX_BYTES = 256 * 1024 * 1024;

export class VodLibrary {
  readonly #blobs: Blobs;
  readonly #kept = new Map<string, { recording: Promise<VodRecording | null>; segments: number }>();

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  /** Null: there is no index, since it is not complete or was deleted. Rejects as the blobs do. */
  get(recordingId: string): Promise<VodRecording | null> {
    const known = this.#kept.get(recordingId);
    if (known !== undefined) {
      // The newest use stands last.
      this.#kept.delete(recordingId);
      this.#kept.set(recordingId, known);
      return known.recording;
    }
    const entry = { recording: this.#read(recordingId), segments: 0 };
    this.#kept.set(recordingId, entry);
    entry.recording.then(
      (recording) => {
        if (recording === null) return this.forget(recordingId);
        entry.segments = recording.sizes.size;
        this.#makeRoom();
      },
      () => this.forget(recordingId),
    );
    return entry.recording;
  }

  /** Whether it is kept at the moment. */
  knows(recordingId: string): boolean {
    return this.#kept.has(recordingId);
  }

  forget(recordingId: string): void {
    this.#kept.delete(recordingId);
  }

  #makeRoom(): void {
    let total = 0;
    for (const { segments } of this.#kept.values()) total += segments;
    for (const [recordingId, { segments }] of this.#kept) {
      if (total <= MAX_SEGMENTS || this.#kept.size === 1) return;
      this.#kept.delete(recordingId);
      total -= segments;
    }
  }

  async #read(recordingId: string): Promise<VodRecording | null> {
    const blob = await this.#blobs.get(`recordings/${recordingId}/index.json`);
    if (blob === null) return null;
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of blob.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_INDEX_BYTES)
        throw new Error(`the index of recording ${recordingId} is longer than ${MAX_INDEX_BYTES} bytes`);
      chunks.push(chunk);
    }
    const index = parseRecordingIndex(Buffer.concat(chunks).toString());
    const layout = layOut(index);
    if (layout.renditions.length === 0) return null;
    const sizes = new Map<string, number>();
    for (const { track } of layout.renditions) {
      for (const { name, sizeBytes } of track.segments) sizes.set(`${track.name}/${name}.m4s`, sizeBytes);
    }
    const playlists = layout.renditions.map((one) => {
      return [one.track.name, new PlaylistBody(() => mediaText(layout, one, index.targetDurationSec))] as const;
    });
    return {
      multivariant: new PlaylistBody(() => multivariantText(layout)),
      playlists: new Map(playlists),
      sizes,
    };
  }
}
