/** The live window of one broadcast: its renditions side by side. No I/O, no clock. */
import type { AudioTrack, VideoTrack } from "@rostrum/media/sample";
import {
  type MultivariantPlaylist,
  type Variant,
  serializeMultivariantPlaylist,
} from "@rostrum/media/hls/multivariant-playlist";
import { type LiveSegment, RenditionWindow } from "./rendition-window.ts";
import type { Promises } from "./targets.ts";

/** Names of the renditions, also in URLs and on disk. */
export const VIDEO = "v0";
export const AUDIO = "a0";
const AUDIO_GROUP = "aud";
const RUNG = /^v[1-9][0-9]?$/;
/** The multivariant playlist waits for the rungs until the source has so many segments. */
const WAIT_FOR_RUNGS_SEGMENTS = 2;
/** Containers and peaks to come need room over what was measured. */
const PEAK_HEAD_ROOM = 1.25;
const AVERAGE_HEAD_ROOM = 1.05;

/** Where a window ends: what the program's timeline must go on from. */
export type WindowPosition = Readonly<{ videoTicks90k: number; audioSec: number }>;

/** Whether a rendition of that name is transcoded video. */
export const isRung = (name: string): boolean => RUNG.test(name);

/** Whether a rendition of that name is what the source sends. */
export const isSource = (name: string): boolean => name === VIDEO || name === AUDIO;

export class LiveWindow {
  readonly promises: Promises;
  readonly #renditions = new Map<string, RenditionWindow>();
  /** Names of the renditions that the newest tracks have. */
  #current: readonly string[] = [];
  /** Names of the transcoded renditions that run or are about to, highest first. */
  #ladder: readonly string[] = [];
  #discontinuity = 0;
  /** The multivariant playlist as it was written last. */
  #texts: Readonly<{ state: string; byBase: Map<string, string | null> }> = { state: "", byBase: new Map() };

  constructor(promises: Promises) {
    this.promises = promises;
  }

  /** Discontinuity sequence number of what comes next. */
  get discontinuity(): number {
    return this.#discontinuity;
  }
  get ended(): boolean {
    return this.renditions().some((one) => one.state === "ended");
  }

