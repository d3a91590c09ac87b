/** What transcoding gives to packaging: tracks and samples of rungs on the program's timeline. */
import type { Sample, Track } from "@rostrum/media/sample";

/** Takes the transcoded renditions of one broadcast. Names are `v1`, `v2`, … (highest first) and `a1`. */
export interface RungOutput {
  /** The rungs that run or are about to, highest first. A rung that is not named any more leaves the multivariant playlist. */
  plan(names: readonly string[]): void;
  /** The same for sound: `a1`, or nothing. */
  planAudio(names: readonly string[]): void;
  /** Samples of this rung that follow belong to `track`. Video ticks are 90 kHz, those of `a1` 48 kHz. */
  begin(name: string, track: Track): void;
  /** In decoding order; the times are those of the source's picture or sound. */
  push(name: string, sample: Sample): void;
  /** Nothing follows for now: it has come to its end, or has broken off. */
  stop(name: string): void;
}
