/** Measures one source: rates over the last 5 s, from its events and when they came. Pure but for its own state. */
import type { SourceHealth } from "@rostrum/contract/health";
import type { AudioTrack, VideoTrack } from "@rostrum/media/sample";
import type { SourceEvent, SourceSample } from "../ingest/source-event.ts";

/** What does not change while the source is connected. */
export type MeteredSource = Readonly<Pick<SourceHealth, "kind" | "protocol" | "encoder"> & { connectedAt: Date }>;

type Entry = Readonly<{ atMs: number; bytes: number; offsetMs: number | null; reordered: boolean }>;

const WINDOW_MS = 5000;
/** Rates over less are chance. */
const LEAST_MS = 1000;
/** Protocols measure their way every 5 s; what is older says nothing about now. */
const LINK_MS = 12_000;
/** Tracks further apart than this are not on one clock. */
const ONE_CLOCK_MS = 5000;

export class SourceMeter {
  readonly #source: MeteredSource;
  readonly #video = new Window();
  readonly #audio = new Window();
  #tracks: { video: VideoTrack | undefined; audio: AudioTrack | undefined; hintFps: number | undefined } | undefined;
  #firstMs: number | undefined;
  #lastVideo: SourceSample | undefined;
  #lastAudioMs: number | undefined;
  #keyframe: Readonly<{ timestampMs: number; atMs: number }> | undefined;
  #intervalMs: number | null = null;
  #link: Readonly<{ atMs: number; rttMs: number | null; lossPercent: number }> | undefined;
  #drops: Array<Readonly<{ atMs: number; samples: number }>> = [];

  constructor(source: MeteredSource) {
    this.#source = source;
  }

  /** @param nowMs monotonic time */
  push(event: SourceEvent, nowMs: number): void {
    switch (event.type) {
      case "tracks":
        this.#tracks = { video: event.video, audio: event.audio, hintFps: event.frameRateHint };
        return;
      case "dropped":
        this.#drops = [...this.#recentDrops(nowMs), { atMs: nowMs, samples: event.samples }].slice(-1000);
        return;
      case "link":
        this.#link = { atMs: nowMs, rttMs: event.rttMs, lossPercent: event.lossPercent };
        return;
      case "sample":
        this.#firstMs ??= nowMs;
        if (event.sample.kind === "video") this.#pushVideo(event.sample, nowMs);
        else this.#pushAudio(event.sample, nowMs);
        return;
      default:
        event satisfies never;
    }
  }

  /** The figures of the 5 s before `nowMs`. */
  read(nowMs: number): SourceHealth {
    const { video, audio, hintFps } = this.#tracks ?? { video: undefined, audio: undefined, hintFps: undefined };
    const spanMs = this.#firstMs === undefined ? 0 : Math.min(WINDOW_MS, nowMs - this.#firstMs);
    const pictures = this.#video.since(nowMs - WINDOW_MS);
    const sounds = this.#audio.since(nowMs - WINDOW_MS);
    return {
      kind: this.#source.kind,
      protocol: this.#source.protocol,
      connectedAt: this.#source.connectedAt.toISOString(),
      encoder: this.#source.encoder,
      videoCodec: video?.codecs ?? null,
      audioCodec: audio?.codecs ?? null,
      widthPx: video?.widthPx ?? null,
      heightPx: video?.heightPx ?? null,
      fps: video === undefined ? null : perSecond(pictures.length, spanMs, 10),
      nominalFps: video?.frameRate ?? hintFps ?? null,
      videoBitrateBps: video === undefined ? null : perSecond(bitsOf(pictures), spanMs, 1),
      audioBitrateBps: audio === undefined ? null : perSecond(bitsOf(sounds), spanMs, 1),
      keyframeIntervalSec: video === undefined ? null : this.#keyframeIntervalSec(nowMs),
      bFrames: pictures.length === 0 ? null : pictures.some((one) => one.reordered),
      audioSampleRateHz: audio?.sampleRateHz ?? null,
      audioChannels: audio?.channels ?? null,
      droppedSamples: this.#recentDrops(nowMs).reduce((sum, { samples }) => sum + samples, 0),
      avOffsetMs: sounds.length === 0 ? null : averageOffset(pictures),
      ...this.#linkAt(nowMs),
    };
  }

