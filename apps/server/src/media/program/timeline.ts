/**
 * One continuous timeline out of whatever sources come and go: 90 kHz video ticks, audio counted in samples.
 * Every sample of a track begins where the one before it ended, over source changes too: what is missing of the sound is
 * silence, and the last picture of a source lasts until the next one begins. No I/O, no clock.
 */
import { silentFrame } from "@rostrum/media/codec/silence";
import type { AudioTrack, Sample, VideoTrack } from "@rostrum/media/sample";
import { VIDEO_TIMESCALE } from "../hub/program-event.ts";
import type { SourceSample } from "../ingest/source-event.ts";
import { AudioStamps } from "./audio-stamps.ts";
import { SourceClock } from "./source-clock.ts";
import { caughtUpAt, VideoStamps } from "./video-stamps.ts";

/** Where a timeline begins or goes on. */
export type TimelineStart = Readonly<{ videoTicks90k: number; audioSec: number }>;

export type EpochTracks = Readonly<{
  video: VideoTrack | undefined;
  audio: AudioTrack | undefined;
  frameRateHint: number | undefined;
}>;

/** A sample whose length is known, to be put at the end of its track. */
export type ReadySample = Readonly<{ data: Uint8Array; keyframe: boolean; durationTicks: number }>;

type Held = { sample: Omit<Sample, "duration">; durationTicks: number };
type Waiting = Readonly<{ sample: SourceSample; mediaMs: number }>;

/** Sound this far ahead of the picture waits for it: when the picture never comes, both end together. */
const AUDIO_AHEAD_MS = 400;
/** Sound that waits; beyond, it goes on without its picture. */
const MAX_WAITING = 500;
/** Holes in the sound up to this are filled with silence. */
const MAX_FILL_MS = 10_000;
/** Half of the longest frame: AAC at 8 kHz. */
const HALF_A_FRAME_MS = 64;
/** No codec here has shorter frames; nothing below it can be a hole. */
const SHORTEST_FRAME_MS = 2.5;

export class Timeline {
  #clock = new SourceClock();
  #video: { stamps: VideoStamps; firstMs: number | undefined; beginMs: number } | undefined;
  #audio: { stamps: AudioStamps; track: AudioTrack } | undefined;
  #waiting: Waiting[] = [];
  /** The newest sample of each track: its duration is known when the next one comes. */
  #heldVideo: Held | undefined;
  #heldAudio: Held | undefined;
  /** Where pictures have been decoded to, and where they have been shown to. */
  #decodedTicks: number;
  #videoEndMs: number;
  #audioEndMs: number;
  #dropped = 0;

