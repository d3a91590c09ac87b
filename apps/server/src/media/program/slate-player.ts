/** Plays a slate on a timeline: a short loop of pictures and silence, made up to a given time. No I/O, no clock. */
import { silentFrame } from "@rostrum/media/codec/silence";
import type { AudioTrack, Sample, VideoTrack } from "@rostrum/media/sample";
import { VIDEO_TIMESCALE } from "../hub/program-event.ts";
import type { Timeline } from "./timeline.ts";

/** Pictures that repeat; the first one is a key frame, and each is shown in the order in which it stands. */
export type SlatePicture = Readonly<{
  track: VideoTrack;
  fps: number;
  pictures: readonly Readonly<{ data: Uint8Array; keyframe: boolean }>[];
}>;

/** What a slate consists of. Without sound when the sources had none, without picture when they were radio. */
export type SlateMedia = Readonly<{ picture: SlatePicture | undefined; audio: AudioTrack | undefined }>;

/** The most that one call makes, so that a clock that was set wrong cannot fill the memory. */
const MAX_STEP_MS = 60_000;
/** Nobody sees that less than this is missing. */
const SHORTEST_PICTURE_MS = 1;

export class SlatePlayer {
  readonly media: SlateMedia;
  readonly #timeline: Timeline;
  #frames = 0;

  /** The timeline has begun an epoch with these tracks. */
  constructor(media: SlateMedia, timeline: Timeline) {
    this.media = media;
    this.#timeline = timeline;
  }

  /** What is missing up to `toMs` on the timeline, in the order of its time. */
  makeUntil(toMs: number): Sample[] {
    const samples: Sample[] = [];
    const endMs = Math.min(toMs, this.#timeline.positionMs + MAX_STEP_MS);
    for (;;) {
      const { video, audio } = this.#timeline.endsMs;
      const videoIsNext = this.media.picture !== undefined && (this.media.audio === undefined || video <= audio);
      if ((videoIsNext ? video : audio) >= endMs) return samples;
      const sample = videoIsNext ? this.#picture() : this.#silence();
      if (sample === undefined) return samples;
      samples.push(sample);
    }
  }

  /** What is missing up to `toMs`, and so that both tracks end together. Nothing follows. */
  finish(toMs: number): Sample[] {
    const samples = this.makeUntil(toMs);
    if (this.media.picture === undefined || this.media.audio === undefined) return samples;
    const frameMs = ((silentFrame(this.media.audio)?.durationTicks ?? 0) * 1000) / this.media.audio.timescale;
    for (let { video, audio } = this.#timeline.endsMs; ; { video, audio } = this.#timeline.endsMs) {
      const isSoundMissing = audio + frameMs / 2 < video;
      if (!isSoundMissing && audio - video < SHORTEST_PICTURE_MS) return samples;
      const sample = isSoundMissing ? this.#silence() : this.#picture(audio - video);
      if (sample === undefined) return samples;
      samples.push(sample);
    }
  }

  #picture(mostMs = Infinity): Sample | undefined {
    const { picture } = this.media;
    const next = picture?.pictures[this.#frames % picture.pictures.length];
    if (picture === undefined || next === undefined) return undefined;
    const at = (frame: number): number => Math.round((frame * VIDEO_TIMESCALE) / picture.fps);
    const mostTicks = Math.ceil((mostMs * VIDEO_TIMESCALE) / 1000);
    const durationTicks = Math.min(at(this.#frames + 1) - at(this.#frames), mostTicks);
    this.#frames += 1;
    return this.#timeline.append("video", { ...next, durationTicks });
  }

  #silence(): Sample | undefined {
    const frame = this.media.audio && silentFrame(this.media.audio);
    return frame && this.#timeline.append("audio", { ...frame, keyframe: true });
  }
}
