/** What a program publishes into its hub, and so what every step after it reads. */
import type { AudioTrack, Sample, VideoTrack } from "@rostrum/media/sample";

/**
 * - `tracks`: sent before the first sample and whenever a track's description changes. Samples after it belong to it.
 *   `discontinuity` asks every output for a new init segment and a discontinuity mark; the media time goes on all the same.
 * - `sample`: `pts`/`dts` continue over source changes. Video ticks are 90 kHz; audio ticks are the track's sample rate.
 *   `wallMs` is the wall clock at which the sample's dts belongs (steady within one tracks epoch, for PROGRAM-DATE-TIME).
 * - `gap`: the source is gone; outputs close what is open and wait.
 * - `end`: nothing follows.
 */
export type ProgramEvent =
  | {
      readonly type: "tracks";
      readonly epoch: number;
      readonly video: VideoTrack | undefined;
      readonly audio: AudioTrack | undefined;
      readonly discontinuity: boolean;
    }
  | { readonly type: "sample"; readonly sample: Sample; readonly wallMs: number }
  | { readonly type: "gap"; readonly reason: string }
  | { readonly type: "end" };

/** Ticks per second of every program's video. */
export const VIDEO_TIMESCALE = 90_000;