  renditions(): RenditionWindow[] {
    return [...this.#renditions.values()];
  }
  rendition(name: string): RenditionWindow | undefined {
    return this.#renditions.get(name);
  }
  others(name: string): RenditionWindow[] {
    return [...this.#current, ...this.#ladder].flatMap((one) =>
      one === name ? [] : (this.#renditions.get(one) ?? []),
    );
  }

  /** The rendition of that name; a new one begins at the number that the others have reached. */
  openRendition(name: string, begin?: ConstructorParameters<typeof RenditionWindow>[2]): RenditionWindow {
    const known = this.#renditions.get(name);
    if (known !== undefined) return known;
    const msn = Math.max(0, ...this.renditions().map((one) => one.nextMsn));
    const window = new RenditionWindow(name, this.promises, begin ?? { msn });
    this.#renditions.set(name, window);
    return window;
  }

  /** From here on only these renditions of the source go on. */
  setCurrent(names: readonly string[]): void {
    this.#current = names;
  }

  /** The transcoded renditions that run or are about to, highest first. */
  setLadder(names: readonly string[]): void {
    this.#ladder = names;
  }

  /** Everything that follows is behind a discontinuity, when there is something before it. */
  breakTime(): void {
    const last = this.renditions().map((one) => one.lastDiscontinuity ?? -1);
    this.#discontinuity = Math.max(this.#discontinuity, Math.max(-1, ...last) + 1);
  }

  /** The show begins: what is before these segments is gone. Returns what is gone. */
  begin(firstOf: (rendition: RenditionWindow) => number): { rendition: RenditionWindow; segment: LiveSegment }[] {
    return this.renditions().flatMap((rendition) =>
      rendition.begin(firstOf(rendition)).map((segment) => ({ rendition, segment })),
    );
  }

  /** Nothing comes for now or ever. */
  rest(state: "paused" | "ended"): void {
    for (const one of this.renditions()) one.rest(state);
  }

  /** Keeps only those bytes in memory that are on no disk. */
  releaseStored(): void {
    for (const rendition of this.renditions()) {
      for (const segment of rendition.closed()) if (segment.stored) rendition.releaseParts(segment.msn);
    }
  }

  /** null: nothing was ever shown. */
  position(): WindowPosition | null {
    const video = this.#renditions.get(VIDEO)?.endTicks;
    const audio = this.#renditions.get(AUDIO);
    const audioSec = audio?.endTicks === undefined ? 0 : audio.endTicks / (newestTrack(audio)?.timescale ?? 1);
    if (video === undefined && audio?.endTicks === undefined) return null;
    return { videoTicks90k: video ?? 0, audioSec };
  }

  /** What was shown last. */
  sourceTracks(): Readonly<{ video: VideoTrack | undefined; audio: AudioTrack | undefined }> {
    const of = (name: string) =>
      this.#current.includes(name) ? this.#renditions.get(name)?.latestInit?.track : undefined;
    const [video, audio] = [of(VIDEO), of(AUDIO)];
    return {
      video: video?.kind === "video" ? video : undefined,
      audio: audio?.kind === "audio" ? audio : undefined,
    };
  }

  /**
   * null as long as a rendition of the source has no closed segment. Players read it once, so at the beginning it waits a
   * segment longer for the rungs that are about to come.
   * @param base goes before every URI
   */
  multivariant(base: string): string | null {
    const state = this.#listed();
    // Every viewer who comes asks, and hours of segments are looked through for the bit rates.
    if (this.#texts.state !== state) this.#texts = { state, byBase: new Map() };
    const { byBase } = this.#texts;
    const known = byBase.get(base);
    if (known !== undefined) return known;
    const text = this.#describe(base);
    byBase.set(base, text);
    return text;
  }

  /** All that the multivariant playlist depends on. */
  #listed(): string {
    const each = this.renditions().map(({ name, head, nextMsn, hasClosed, state, latestInit }) =>
      [name, head, nextMsn, hasClosed, state, latestInit?.name].join(),
    );
    return [this.#current.join(), this.#ladder.join(), ...each].join(" ");
  }

  #describe(base: string): string | null {
    const sources = this.#current.flatMap((name) => this.#renditions.get(name) ?? []);
    if (sources.length < this.#current.length || sources.length === 0) return null;
    if (sources.some((one) => !one.hasClosed)) return null;
    const rungs = this.#ladder.flatMap((name) => this.#renditions.get(name) ?? []).filter(isPlayable);
    const mayWait = !this.ended && sources.some((one) => one.nextMsn - one.head < WAIT_FOR_RUNGS_SEGMENTS);
    if (mayWait && this.#current.includes(VIDEO) && rungs.length < this.#ladder.length) return null;
    return serializeMultivariantPlaylist(describe([...sources, ...rungs], base));
  }
}

/** Something in it is no gap. */
function isPlayable(rung: RenditionWindow): boolean {
  return rung.hasClosed && rung.closed().some((segment) => !segment.gap);
}

function describe(renditions: readonly RenditionWindow[], base: string): MultivariantPlaylist {
  const audio = renditions.find((one) => one.name === AUDIO);
  const videos = renditions.filter((one) => one !== audio);
  const heard = audio && newestTrack(audio);
  const beside = heard?.kind === "audio" && videos.length > 0;
  return {
    version: 9,
    media: beside ? [audioGroup(heard, base)] : [],
    variants: videos.length > 0 ? videos.map((one) => variant(one, audio, base)) : [variant(undefined, audio, base)],
  };
}

function variant(video: RenditionWindow | undefined, audio: RenditionWindow | undefined, base: string): Variant {
  const shown = video && newestTrack(video);
  const heard = audio && newestTrack(audio);
  const rates = sum(video && bitRates(video), audio && bitRates(audio));
  return {
    uri: `${base}${video?.name ?? AUDIO}/index.m3u8`,
    bandwidthBps: Math.ceil(rates.peak * PEAK_HEAD_ROOM),
    averageBandwidthBps: Math.ceil(rates.average * AVERAGE_HEAD_ROOM),
    codecs: [shown, heard].flatMap((track) => track?.codecs ?? []),
    ...(video && shown?.kind === "video" && picture(shown, video)),
    ...(video && audio && { audio: AUDIO_GROUP }),
  };
}

function audioGroup(track: AudioTrack, base: string): MultivariantPlaylist["media"][number] {
  return {
    type: "AUDIO",
    groupId: AUDIO_GROUP,
    name: "main",
    default: true,
    autoselect: true,
    channels: String(track.channels),
    uri: `${base}${AUDIO}/index.m3u8`,
  };
}

function picture(track: VideoTrack, window: RenditionWindow): Partial<Variant> {
  const segment = window.closed().findLast((one) => !one.gap);
  const measured = segment && (segment.samples * track.timescale) / segment.durationTicks;
  const promised = track.frameRate;
  // Encoders with a variable rate promise what they do not keep.
  const kept = promised !== undefined && measured !== undefined && Math.abs(promised / measured - 1) < 0.02;
  const frameRate = kept ? promised : measured;
  return { resolution: { widthPx: track.widthPx, heightPx: track.heightPx }, ...(frameRate && { frameRate }) };
}

function newestTrack(window: RenditionWindow): VideoTrack | AudioTrack | undefined {
  return window.latestInit?.track;
}

type Rates = Readonly<{ peak: number; average: number }>;

/** Bits a second over the segments of the playlist. Short segments say little about the peak. */
function bitRates(window: RenditionWindow): Rates {
  let peak = 0;
  let bits = 0;
  let totalSec = 0;
  for (const segment of window.closed()) {
    if (segment.gap) continue;
    const durationSec = segment.durationTicks / segment.init.track.timescale;
    bits += segment.sizeBytes * 8;
    totalSec += durationSec;
    if (durationSec >= 0.5) peak = Math.max(peak, (segment.sizeBytes * 8) / durationSec);
  }
  const average = totalSec > 0 ? bits / totalSec : 0;
  return { peak: Math.max(peak, average), average };
}

function sum(...all: readonly (Rates | undefined)[]): Rates {
  const found = all.flatMap((one) => one ?? []);
  return {
    peak: found.reduce((total, one) => total + one.peak, 0),
    average: found.reduce((total, one) => total + one.average, 0),
  };
}