  #pushVideo(sample: SourceSample, nowMs: number): void {
    const last = this.#lastVideo;
    const reordered = last !== undefined && isShownBefore(sample, last);
    this.#lastVideo = sample;
    const offsetMs = this.#lastAudioMs === undefined ? null : distance(sample.timestampMs, this.#lastAudioMs);
    this.#video.push({ atMs: nowMs, bytes: sample.data.length, offsetMs, reordered });
    if (!sample.keyframe) return;
    const before = this.#keyframe;
    if (before !== undefined) this.#intervalMs = Math.max(0, distance(sample.timestampMs, before.timestampMs));
    this.#keyframe = { timestampMs: sample.timestampMs, atMs: nowMs };
  }

  #pushAudio(sample: SourceSample, nowMs: number): void {
    this.#lastAudioMs = sample.timestampMs;
    this.#audio.push({ atMs: nowMs, bytes: sample.data.length, offsetMs: null, reordered: false });
  }

  /** A key frame that does not come counts as soon as it is later than the one before it was. */
  #keyframeIntervalSec(nowMs: number): number | null {
    if (this.#keyframe === undefined) return null;
    const openMs = nowMs - this.#keyframe.atMs;
    if (this.#intervalMs === null) return openMs > WINDOW_MS ? Math.round(openMs / 100) / 10 : null;
    return Math.round(Math.max(this.#intervalMs, openMs > 1.5 * this.#intervalMs ? openMs : 0) / 100) / 10;
  }

  #linkAt(nowMs: number): Pick<SourceHealth, "rttMs" | "lossPercent"> {
    if (this.#link === undefined) return {};
    const { atMs, rttMs, lossPercent } = this.#link;
    return nowMs - atMs > LINK_MS ? { rttMs: null, lossPercent: null } : { rttMs, lossPercent };
  }

  #recentDrops(nowMs: number) {
    return this.#drops.filter(({ atMs }) => atMs > nowMs - WINDOW_MS);
  }
}

/** Entries of the last seconds. Old ones go when twice the window is held, so that a push costs little. */
class Window {
  #entries: Entry[] = [];

  push(entry: Entry): void {
    this.#entries.push(entry);
    const first = this.#entries[0];
    if (first !== undefined && entry.atMs - first.atMs > 2 * WINDOW_MS) this.since(entry.atMs - WINDOW_MS);
  }

  /** What came after `fromMs`. */
  since(fromMs: number): readonly Entry[] {
    this.#entries = this.#entries.filter(({ atMs }) => atMs > fromMs);
    return this.#entries;
  }
}

const bitsOf = (entries: readonly Entry[]): number => entries.reduce((sum, { bytes }) => sum + bytes * 8, 0);

function perSecond(amount: number, spanMs: number, precision: number): number | null {
  return spanMs < LEAST_MS ? null : Math.round((amount * 1000 * precision) / spanMs) / precision;
}

/** The distance modulo 2^32. */
const distance = (to: number, from: number): number => (to - from) | 0;

const isShownBefore = (sample: SourceSample, last: SourceSample): boolean =>
  distance(sample.timestampMs + sample.compositionMs, last.timestampMs + last.compositionMs) < 0;

/** Of a picture to the sound that came before it: positive when pictures are stamped later. */
function averageOffset(pictures: readonly Entry[]): number | null {
  const offsets = pictures.map(({ offsetMs }) => offsetMs).filter((one) => one !== null);
  if (offsets.length === 0) return null;
  const average = offsets.reduce((sum, one) => sum + one, 0) / offsets.length;
  return Math.abs(average) > ONE_CLOCK_MS ? null : Math.round(average);
}
