/** The transcoded renditions of one program, side by side with the source's. No I/O, no clock. */
import type { Sample, Track } from "@rostrum/media/sample";
import type { RungOutput } from "../transcode/rung-output.ts";
import type { Targets } from "./cut.ts";
import { AacPackager } from "./aac-packager.ts";
import { AAC, type LiveWindow, isSource, sourceOf } from "./live-window.ts";
import type { LiveInit, LiveSegment, RenditionWindow } from "./rendition-window.ts";
import { RungPackager } from "./rung-packager.ts";
import { SegmentPlan } from "./segment-plan.ts";
import { SoundPlan } from "./sound-plan.ts";

export type LadderOptions = Readonly<{
  window: () => LiveWindow | undefined;
  targets: (window: LiveWindow, track: Track) => Targets;
  newInit: (track: Track) => LiveInit;
  nameSegment: (msn: number) => string;
  onSegment: (rendition: RenditionWindow, segment: LiveSegment) => void;
}>;

type AnyPackager = RungPackager | AacPackager;
type Rung = { readonly packager: AnyPackager; track: Track };

export class LadderPackager implements RungOutput {
  /** Told of every picture of the source that was packaged. */
  readonly source = new SegmentPlan();
  /** Told of every frame of the source's sound that was packaged. */
  readonly sound = new SoundPlan();
  readonly #options: LadderOptions;
  readonly #rungs = new Map<string, Rung>();
  #planned: readonly string[] = [];
  #plannedAudio: readonly string[] = [];

  constructor(options: LadderOptions) {
    this.#options = options;
  }

  plan(names: readonly string[]): void {
    this.#planned = names;
    this.windowOpened();
  }

  planAudio(names: readonly string[]): void {
    this.#plannedAudio = names;
    this.windowOpened();
  }

  begin(name: string, track: Track): void {
    const known = this.#rungs.get(name);
    // The same encoder settings again: the segment that is open goes on.
    if (known?.packager.init !== undefined && sameBytes(known.track.description, track.description)) return;
    const rung = known ?? this.#newRung(name, track);
    rung.track = track;
    rung.packager.begin(this.#options.newInit(track));
    this.#rungs.set(name, rung);
  }

  push(name: string, sample: Sample): void {
    this.#rungs.get(name)?.packager.push(sample);
  }

  stop(name: string): void {
    const packager = this.#rungs.get(name)?.packager;
    const source = this.#options.window()?.rendition(sourceOf(name));
    packager?.stop();
    if (source === undefined) return;
    packager?.follow(source.nextMsn);
    if (source.state !== "live") packager?.window?.rest(source.state);
  }

  /** The window is there: what was planned before it stands in it. */
  windowOpened(): void {
    this.#options.window()?.setLadder([...this.#planned, ...this.#plannedAudio]);
  }

  /** The source is packaged further than it was. */
  sourceAdvanced(): void {
    for (const { packager } of this.#rungs.values()) packager.drain();
  }

  /** A segment of the source's rendition `source` has been closed. */
  sourceClosed(source: string, nextMsn: number): void {
    for (const rendition of this.#options.window()?.renditions() ?? []) {
      const { name } = rendition;
      if (!isSource(name) && sourceOf(name) === source) this.#follower(rendition)?.follow(nextMsn);
    }
  }

  /** Nothing follows, for now or ever. */
  finish(state: "paused" | "ended"): void {
    for (const { packager } of this.#rungs.values()) packager.stop();
    const window = this.#options.window();
    for (const { name, nextMsn } of window?.renditions() ?? []) this.sourceClosed(name, nextMsn);
    window?.rest(state);
  }

  /** Of a rung that runs, or of one of an earlier run of the server; one without any media has nothing to follow. */
  #follower(rendition: RenditionWindow): AnyPackager | undefined {
    const known = this.#rungs.get(rendition.name);
    const track = rendition.latestInit?.track;
    if (known !== undefined || track === undefined) return known?.packager;
    const rung = this.#newRung(rendition.name, track);
    this.#rungs.set(rendition.name, rung);
    return rung.packager;
  }

  #newRung(name: string, track: Track): Rung {
    const options = {
      openWindow: (msn: number) => this.#window().openRendition(name, { msn }),
      sourceSegment: (msn: number) => this.#options.window()?.rendition(sourceOf(name))?.segment(msn),
      targets: () => this.#options.targets(this.#window(), track),
      nameSegment: this.#options.nameSegment,
      onSegment: this.#options.onSegment,
    };
    const window = this.#options.window()?.rendition(name);
    const packager =
      name === AAC
        ? new AacPackager({ ...options, plan: this.sound }, window)
        : new RungPackager({ ...options, plan: this.source }, window);
    return { packager, track };
  }

  #window(): LiveWindow {
    const window = this.#options.window();
    if (window === undefined) throw new Error("a rung was packaged before the source");
    return window;
  }
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
