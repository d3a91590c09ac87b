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
/** Made of the source's sound when that is Opus. */
export const AAC = "a1";
/** Names of the groups of sound; the first one that is listed is the one that most players know. */
const AUDIO_GROUP = "aud";
const OTHER_AUDIO_GROUP = "opus";
const RUNG = /^v[1-9][0-9]?$/;
/** The multivariant playlist waits for the rungs until the source has so many segments. */
const WAIT_FOR_RUNGS_SEGMENTS = 2;
/** Containers and peaks to come need room over what was measured. */
const PEAK_HEAD_ROOM = 1.25;
const AVERAGE_HEAD_ROOM = 1.05;

/** Where a window ends: what the program's timeline must go on from. */
export type WindowPosition = Readonly<{ videoTicks90k: number; audioSec: number }>;

/** Whether a rendition of that name is transcoded video. */
const isRung = (name: string): boolean => RUNG.test(name);

/** Name of the source's rendition that this one is, or is made of. */
export const sourceOf = (name: string): string => (isRung(name) ? VIDEO : name === AAC ? AUDIO : name);

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
    const wanted = this.#ladder.filter((name) => this.#current.includes(sourceOf(name)));
    const rungs = wanted.flatMap((name) => this.#renditions.get(name) ?? []).filter(isPlayable);
    const mayWait = !this.ended && sources.some((one) => one.nextMsn - one.head < WAIT_FOR_RUNGS_SEGMENTS);
    if (mayWait && rungs.length < wanted.length) return null;
    return serializeMultivariantPlaylist(describe([...sources, ...rungs], base));
  }
}

/** Something in it is no gap. */
function isPlayable(rung: RenditionWindow): boolean {
  return rung.hasClosed && rung.closed().some((segment) => !segment.gap);
}

function describe(renditions: readonly RenditionWindow[], base: string): MultivariantPlaylist {
  const videos = renditions.filter((one) => sourceOf(one.name) === VIDEO);
  const sounds = [AAC, AUDIO].flatMap((name) => renditions.find((one) => one.name === name) ?? []);
  const shown = videos.length > 0 ? videos : [undefined];
  return {
    version: 9,
    media: videos.length > 0 ? sounds.flatMap((one, index) => audioGroup(one, groupAt(index), base)) : [],
    variants:
      sounds.length === 0
        ? videos.map((one) => variant(one, undefined, base))
        : sounds.flatMap((sound, index) =>
            shown.map((one) => ({ ...variant(one, sound, base), ...(one && { audio: groupAt(index) }) })),
          ),
  };
}

const groupAt = (index: number): string => (index === 0 ? AUDIO_GROUP : OTHER_AUDIO_GROUP);

function variant(video: RenditionWindow | undefined, audio: RenditionWindow | undefined, base: string): Variant {
  const shown = video && newestTrack(video);
  const heard = audio && newestTrack(audio);
  const rates = sum(video && bitRates(video), audio && bitRates(audio));
  return {
    uri: `${base}${video?.name ?? audio?.name ?? AUDIO}/index.m3u8`,
    bandwidthBps: Math.ceil(rates.peak * PEAK_HEAD_ROOM),
    averageBandwidthBps: Math.ceil(rates.average * AVERAGE_HEAD_ROOM),
    codecs: [shown, heard].flatMap((track) => track?.codecs ?? []),
    ...(video && shown?.kind === "video" && picture(shown, video)),
  };
}

function audioGroup(sound: RenditionWindow, groupId: string, base: string): MultivariantPlaylist["media"] {
  const track = newestTrack(sound);
  if (track?.kind !== "audio") return [];
  const channels = String(track.channels);
  const uri = `${base}${sound.name}/index.m3u8`;
  return [{ type: "AUDIO", groupId, name: "main", default: true, autoselect: true, channels, uri }];
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
