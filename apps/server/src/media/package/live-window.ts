/** The live window of one broadcast: its renditions side by side. No I/O, no clock. */
import type { AudioTrack, VideoTrack } from "@rostrum/media/sample";
import { type MultivariantPlaylist, serializeMultivariantPlaylist } from "@rostrum/media/hls/multivariant-playlist";
import { type LiveSegment, RenditionWindow } from "./rendition-window.ts";
import type { Promises } from "./targets.ts";

/** Names of the renditions, also in URLs and on disk. */
export const VIDEO = "v0";
export const AUDIO = "a0";
const AUDIO_GROUP = "aud";
/** Containers and peaks to come need room over what was measured. */
const PEAK_HEAD_ROOM = 1.25;
const AVERAGE_HEAD_ROOM = 1.05;

/** Where a window ends: what the program's timeline must go on from. */
export type WindowPosition = Readonly<{ videoTicks90k: number; audioSec: number }>;

export class LiveWindow {
  readonly promises: Promises;
  readonly #renditions = new Map<string, RenditionWindow>();
  /** Names of the renditions that the newest tracks have. */
  #current: readonly string[] = [];
  #discontinuity = 0;

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
    return this.#current.flatMap((one) => (one === name ? [] : (this.#renditions.get(one) ?? [])));
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

  /** From here on only these renditions go on. */
  setCurrent(names: readonly string[]): void {
    this.#current = names;
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

  /** null as long as a rendition has no closed segment. @param base goes before every URI */
  multivariant(base: string): string | null {
    const windows = this.#current.map((name) => this.#renditions.get(name));
    if (windows.length === 0 || windows.some((one) => one?.hasClosed !== true)) return null;
    return serializeMultivariantPlaylist(
      describe(this.#renditions.get(VIDEO), this.#renditions.get(AUDIO), this.#current, base),
    );
  }
}

function describe(
  video: RenditionWindow | undefined,
  audio: RenditionWindow | undefined,
  current: readonly string[],
  base: string,
): MultivariantPlaylist {
  const shown = current.includes(VIDEO) ? newestTrack(video) : undefined;
  const heard = current.includes(AUDIO) ? newestTrack(audio) : undefined;
  const videoTrack = shown?.kind === "video" ? shown : undefined;
  const audioTrack = heard?.kind === "audio" ? heard : undefined;
  const rates = sum(videoTrack && bitRates(video), audioTrack && bitRates(audio));
  const beside = videoTrack !== undefined && audioTrack !== undefined;
  return {
    version: 9,
    media: beside ? [audioGroup(audioTrack, base)] : [],
    variants: [
      {
        uri: `${base}${videoTrack === undefined ? AUDIO : VIDEO}/index.m3u8`,
        bandwidthBps: Math.ceil(rates.peak * PEAK_HEAD_ROOM),
        averageBandwidthBps: Math.ceil(rates.average * AVERAGE_HEAD_ROOM),
        codecs: [videoTrack, audioTrack].flatMap((track) => track?.codecs ?? []),
        ...(videoTrack && picture(videoTrack, video)),
        ...(beside && { audio: AUDIO_GROUP }),
      },
    ],
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

function picture(
  track: VideoTrack,
  window: RenditionWindow | undefined,
): Partial<MultivariantPlaylist["variants"][number]> {
  const segment = window?.closed().at(-1);
  const measured = segment && (segment.samples * track.timescale) / segment.durationTicks;
  const promised = track.frameRate;
  // Encoders with a variable rate promise what they do not keep.
  const kept = promised !== undefined && measured !== undefined && Math.abs(promised / measured - 1) < 0.02;
  const frameRate = kept ? promised : measured;
  return { resolution: { widthPx: track.widthPx, heightPx: track.heightPx }, ...(frameRate && { frameRate }) };
}

function newestTrack(window: RenditionWindow | undefined): VideoTrack | AudioTrack | undefined {
  return window?.latestInit?.track;
}

type Rates = Readonly<{ peak: number; average: number }>;

/** Bits a second over the segments of the playlist. Short segments say little about the peak. */
function bitRates(window: RenditionWindow | undefined): Rates {
  let peak = 0;
  let bits = 0;
  let totalSec = 0;
  for (const segment of window?.closed() ?? []) {
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
