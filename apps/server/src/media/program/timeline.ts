/**
 * One continuous timeline out of whatever sources come and go: 90 kHz video ticks, audio counted in samples.
 * Within one epoch every sample of a track begins where the one before it ended. No I/O, no clock.
 */
import type { AudioTrack, Sample, VideoTrack } from "@rostrum/media/sample";
import { VIDEO_TIMESCALE } from "../hub/program-event.ts";
import type { SourceSample } from "../ingest/source-event.ts";
import { AudioStamps } from "./audio-stamps.ts";
import { SourceClock } from "./source-clock.ts";
import { VideoStamps } from "./video-stamps.ts";

/** Where a timeline begins or goes on. */
export type TimelineStart = Readonly<{ videoTicks90k: number; audioSec: number }>;

export type EpochTracks = Readonly<{
  video: VideoTrack | undefined;
  audio: AudioTrack | undefined;
  frameRateHint: number | undefined;
}>;

type Held = { sample: Omit<Sample, "duration">; durationTicks: number };

export class Timeline {
  #clock = new SourceClock();
  #video: { stamps: VideoStamps } | undefined;
  #audio: { stamps: AudioStamps; timescale: number } | undefined;
  /** The newest sample of each track: its duration is known when the next one comes. */
  #heldVideo: Held | undefined;
  #heldAudio: Held | undefined;
  #videoEndMs: number;
  #audioEndMs: number;
  #dropped = 0;

  constructor(start: TimelineStart) {
    this.#videoEndMs = (start.videoTicks90k * 1000) / VIDEO_TIMESCALE;
    this.#audioEndMs = start.audioSec * 1000;
  }

  /** Where the timeline ends now, in ms since the program began. */
  get positionMs(): number {
    return Math.max(this.#videoEndMs, this.#audioEndMs);
  }

  /** Samples that were left out because their time had passed. */
  get droppedSamples(): number {
    return this.#dropped;
  }

  /**
   * Begins an epoch. Call `flush` first.
   * @param sameClock the source is the one of the epoch before: its samples keep their distance in time to those
   */
  begin(tracks: EpochTracks, sameClock: boolean): void {
    const fromMs = this.positionMs;
    if (!sameClock) {
      this.#clock = new SourceClock();
      this.#videoEndMs = fromMs;
      this.#audioEndMs = fromMs;
    }
    const { video, audio } = tracks;
    const videoTicks = Math.ceil((this.#videoEndMs * VIDEO_TIMESCALE) / 1000);
    this.#video = video && { stamps: new VideoStamps(videoTicks, video.frameRate ?? tracks.frameRateHint) };
    this.#audio = audio && {
      stamps: new AudioStamps(Math.ceil((this.#audioEndMs * audio.timescale) / 1000 - 1e-6), audio.timescale),
      timescale: audio.timescale,
    };
  }

  /** Takes a sample of a track of this epoch and gives back the one before it on the same track, now complete. */
  push(sample: SourceSample, arrivalMs: number): Sample | undefined {
    return sample.kind === "video" ? this.#pushVideo(sample, arrivalMs) : this.#pushAudio(sample, arrivalMs);
  }

  /** Completes what is held with usual durations, when nothing follows for now. */
  flush(): Sample[] {
    const held = [this.#heldVideo, this.#heldAudio].filter((one) => one !== undefined);
    this.#heldVideo = undefined;
    this.#heldAudio = undefined;
    return held.map(({ sample, durationTicks }) => ({ ...sample, duration: durationTicks }));
  }

  #pushVideo(sample: SourceSample, arrivalMs: number): Sample | undefined {
    if (this.#video === undefined) return undefined;
    // A first picture that is shown before it is decoded would come before the timeline's begin.
    const nextMs = this.positionMs + Math.max(0, -sample.compositionMs);
    const mediaMs = this.#clock.place("video", sample.timestampMs, arrivalMs, nextMs);
    const stamp = this.#video.stamps.place(mediaMs, sample.compositionMs);
    const released = release(this.#heldVideo, stamp.dts);
    this.#heldVideo = {
      sample: { kind: "video", ...stamp, keyframe: sample.keyframe, data: sample.data },
      durationTicks: this.#video.stamps.usualTicks(released?.duration),
    };
    this.#videoEndMs = ((stamp.dts + this.#heldVideo.durationTicks) * 1000) / VIDEO_TIMESCALE;
    return released;
  }

  #pushAudio(sample: SourceSample, arrivalMs: number): Sample | undefined {
    if (this.#audio === undefined) return undefined;
    const mediaMs = this.#clock.place("audio", sample.timestampMs, arrivalMs, this.positionMs);
    const dts = this.#audio.stamps.place(mediaMs, sample.durationTicks);
    if (dts === undefined) {
      if (this.#heldAudio !== undefined) this.#dropped += 1;
      return undefined;
    }
    const released = release(this.#heldAudio, dts);
    const held = { kind: "audio", pts: dts, dts, keyframe: true, data: sample.data } as const;
    this.#heldAudio = { sample: held, durationTicks: sample.durationTicks };
    this.#audioEndMs = ((dts + sample.durationTicks) * 1000) / this.#audio.timescale;
    return released;
  }
}

function release(held: Held | undefined, nextDts: number): Sample | undefined {
  if (held === undefined) return undefined;
  const { kind, pts, dts, keyframe, data } = held.sample;
  return { kind, pts, dts, duration: nextDts - dts, keyframe, data };
}
