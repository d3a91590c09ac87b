/** A program as WebRTC carries it: H.264 in the order in which it is shown, and Opus. What the source has not, FFmpeg makes. */
import os from "node:os";
import { OPUS_RATE_HZ } from "@rostrum/media/codec/opus";
import type { AudioTrack, Sample, VideoTrack } from "@rostrum/media/sample";
import type { Clock } from "../../lib/clock.ts";
import type { Ffmpeg } from "../../lib/ffmpeg.ts";
import type { Logger } from "../../lib/log.ts";
import { type ProgramEvent, VIDEO_TIMESCALE } from "../hub/program-event.ts";
import { ProgramHub, type Subscription } from "../hub/program-hub.ts";
import { LEAD_SEC, fedTrack } from "./aac-args.ts";
import type { EncoderChoice } from "./encoders.ts";
import { EncodingLag } from "./encoding-lag.ts";
import { FrameRate } from "./frame-rate.ts";
import { type Fitness, fitnessOf, madeAudioTrack, rtcAudioArgs, rtcVideoArgs } from "./rtc-args.ts";
import type { RungListener } from "./rung-taps.ts";
import { type Recipe, TrackMaker } from "./track-maker.ts";

export type RtcProgramOptions = Readonly<{
  source: ProgramHub;
  ffmpeg: Ffmpeg;
  clock: Clock;
  log: Logger;
  choice: Promise<EncoderChoice>;
  /** Of the same program's ladder. */
  listenRungs?: (listener: RungListener) => () => void;
}>;

type TracksEvent = Extract<ProgramEvent, { type: "tracks" }>;
type SampleEvent = Extract<ProgramEvent, { type: "sample" }>;

/** More than the longest GOP that the hub keeps. */
const QUEUE = { maxBytes: 32 * 1024 * 1024, maxMs: 15_000 };
const DEFAULT_FPS = 30;

export class RtcProgram {
  /** Of the same media times and wall clock as the source's. Video is AVC, audio Opus of 48 kHz. */
  readonly hub = new ProgramHub();
  readonly #options: RtcProgramOptions;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  readonly #fps = new FrameRate();
  readonly #lag = new EncodingLag();
  readonly #pictures: TrackMaker;
  readonly #sound: TrackMaker;
  #choice: EncoderChoice | undefined;
  #source: TracksEvent | undefined;
  #fitness: Fitness = "fits";
  #newestPts = Number.NEGATIVE_INFINITY;
  #live = { ticks: 0, atMs: 0 };
  /** What viewers get: undefined before it is known. */
  #video: VideoTrack | undefined;
  #isTold = false;
  #wallZeroMs = 0;
  /** Media time of the first sound that was fed: what is made of silence before it is left out. */
  #soundFromSec = 0;

