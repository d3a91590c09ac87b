/** The transcoded renditions of one program, side by side with the source's. No I/O, no clock. */
import type { Sample, Track } from "@rostrum/media/sample";
import type { RungOutput } from "../transcode/rung-output.ts";
import type { Targets } from "./cut.ts";
import { type LiveWindow, VIDEO, isRung } from "./live-window.ts";
import type { LiveInit, LiveSegment, RenditionWindow } from "./rendition-window.ts";
import { RungPackager } from "./rung-packager.ts";
import { SegmentPlan } from "./segment-plan.ts";

export type LadderOptions = Readonly<{
  window: () => LiveWindow | undefined;
  targets: (window: LiveWindow, track: Track) => Targets;
  newInit: (track: Track) => LiveInit;
  nameSegment: (msn: number) => string;
  onSegment: (rendition: RenditionWindow, segment: LiveSegment) => void;
}>;

type Rung = { readonly packager: RungPackager; track: Track };

export class LadderPackager implements RungOutput {
  /** Told of every picture of the source that was packaged. */
  readonly source = new SegmentPlan();
  readonly #options: LadderOptions;
  readonly #rungs = new Map<string, Rung>();
  #planned: readonly string[] = [];

  constructor(options: LadderOptions) {
    this.#options = options;
  }

  plan(names: readonly string[]): void {
    this.#planned = names;
    this.#options.window()?.setLadder(names);
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
    const source = this.#options.window()?.rendition(VIDEO);
    packager?.stop();
    if (source === undefined) return;
    packager?.follow(source.nextMsn);
    if (source.state !== "live") packager?.window?.rest(source.state);
  }

  /** The window is there: what was planned before it stands in it. */
  windowOpened(): void {
    this.plan(this.#planned);
  }

  /** The source is packaged further than it was. */
  sourceAdvanced(): void {
    for (const { packager } of this.#rungs.values()) packager.drain();
  }

  /** A segment of the source has been closed. */
  sourceClosed(nextMsn: number): void {
    for (const rendition of this.#options.window()?.renditions() ?? []) {
      if (isRung(rendition.name)) this.#follower(rendition)?.follow(nextMsn);
    }
  }

  /** Nothing follows, for now or ever. */
  finish(state: "paused" | "ended"): void {
    for (const { packager } of this.#rungs.values()) packager.stop();
    const window = this.#options.window();
    if (window !== undefined) this.sourceClosed(window.rendition(VIDEO)?.nextMsn ?? 0);
    window?.rest(state);
  }

  /** Of a rung that runs, or of one of an earlier run of the server; one without any media has nothing to follow. */
  #follower(rendition: RenditionWindow): RungPackager | undefined {
    const known = this.#rungs.get(rendition.name);
    const track = rendition.latestInit?.track;
    if (known !== undefined || track === undefined) return known?.packager;
    const rung = this.#newRung(rendition.name, track);
    this.#rungs.set(rendition.name, rung);
    return rung.packager;
  }

  #newRung(name: string, track: Track): Rung {
    const packager = new RungPackager(
      {
        plan: this.source,
        openWindow: (msn) => this.#window().openRendition(name, { msn }),
        sourceSegment: (msn) => this.#options.window()?.rendition(VIDEO)?.segment(msn),
        targets: () => this.#options.targets(this.#window(), track),
        nameSegment: this.#options.nameSegment,
        onSegment: this.#options.onSegment,
      },
      this.#options.window()?.rendition(name),
    );
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
