/** Packages one program: video and audio into their windows, cut at the same times. No I/O, no clock. */
import type { AudioTrack, Sample, Track, VideoTrack } from "@rostrum/media/sample";
import { writeInit } from "@rostrum/media/fmp4/init";
import type { ProgramEvent } from "../hub/program-event.ts";
import { LadderPackager } from "./ladder-packager.ts";
import { AUDIO, LiveWindow, VIDEO, sourceOf } from "./live-window.ts";
import { RenditionPackager } from "./rendition-packager.ts";
import type { LiveInit, LiveSegment, RenditionWindow } from "./rendition-window.ts";
import { type Wishes, cutTargets, makePromises } from "./targets.ts";

export type PackagerOptions = Readonly<{
  wishes: Wishes;
  /** Distinguishes the files of this run from those of every other one. */
  run: string;
  /** A window of an earlier run that goes on; undefined: one is made with the first media. */
  window: LiveWindow | undefined;
  onWindow: (window: LiveWindow) => void;
  onSegment: (rendition: RenditionWindow, segment: LiveSegment) => void;
}>;

type SampleEvent = Extract<ProgramEvent, { type: "sample" }>;
type TracksEvent = Extract<ProgramEvent, { type: "tracks" }>;

/** Of the AAC that is made of Opus. */
const AAC_FRAME_MS = (1024 * 1000) / 48_000;
/** Enough pictures to know how long one usually lasts. */
const MEASURE_PARTS = 1.2;
const MEASURE_SAMPLES = 60;
/** Audio waits for the video beside it, so that both are cut at the same time; at most this long. */
const AUDIO_WAIT_SEC = 1;
/** Video that has not begun after this much audio is not waited for. */
const VIDEO_WAIT_SEC = 5;
/** Samples that begin this far from where the one before ended are behind a loss. */
const LOSS_SEC = 0.1;

type Epoch = {
  video: RenditionPackager | undefined;
  audio: RenditionPackager | undefined;
  audioScale: number;
  videoScale: number;
  /** Presentation time up to which video has come; undefined before the first key frame. */
  videoSec: number | undefined;
  /** Video segments beginning: the how-manyeth of this epoch, and when. */
  boundaries: { index: number; atSec: number }[];
  waiting: SampleEvent[];
  nextDts: { video: number | undefined; audio: number | undefined };
};

export class Packager {
  /** Takes the transcoded renditions. */
  readonly ladder: LadderPackager;
  readonly #options: PackagerOptions;
  #window: LiveWindow | undefined;
  #tracks: TracksEvent | undefined;
  #epoch: Epoch | undefined;
  /** Samples from before the window's promises were made. */
  #unmeasured: SampleEvent[] = [];
  #inits = 0;

  constructor(options: PackagerOptions) {
    this.#options = options;
    this.#window = options.window;
    this.#window?.breakTime();
    this.ladder = new LadderPackager({
      window: () => this.#window,
      targets: (window, track) => cutTargets(window.promises, options.wishes, track),
      newInit: (track) => this.#init(track, options.run),
      nameSegment: this.#nameSegment,
      onSegment: options.onSegment,
    });
    // The rungs of an earlier run do not run until they are planned again.
    this.ladder.windowOpened();
  }

  push(event: ProgramEvent): void {
    if (event.type === "sample") this.#sample(event);
    else if (event.type === "tracks") this.#tracksEvent(event);
    else this.finish(event.type === "end" ? "ended" : "paused");
  }

  /**
   * Closes what is open of the source's renditions. After `paused` it may go on; after `ended` the playlists carry
   * EXT-X-ENDLIST. What is transcoded comes to its end later: `ladder.finish`.
   */
  finish(state: "paused" | "ended"): void {
    this.#measure();
    this.#closeEpoch();
    for (const name of [VIDEO, AUDIO]) this.#window?.rendition(name)?.rest(state);
  }

  /**
   * The first segments of a show that begins with the source which feeds the program now, or with the next key frame. Returns
   * the MSN of each rendition's first segment, which may be still to come.
   */
  beginShow(from: "source" | "next_keyframe"): (rendition: RenditionWindow) => number {
    if (from === "next_keyframe") this.#measure();
    const { video, audio } = this.#epoch ?? {};
    const heads = new Map<string, number | undefined>();
    if (from === "source") heads.set(VIDEO, video?.firstMsn).set(AUDIO, audio?.firstMsn);
    else {
      const videoHead = video?.cutAtNextKeyframe();
      const segmentsBefore = video === undefined || videoHead === undefined ? 0 : videoHead - video.firstMsn;
      // Sound that is cut beside the picture may be a segment behind.
      const audioHead = audio && Math.max(audio.firstMsn + segmentsBefore, audio.cutAtNextKeyframe());
      heads.set(VIDEO, videoHead).set(AUDIO, audioHead);
    }
    // Transcoded renditions have the source's numbers.
    return ({ name, nextMsn }) => heads.get(sourceOf(name)) ?? nextMsn;
  }

