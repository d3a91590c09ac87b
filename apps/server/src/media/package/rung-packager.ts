/** Packages one transcoded video rendition along the source's segments: same numbers, same times. No I/O, no clock. */
import type { Sample } from "@rostrum/media/sample";
import type { Targets } from "./cut.ts";
import { RenditionPackager } from "./rendition-packager.ts";
import type { LiveInit, LiveSegment, RenditionWindow } from "./rendition-window.ts";
import type { Place, PlannedSegment, SegmentPlan } from "./segment-plan.ts";

export type RungOptions = Readonly<{
  plan: SegmentPlan;
  /** The window of this rendition, which a new one begins with segment `msn`. */
  openWindow: (msn: number) => RenditionWindow;
  /** A closed segment of the source rendition, which stands in for one that this rendition has missed. */
  sourceSegment: (msn: number) => LiveSegment | undefined;
  targets: () => Targets;
  nameSegment: (msn: number) => string;
  onSegment: (rendition: RenditionWindow, segment: LiveSegment) => void;
}>;

type Placed = Extract<Place, { kind: "at" }>;
/** What is being written: into a segment of the source, up to a time. */
type Open = { readonly packager: RenditionPackager; segment: PlannedSegment; endTicks: number };

/** Samples that wait until the source is packaged so far; with more of them the encoder has lost its place. */
const MAX_PENDING = 1200;
/** A missing picture is stood in for by the one before it. With a longer hole the segment is not shown: 0.5 s in 90 kHz ticks. */
const MAX_HOLE_TICKS = 45_000;

export class RungPackager {
  readonly #options: RungOptions;
  #window: RenditionWindow | undefined;
  #init: LiveInit | undefined;
  #open: Open | undefined;
  #pending: Sample[] = [];

  /** @param window of an earlier run, which goes on */
  constructor(options: RungOptions, window: RenditionWindow | undefined) {
    this.#options = options;
    this.#window = window;
  }

  get window(): RenditionWindow | undefined {
    return this.#window;
  }
  get init(): LiveInit | undefined {
    return this.#init;
  }

  /** What follows needs this init segment. What is open must have come to the end of its segment; otherwise it is not shown. */
  begin(init: LiveInit): void {
    this.drain();
    if (this.#open !== undefined) this.#closeOpen();
    this.#init = init;
  }

  push(sample: Sample): void {
    this.#pending.push(sample);
    this.drain();
    if (this.#pending.length > MAX_PENDING) this.#pending = [];
  }

  /** Packages what had to wait for the source. */
  drain(): void {
    for (let [sample] = this.#pending; sample !== undefined; [sample] = this.#pending) {
      const place = this.#options.plan.place(sample.pts);
      if (place.kind === "later") return;
      this.#pending.shift();
      if (place.kind === "at") this.#take(place, sample);
    }
  }

  /** Nothing follows for now. What is open is closed when it has come to the end of its segment. */
  stop(): void {
    this.drain();
    this.#pending = [];
    if (this.#open !== undefined) this.#closeOpen();
    this.#init = undefined;
  }

  /** While no encoder runs, its playlist goes on in gaps up to `msn`, so that players on it notice and leave. */
  follow(msn: number): void {
    if (this.#init === undefined && this.#window !== undefined) this.#fillTo(this.#window, msn);
  }

  #take(place: Placed, sample: Sample): void {
    const open = this.#open;
    if (open?.segment === place.segment) this.#goOn(open, place, sample);
    else if (this.#mayBegin(place, sample)) this.#enter(place, sample);
  }

  #goOn(open: Open, place: Placed, sample: Sample): void {
    const hole = place.dts - open.endTicks;
    if (hole < 0) return;
    if (hole > MAX_HOLE_TICKS) return this.#breakOff();
    open.packager.stretch(hole);
    this.#append(open, place, sample);
  }

  /** Where a segment begins, with a key frame unless the source has none there either. */
  #mayBegin({ first, segment }: Placed, sample: Sample): boolean {
    const next = this.#open === undefined ? (this.#window?.nextMsn ?? 0) : this.#open.segment.msn + 1;
    return first && segment.msn >= next && (sample.keyframe || !segment.independent);
  }

  #enter(place: Placed, sample: Sample): void {
    const { segment } = place;
    const before = this.#open;
    const goesOn = before?.segment.msn === segment.msn - 1 && before.segment.discontinuity === segment.discontinuity;
    if (before !== undefined && goesOn && stretchToEnd(before)) {
      before.packager.cut(timed(place, sample), segment.wallMs);
      before.segment = segment;
      before.endTicks = segment.startTicks;
      return this.#append(before, place, sample);
    }
    if (before !== undefined) this.#closeOpen();
    const open = this.#openAt(segment);
    if (open !== undefined) this.#append(open, place, sample);
  }

  #openAt(segment: PlannedSegment): Open | undefined {
    const init = this.#init;
    if (init === undefined) return undefined;
    const { targets, nameSegment, onSegment, openWindow } = this.#options;
    const window = (this.#window ??= openWindow(segment.msn));
    this.#fillTo(window, segment.msn);
    window.addInit(init);
    window.setNames(nameSegment);
    const packager = new RenditionPackager({
      window,
      init,
      targets: targets(),
      discontinuity: segment.discontinuity,
      cutsAtKeyframes: false,
      nameSegment,
      onSegment: (closed) => onSegment(window, closed),
    });
    this.#open = { packager, segment, endTicks: segment.startTicks };
    return this.#open;
  }

  #append(open: Open, place: Placed, sample: Sample): void {
    open.packager.append(timed(place, sample), open.segment.wallMs + (place.dts - open.segment.startTicks) / 90);
    open.endTicks = place.dts + place.duration;
  }

  #closeOpen(): void {
    const open = this.#open;
    if (open === undefined) return;
    if (!stretchToEnd(open)) return this.#breakOff();
    open.packager.flush();
    this.#open = undefined;
  }

  /** What is open will never be whole. It becomes a gap when the source's segment has ended. */
  #breakOff(): void {
    this.#open = undefined;
    this.#window?.stall();
  }

  /** Gaps in the place of what was missed; what is not even known of the source any more is left out. */
  #fillTo(window: RenditionWindow, msn: number): void {
    const init = window.latestInit;
    while (window.nextMsn < msn) {
      const missed = this.#options.sourceSegment(window.nextMsn);
      if (missed === undefined || init === undefined) window.skipTo(window.nextMsn + 1);
      else {
        const { name, discontinuity, startTicks, wallMs, durationTicks } = missed;
        this.#options.onSegment(
          window,
          window.addGap({ name, init, discontinuity, startTicks, wallMs }, durationTicks),
        );
      }
    }
  }
}

/** False: more is missing of the segment than one picture can stand in for, or its end is not known. */
function stretchToEnd({ packager, segment, endTicks }: Open): boolean {
  const hole = (segment.endTicks ?? Number.POSITIVE_INFINITY) - endTicks;
  if (hole > MAX_HOLE_TICKS) return false;
  packager.stretch(Math.max(0, hole));
  return true;
}

function timed({ pts, dts, duration }: Placed, sample: Sample): Sample {
  return { ...sample, pts, dts, duration };
}
