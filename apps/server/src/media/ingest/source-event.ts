/** What every ingest protocol ends in: tracks and samples on the source's own clock. The program re-stamps them. */
import type { AudioTrack, VideoTrack } from "@rostrum/media/sample";

/** `timestampMs` is the decoding time modulo 2^32 on a clock that all tracks of the source should share. */
export type SourceSample = Readonly<{
  kind: "video" | "audio";
  timestampMs: number;
  /** Presentation minus decoding time; 0 for audio, may be negative. */
  compositionMs: number;
  /** Always true for audio. */
  keyframe: boolean;
  data: Uint8Array;
  /** Audio: what the sample lasts, in ticks of its track. Video: 0, unknown. */
  durationTicks: number;
}>;

/**
 * - `tracks`: before the first sample and whenever one of them changes; samples after it belong to it.
 *   `frameRateHint` is what the encoder promises outside of the bitstream. `expects` says which tracks it announced;
 *   absent when it announced none, so that only waiting can tell.
 * - `dropped`: that many samples were unusable.
 * - `link`: how the way to the source is now, of protocols that measure it. `rttMs` null: not known. `lossPercent` of the packets since the
 *   last one.
 */
export type SourceEvent =
  | {
      readonly type: "tracks";
      readonly video: VideoTrack | undefined;
      readonly audio: AudioTrack | undefined;
      readonly frameRateHint: number | undefined;
      readonly expects?: Readonly<{ video: boolean; audio: boolean }>;
    }
  | { readonly type: "sample"; readonly sample: SourceSample }
  | { readonly type: "dropped"; readonly samples: number; readonly reason: string }
  | { readonly type: "link"; readonly rttMs: number | null; readonly lossPercent: number };