  /** After a sample that could not be packaged: goes on behind a discontinuity. */
  drop(): void {
    const epoch = this.#epoch;
    this.#epoch = undefined;
    epoch?.video?.drop();
    epoch?.audio?.drop();
    this.#closePlan();
  }

  #tracksEvent(event: TracksEvent): void {
    this.#measure();
    const before = this.#tracks;
    this.#tracks = event;
    const same = before !== undefined && sameTrack(before.video, event.video) && sameTrack(before.audio, event.audio);
    if (same && !event.discontinuity) return;
    this.#closeEpoch();
  }

  #sample(event: SampleEvent): void {
    if (this.#window === undefined && !this.#measured(event)) return;
    this.#epoch ??= this.#openEpoch();
    if (this.#isBehindLoss(event.sample)) {
      this.#closeEpoch();
      this.#epoch = this.#openEpoch();
    }
    const epoch = this.#epoch;
    if (epoch === undefined) return;
    epoch.nextDts[event.sample.kind] = event.sample.dts + event.sample.duration;
    if (event.sample.kind === "video") this.#video(epoch, event);
    else epoch.waiting.push(event);
    this.#drainAudio(epoch, false);
  }

  /** Keeps samples until the usual frame duration is known, then packages them all. True: `event` is not among them. */
  #measured(event: SampleEvent): boolean {
    this.#unmeasured.push(event);
    const { partTargetMs } = this.#options.wishes;
    const pictures = this.#unmeasured.filter((one) => one.sample.kind === "video");
    const lastedMs = pictures.reduce((total, { sample }) => total + (sample.duration * 1000) / this.#scale("video"), 0);
    const enough = lastedMs > partTargetMs * MEASURE_PARTS || pictures.length > MEASURE_SAMPLES;
    const withoutVideo = this.#tracks?.video === undefined || this.#unmeasured.length > 10 * MEASURE_SAMPLES;
    if (enough || withoutVideo) this.#measure();
    return false;
  }

  #measure(): void {
    const events = this.#unmeasured;
    if (events.length === 0) return;
    this.#unmeasured = [];
    const frameMs = (["video", "audio"] as const).flatMap((kind) => {
      const ticks = median(events.filter(({ sample }) => sample.kind === kind).map(({ sample }) => sample.duration));
      return ticks === undefined ? this.#promisedFrameMs(kind) : [(ticks * 1000) / this.#scale(kind)];
    });
    if (this.#tracks?.audio?.codec === "opus") frameMs.push(AAC_FRAME_MS);
    this.#window = new LiveWindow(makePromises(this.#options.wishes, frameMs));
    this.#options.onWindow(this.#window);
    this.ladder.windowOpened();
    for (const event of events) this.#sample(event);
  }

  #promisedFrameMs(kind: "video" | "audio"): number[] {
    const { video, audio } = this.#tracks ?? {};
    if (kind === "video") return video?.frameRate === undefined ? [] : [1000 / video.frameRate];
    return audio === undefined ? [] : [(audio.frameTicks * 1000) / audio.timescale];
  }

  #scale(kind: "video" | "audio"): number {
    return this.#tracks?.[kind]?.timescale ?? 90_000;
  }

  #video(epoch: Epoch, { sample, wallMs }: SampleEvent): void {
    if (epoch.video === undefined || (epoch.videoSec === undefined && !sample.keyframe)) return;
    const atSec = sample.pts / epoch.videoScale;
    const begins = epoch.video.append(sample, wallMs);
    this.ladder.source.add(sample, wallMs, epoch.video.open);
    this.ladder.sourceAdvanced();
    if (epoch.videoSec === undefined) epoch.waiting = epoch.waiting.filter((one) => middleSec(one, epoch) >= atSec);
    if (begins) epoch.boundaries.push({ index: epoch.video.closedSegments, atSec });
    epoch.videoSec = Math.max(epoch.videoSec ?? 0, atSec);
  }

  #drainAudio(epoch: Epoch, all: boolean): void {
    while (epoch.waiting.length > 0) {
      const [event] = epoch.waiting;
      if (event === undefined || (!all && this.#mustWait(epoch, event))) return;
      epoch.waiting.shift();
      this.#audio(epoch, event);
    }
  }

  #audio(epoch: Epoch, event: SampleEvent): void {
    if (epoch.audio === undefined) return;
    appendAudio(epoch, event);
    this.ladder.sound.add(event.sample, epoch.audioScale, event.wallMs, epoch.audio.open);
    this.ladder.sourceAdvanced();
  }

  #mustWait(epoch: Epoch, event: SampleEvent): boolean {
    if (epoch.video === undefined) return false;
    const atSec = middleSec(event, epoch);
    const newest = epoch.waiting.at(-1);
    const heldSec = newest === undefined ? 0 : middleSec(newest, epoch) - atSec;
    if (epoch.videoSec === undefined) return heldSec < VIDEO_WAIT_SEC;
    return atSec > epoch.videoSec && heldSec < AUDIO_WAIT_SEC;
  }

  #isBehindLoss(sample: Sample): boolean {
    const expected = this.#epoch?.nextDts[sample.kind];
    if (expected === undefined) return false;
    return Math.abs(sample.dts - expected) > LOSS_SEC * this.#scale(sample.kind) || sample.dts < expected - 1;
  }

  #openEpoch(): Epoch | undefined {
    const window = this.#window;
    const tracks = this.#tracks;
    if (window === undefined || tracks === undefined) return undefined;
    window.breakTime();
    const { video, audio } = tracks;
    // Both before either is given media: a new one begins at the number that the other has reached.
    window.setCurrent([...(video ? [VIDEO] : []), ...(audio ? [AUDIO] : [])]);
    return {
      video: video && this.#rendition(window, VIDEO, video, true),
      audio: audio && this.#rendition(window, AUDIO, audio, video === undefined),
      audioScale: audio?.timescale ?? 1,
      videoScale: video?.timescale ?? 1,
      videoSec: undefined,
      boundaries: [],
      waiting: [],
      nextDts: { video: undefined, audio: undefined },
    };
  }

  #rendition(window: LiveWindow, name: string, track: Track, cutsAtKeyframes: boolean): RenditionPackager {
    const { wishes, run, onSegment } = this.#options;
    const rendition = window.openRendition(name);
    const init = this.#init(track, run);
    rendition.addInit(init);
    rendition.setNames(this.#nameSegment);
    return new RenditionPackager({
      window: rendition,
      init,
      targets: cutTargets(window.promises, wishes, track),
      discontinuity: window.discontinuity,
      cutsAtKeyframes,
      nameSegment: this.#nameSegment,
      onSegment: (segment) => {
        onSegment(rendition, segment);
        this.ladder.sourceClosed(name, segment.msn + 1);
      },
    });
  }

  readonly #nameSegment = (msn: number): string => `${this.#options.run}-${msn}`;

  #init(track: Track, run: string): LiveInit {
    const bytes = writeInit(track);
    this.#inits += 1;
    return {
      name: `${run}-i${this.#inits}`,
      track,
      bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
    };
  }

  #closeEpoch(): void {
    const epoch = this.#epoch;
    this.#epoch = undefined;
    if (epoch === undefined) return;
    if (epoch.video === undefined || epoch.videoSec !== undefined) this.#drainAudio(epoch, true);
    epoch.video?.flush();
    epoch.audio?.flush();
    this.#closePlan();
  }

  #closePlan(): void {
    const endTicks = this.#window?.rendition(VIDEO)?.endTicks;
    if (endTicks !== undefined) this.ladder.source.close(endTicks);
    this.ladder.sound.close();
  }
}

function appendAudio(epoch: Epoch, event: SampleEvent): void {
  const { audio } = epoch;
  if (audio === undefined) return;
  const { sample, wallMs } = event;
  const atSec = middleSec(event, epoch);
  for (let next = epoch.boundaries[0]; next !== undefined && atSec >= next.atSec; next = epoch.boundaries[0]) {
    epoch.boundaries.shift();
    // Audio that had to close a segment by itself is there already.
    if (audio.closedSegments < next.index) audio.cut(sample, wallMs);
  }
  audio.append(sample, wallMs);
}

/** An audio frame belongs to the segment that has the larger share of it. */
function middleSec({ sample }: SampleEvent, epoch: Epoch): number {
  const usual = Math.min(sample.duration, epoch.audioScale / 10);
  return (sample.dts + usual / 2) / epoch.audioScale;
}

function sameTrack(one: VideoTrack | AudioTrack | undefined, other: VideoTrack | AudioTrack | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.codecs === other.codecs &&
    one.timescale === other.timescale &&
    Buffer.compare(one.description, other.description) === 0
  );
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