  /** Runs until `close`, or until the source's program ends. */
  constructor(options: RtcProgramOptions) {
    const { ffmpeg, clock, log } = options;
    this.#options = options;
    const shared = { ffmpeg, clock, log };
    this.#pictures = new TrackMaker({
      ...shared,
      what: "H.264 for WebRTC",
      leadSec: 0,
      onTrack: (track) => {
        // One that was ended writes what it has, also after a source has taken over that needs none.
        if (track.kind === "video" && this.#fitness === "must_be_made") this.#tell(track);
      },
      onSample: (sample) => this.#madePicture(sample),
    });
    this.#sound = new TrackMaker({
      ...shared,
      what: "Opus for WebRTC",
      leadSec: LEAD_SEC,
      onTrack: () => {},
      onSample: (sample) => this.#madeSound(sample),
    });
    const { signal } = this.#stop;
    this.#done = this.#run(options.source.subscribe({ ...QUEUE, name: "webrtc", from: "current_gop", signal }));
  }

  /** Why there are no pictures although the source has some; undefined: there are, or soon will be. */
  get missing(): string | undefined {
    if (this.#fitness === "fits" || this.#fitness === "watch" || this.#choice?.encoder !== undefined) return undefined;
    return this.#choice?.reason;
  }

  /** The pictures are encoded anew for WebRTC. */
  get isTranscoded(): boolean {
    return this.#fitness === "must_be_made";
  }

  /** Tells of the ladder's rungs, whose pictures are not reordered, until the returned function is called. */
  listenRungs(listener: RungListener): () => void {
    return this.#options.listenRungs?.(listener) ?? (() => {});
  }

  /** The source's newest picture, when it came (monotonic ms), and how much later than that what is made of it comes. */
  get live(): Readonly<{ ticks: number; atMs: number; lagMs: number }> {
    return { ...this.#live, lagMs: this.isTranscoded ? this.#lag.ms : 0 };
  }

  /** What came before the show is given to nobody who comes from now on. */
  forgetGop(): void {
    this.hub.forgetGop();
  }

  /** Resolves when no child is left. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(subscription: Subscription): Promise<void> {
    try {
      for await (const batch of subscription) {
        // Not before it is needed: what fits need not wait for an encoder to be found.
        if (batch.some(mayNeedEncoder)) this.#choice ??= await this.#options.choice;
        for (const event of batch) this.#take(event);
      }
    } catch (error) {
      this.#options.log.error({ err: error }, "a program cannot be given to WebRTC any more");
    }
    this.#stop.abort();
    await Promise.all([this.#pictures.close(), this.#sound.close()]);
    this.hub.close();
  }

  #take(event: ProgramEvent): void {
    if (event.type === "sample") return this.#sample(event);
    if (event.type === "tracks") return this.#tracks(event);
    this.#pictures.stop();
    this.#sound.stop();
    this.hub.publish(event);
  }

  #tracks(event: TracksEvent): void {
    const { video, audio, discontinuity } = event;
    const before = this.#source;
    this.#source = event;
    if (discontinuity || !sameTrack(before?.video, video)) this.#beginVideo(video);
    if (discontinuity || !sameTrack(before?.audio, audio)) this.#sound.endCurrent();
    this.#isTold = false;
    if (this.#fitness !== "must_be_made") this.#tell(video);
    else if (this.#video !== undefined) this.#tell(this.#video);
  }

  #beginVideo(video: VideoTrack | undefined): void {
    this.#fitness = video === undefined ? "fits" : fitnessOf(video);
    this.#video = undefined;
    this.#newestPts = Number.NEGATIVE_INFINITY;
    this.#fps.begin(video?.frameRate);
    this.#lag.begin();
    this.#pictures.endCurrent();
  }

  /** The tracks as viewers get them, once the video's description is known. */
  #tell(video: VideoTrack | undefined): void {
    const { epoch = 0, audio, discontinuity = false } = this.#source ?? {};
    this.#video = video;
    this.#isTold = true;
    const sound = audio === undefined ? undefined : audio.codec === "opus" ? audio : madeAudioTrack(audio);
    this.hub.publish({ type: "tracks", epoch, video, audio: sound, discontinuity });
  }

  #sample(event: SampleEvent): void {
    const { sample, wallMs } = event;
    const track = sample.kind === "video" ? this.#source?.video : this.#source?.audio;
    if (track === undefined) return;
    this.#wallZeroMs = wallMs - (sample.dts * 1000) / track.timescale;
    if (track.kind === "video") this.#picture(event, track);
    else this.#soundSample(event, track);
  }

  #picture(event: SampleEvent, track: VideoTrack): void {
    const { sample } = event;
    this.#fps.add(sample.duration);
    if (this.#fitness === "watch" && sample.pts < this.#newestPts) this.#reordered();
    this.#newestPts = Math.max(this.#newestPts, sample.pts);
    this.#live = { ticks: this.#newestPts, atMs: this.#options.clock.monotonicMs() };
    if (this.#fitness !== "must_be_made") return this.hub.publish(event);
    const encoder = this.#choice?.encoder;
    if (encoder === undefined) return;
    const fps = this.#fps.value ?? DEFAULT_FPS;
    const recipe = (): Recipe => ({ track, args: rtcVideoArgs(track, encoder, fps, os.availableParallelism()) });
    this.#pictures.feed(sample, sample.keyframe, recipe);
  }

  /** It did not say so: from its next key frame on its pictures are encoded anew. */
  #reordered(): void {
    this.#options.log.info("the source reorders its pictures: for WebRTC they are encoded anew");
    this.#fitness = "must_be_made";
    this.#video = undefined;
    this.#isTold = false;
  }

  #madePicture(sample: Sample): void {
    const nowMs = this.#options.clock.monotonicMs();
    const { ticks, atMs } = this.#live;
    this.#lag.came(((ticks - sample.pts) * 1000) / VIDEO_TIMESCALE + nowMs - atMs, nowMs);
    this.#publish(sample, VIDEO_TIMESCALE);
  }

  #soundSample(event: SampleEvent, track: AudioTrack): void {
    if (!this.#isTold) return;
    if (track.codec === "opus") return this.hub.publish(event);
    const { sample } = event;
    if (!this.#sound.isRunning) this.#soundFromSec = sample.dts / track.timescale;
    this.#sound.feed(sample, true, () => ({ track: fedTrack(track), args: rtcAudioArgs(track) }));
  }

  #madeSound(sample: Sample): void {
    const isBeforeAll = sample.dts + sample.duration / 2 < this.#soundFromSec * OPUS_RATE_HZ;
    if (!isBeforeAll && this.#source?.audio?.codec === "aac")
      this.#publish({ ...sample, pts: sample.dts }, OPUS_RATE_HZ);
  }

  #publish(sample: Sample, timescale: number): void {
    const isGone = sample.kind === "video" && (this.#fitness !== "must_be_made" || this.#video === undefined);
    if (!this.#isTold || isGone) return;
    this.hub.publish({ type: "sample", sample, wallMs: this.#wallZeroMs + (sample.dts * 1000) / timescale });
  }
}

function mayNeedEncoder(event: ProgramEvent): boolean {
  return event.type === "tracks" && event.video !== undefined && fitnessOf(event.video) !== "fits";
}

function sameTrack(one: VideoTrack | AudioTrack | undefined, other: VideoTrack | AudioTrack | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.codecs === other.codecs && Buffer.compare(one.description, other.description) === 0;
}