  constructor(start: TimelineStart) {
    this.#decodedTicks = start.videoTicks90k;
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

  /** What a picture usually lasts as far as it is known, as frames a second. */
  get fps(): number | undefined {
    return this.#video?.stamps.fps;
  }

  /** Where the source of this epoch would put a sample that has not been pushed; undefined when its clock does not say. */
  expectedMs(sample: SourceSample, arrivalMs: number): number | undefined {
    const mediaMs = this.#clock.peek(sample.kind, sample.timestampMs, arrivalMs);
    return mediaMs === undefined ? undefined : mediaMs + sample.compositionMs;
  }

  /**
   * Begins an epoch where the timeline ends: its first picture and its first sound belong there. Call `finish` first.
   * Samples come by `push` (on the source's clock) or by `append`.
   * @param lateMs how much earlier the first picture belongs. That much is shown faster, in silence, so that the source is in
   * time again: many changes of sources must not add up to a delay.
   */
  begin({ video, audio, frameRateHint }: EpochTracks, lateMs = 0): void {
    this.#clock = new SourceClock();
    const fromMs = this.positionMs;
    this.#decodedTicks = Math.max(this.#decodedTicks, ticksOf(fromMs, VIDEO_TIMESCALE));
    this.#videoEndMs = fromMs;
    // Sound that ends within half a frame of there goes on where it ended: two halves that are missing would be a hole.
    if (fromMs - this.#audioEndMs > HALF_A_FRAME_MS) this.#audioEndMs = fromMs;
    const lateTicks = (lateMs * VIDEO_TIMESCALE) / 1000;
    const stamps = video && new VideoStamps(this.#decodedTicks, video.frameRate ?? frameRateHint, lateTicks);
    this.#video = stamps && { stamps, firstMs: undefined, beginMs: fromMs - lateMs };
    const heardMs = lateMs > 0 && video !== undefined ? caughtUpAt(fromMs, lateMs) : this.#audioEndMs;
    this.#audio = audio && {
      stamps: new AudioStamps(ticksOf(heardMs, audio.timescale), audio.timescale),
      track: audio,
    };
  }

  /** Takes a sample of a track of this epoch; gives back what is complete by it. */
  push(sample: SourceSample, arrivalMs: number): Sample[] {
    if (sample.kind === "audio") return this.#takeAudio(sample, arrivalMs);
    return [...this.#pushVideo(sample, arrivalMs), ...this.#drain()];
  }

  /** Puts samples of known length at the end of their tracks. */
  append(kind: Sample["kind"], { data, keyframe, durationTicks: duration }: ReadySample): Sample | undefined {
    const timescale = kind === "video" ? VIDEO_TIMESCALE : this.#audio?.track.timescale;
    if (timescale === undefined || (kind === "video" && this.#video === undefined)) return undefined;
    const dts = kind === "video" ? this.#decodedTicks : ticksOf(this.#audioEndMs, timescale);
    const endMs = ((dts + duration) * 1000) / timescale;
    if (kind === "audio") this.#audioEndMs = endMs;
    else {
      this.#decodedTicks = dts + duration;
      this.#videoEndMs = endMs;
    }
    return { kind, pts: dts, dts, duration, keyframe, data };
  }

  /** Where each track of this epoch ends. */
  get endsMs(): Readonly<{ video: number; audio: number }> {
    return { video: this.#videoEndMs, audio: this.#audioEndMs };
  }

  /** Completes what is held so that both tracks end at `toMs`, or at the later of their ends. Nothing of this epoch follows. */
  finish(toMs = 0): Sample[] {
    // Sound without its picture is not the program's.
    this.#waiting = [];
    const sound = [this.#finishAudio()].filter((one) => one !== undefined);
    if (this.#audio !== undefined) sound.push(...this.#silence(Math.max(this.positionMs, toMs)));
    const endMs = Math.max(this.positionMs, toMs);
    const picture = this.#finishVideo(endMs);
    if (this.#video !== undefined) this.#videoEndMs = endMs;
    this.#video = undefined;
    this.#audio = undefined;
    return picture === undefined ? sound : [picture, ...sound];
  }

  #finishVideo(endMs: number): Sample | undefined {
    const held = this.#heldVideo;
    this.#heldVideo = undefined;
    if (held === undefined) return undefined;
    const endTicks = Math.max(held.sample.dts + held.durationTicks, ticksOf(endMs, VIDEO_TIMESCALE));
    this.#decodedTicks = endTicks;
    return { ...held.sample, duration: endTicks - held.sample.dts };
  }

  #finishAudio(): Sample | undefined {
    const held = this.#heldAudio;
    this.#heldAudio = undefined;
    return held && { ...held.sample, duration: held.durationTicks };
  }

  #pushVideo(sample: SourceSample, arrivalMs: number): Sample[] {
    const epoch = this.#video;
    if (epoch === undefined) return [];
    const nextMs = (epoch.firstMs === undefined ? epoch.beginMs : this.positionMs) - sample.compositionMs;
    const mediaMs = this.#clock.place("video", sample.timestampMs, arrivalMs, nextMs);
    const shownMs = mediaMs + sample.compositionMs;
    epoch.firstMs ??= shownMs;
    // Pictures that follow the first key frame and are shown before it lean on what nobody has.
    if (shownMs < epoch.firstMs - 1 && !sample.keyframe && this.#isFirstGroup(epoch.firstMs, shownMs)) return [];
    const stamp = epoch.stamps.place(mediaMs, sample.compositionMs);
    const released = release(this.#heldVideo, stamp.dts);
    const durationTicks = epoch.stamps.usualTicks(released?.duration);
    this.#heldVideo = {
      sample: { kind: "video", ...stamp, keyframe: sample.keyframe, data: sample.data },
      durationTicks,
    };
    this.#decodedTicks = stamp.dts + durationTicks;
    this.#videoEndMs = Math.max(this.#videoEndMs, ((stamp.pts + durationTicks) * 1000) / VIDEO_TIMESCALE);
    return released === undefined ? [] : [released];
  }

  #isFirstGroup(firstMs: number, shownMs: number): boolean {
    return this.#videoEndMs - firstMs < 2000 && firstMs - shownMs < 1000;
  }

  #takeAudio(sample: SourceSample, arrivalMs: number): Sample[] {
    if (this.#audio === undefined) return [];
    const mediaMs = this.#clock.place("audio", sample.timestampMs, arrivalMs, this.positionMs);
    this.#waiting.push({ sample, mediaMs });
    return this.#drain();
  }

  #drain(): Sample[] {
    const released: Sample[] = [];
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const isAhead = this.#video !== undefined && next.mediaMs > this.#videoEndMs + AUDIO_AHEAD_MS;
      if (isAhead && this.#waiting.length <= MAX_WAITING) break;
      this.#waiting.shift();
      released.push(...this.#pushAudio(next));
    }
    return released;
  }

  #pushAudio({ sample, mediaMs }: Waiting): Sample[] {
    const epoch = this.#audio;
    if (epoch === undefined) return [];
    const { stamps, track } = epoch;
    const dts = stamps.place(mediaMs, sample.durationTicks);
    if (dts === undefined) {
      if (this.#heldAudio !== undefined) this.#dropped += 1;
      return [];
    }
    const startMs = (dts * 1000) / track.timescale;
    const filled = this.#fillBefore(startMs);
    const before = release(this.#heldAudio, dts);
    const held = { kind: "audio", pts: dts, dts, keyframe: true, data: sample.data } as const;
    this.#heldAudio = { sample: held, durationTicks: sample.durationTicks };
    this.#audioEndMs = ((dts + sample.durationTicks) * 1000) / track.timescale;
    return before === undefined ? filled : [...filled, before];
  }

  /** Silence for a hole; the sample before the hole is completed by it. */
  #fillBefore(startMs: number): Sample[] {
    const holeMs = startMs - this.#audioEndMs;
    if (holeMs < SHORTEST_FRAME_MS || holeMs > MAX_FILL_MS) return [];
    const frame = this.#audio && silentFrame(this.#audio.track);
    if (this.#audio === undefined || frame === undefined) return [];
    // Browsers play over what is missing up to a frame.
    if (holeMs <= (1000 * frame.durationTicks) / this.#audio.track.timescale) return [];
    const before = this.#finishAudio();
    const silence = this.#silence(startMs);
    const last = silence.pop();
    if (last !== undefined) this.#heldAudio = { sample: last, durationTicks: last.duration };
    return before === undefined ? silence : [before, ...silence];
  }

  /** Silent frames from the end of the sound to within half a frame of `toMs`. */
  #silence(toMs: number): Sample[] {
    const frame = this.#audio && silentFrame(this.#audio.track);
    if (this.#audio === undefined || frame === undefined || toMs - this.#audioEndMs > MAX_FILL_MS) return [];
    const { timescale } = this.#audio.track;
    const samples: Sample[] = [];
    const frameMs = (frame.durationTicks * 1000) / timescale;
    while (this.#audioEndMs + frameMs / 2 < toMs) {
      const dts = ticksOf(this.#audioEndMs, timescale);
      samples.push({ kind: "audio", pts: dts, dts, duration: frame.durationTicks, keyframe: true, data: frame.data });
      this.#audioEndMs = ((dts + frame.durationTicks) * 1000) / timescale;
    }
    return samples;
  }
}

/** Rounded up, but for what floating point adds. */
const ticksOf = (ms: number, timescale: number): number => Math.max(0, Math.ceil((ms * timescale) / 1000 - 1e-6));

function release(held: Held | undefined, nextDts: number): Sample | undefined {
  if (held === undefined) return undefined;
  const { kind, pts, dts, keyframe, data } = held.sample;
  return { kind, pts, dts, duration: nextDts - dts, keyframe, data };
}
