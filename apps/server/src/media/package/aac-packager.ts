/** Packages AAC that was made of the source's sound along the source's segments: same numbers, same times up to half a frame. No I/O, no clock. */
import type { Sample } from "@rostrum/media/sample";
import { RenditionPackager } from "./rendition-packager.ts";
import type { LiveInit, RenditionWindow } from "./rendition-window.ts";
import type { RungOptions } from "./rung-packager.ts";
import { AAC_TIMESCALE, type SoundPlan, type SoundSegment, aacTicks } from "./sound-plan.ts";

export type AacPackagerOptions = Omit<RungOptions, "plan"> & Readonly<{ plan: SoundPlan }>;

/** What is being written: into a segment of the source, up to a time. */
type Open = { readonly packager: RenditionPackager; segment: SoundSegment; endTicks: number };

/** Frames that wait until the source is packaged so far; with more of them the encoder has lost its place. */
const MAX_PENDING = 1200;
/** Of one frame. */
const USUAL_TICKS = 1024;
/** Sound that is missing at the begin or the end of a segment without anybody minding: 0.1 s. */
const MAX_MARGIN_TICKS = AAC_TIMESCALE / 10;
/** A frame lasts until the next one begins; with a longer hole the segment is not played: 0.5 s. */
const MAX_HOLE_TICKS = AAC_TIMESCALE / 2;

export class AacPackager {
  readonly #options: AacPackagerOptions;
  #window: RenditionWindow | undefined;
  #init: LiveInit | undefined;
  #open: Open | undefined;
  /** The newest frame: how long it lasts is known when the next one comes. */
  #newest: Sample | undefined;
  #pending: Sample[] = [];

  /** @param window of an earlier run, which goes on */
  constructor(options: AacPackagerOptions, window: RenditionWindow | undefined) {
    this.#options = options;
    this.#window = window;
  }

  get window(): RenditionWindow | undefined {
    return this.#window;
  }
  get init(): LiveInit | undefined {
    return this.#init;
  }

  /** What follows needs this init segment. */
  begin(init: LiveInit): void {
    this.#finishPending();
    if (this.#open !== undefined) this.#closeOpen();
    this.#init = init;
  }

  push(sample: Sample): void {
    const before = this.#newest;
    // Times went through the encoder and are a little uneven where the source's were.
    if (before !== undefined && sample.dts <= before.dts) return;
    this.#newest = sample;
    if (before === undefined) return;
    const untilNext = sample.dts - before.dts;
    this.#pending.push(untilNext <= MAX_HOLE_TICKS ? { ...before, duration: untilNext } : before);
    this.drain();
    if (this.#pending.length > MAX_PENDING) this.#pending = [];
  }

  /** Packages what had to wait for the source. */
  drain(): void {
    for (let [sample] = this.#pending; sample !== undefined; [sample] = this.#pending) {
      // A frame belongs to the segment that has the larger share of it.
      const place = this.#options.plan.place(sample.dts + Math.min(sample.duration, USUAL_TICKS) / 2);
      if (place === "later") return;
      this.#pending.shift();
      if (place !== "nowhere") this.#take(place, sample);
    }
  }

  /** Nothing follows for now. What is open is closed when it has come to the end of its segment. */
  stop(): void {
    this.#finishPending();
    if (this.#open !== undefined) this.#closeOpen();
    this.#init = undefined;
  }

  /** While no encoder runs, its playlist goes on in gaps up to `msn`, so that players on it notice and leave. */
  follow(msn: number): void {
    if (this.#init === undefined && this.#window !== undefined) this.#fillTo(this.#window, msn);
  }

  #finishPending(): void {
    if (this.#newest !== undefined) this.#pending.push(this.#newest);
    this.#newest = undefined;
    this.drain();
    this.#pending = [];
  }

  #take(segment: SoundSegment, sample: Sample): void {
    const open = this.#open;
    if (open?.segment === segment) this.#goOn(open, sample);
    else if (this.#mayBegin(segment, sample)) this.#enter(segment, sample);
  }

  #goOn(open: Open, sample: Sample): void {
    if (sample.dts < open.endTicks) return;
    if (sample.dts > open.endTicks) return this.#breakOff();
    this.#append(open, sample);
  }

  #mayBegin(segment: SoundSegment, { dts }: Sample): boolean {
    const next = this.#open === undefined ? (this.#window?.nextMsn ?? 0) : this.#open.segment.msn + 1;
    return segment.msn >= next && dts - segment.startTicks <= MAX_MARGIN_TICKS;
  }

  #enter(segment: SoundSegment, sample: Sample): void {
    const before = this.#open;
    const goesOn = before?.segment.msn === segment.msn - 1 && before.segment.discontinuity === segment.discontinuity;
    if (before !== undefined && goesOn && before.endTicks === sample.dts) {
      before.packager.cut(sample, wallMsOf(segment, sample));
      before.segment = segment;
      return this.#append(before, sample);
    }
    if (before !== undefined) this.#closeOpen();
    const open = this.#openAt(segment);
    if (open !== undefined) this.#append(open, sample);
  }

  #openAt(segment: SoundSegment): Open | undefined {
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
      // The source's segments keep the promise; half a frame more must not make another segment.
      targets: { ...targets(), maxSegmentTicks: Number.POSITIVE_INFINITY },
      discontinuity: segment.discontinuity,
      cutsAtKeyframes: false,
      nameSegment,
      onSegment: (closed) => onSegment(window, closed),
    });
    this.#open = { packager, segment, endTicks: segment.startTicks };
    return this.#open;
  }

  #append(open: Open, sample: Sample): void {
    open.packager.append(sample, wallMsOf(open.segment, sample));
    open.endTicks = sample.dts + sample.duration;
  }

  #closeOpen(): void {
    const open = this.#open;
    if (open === undefined) return;
    const missing = (open.segment.endTicks ?? Number.POSITIVE_INFINITY) - open.endTicks;
    if (missing > MAX_MARGIN_TICKS) return this.#breakOff();
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
        const { name, discontinuity, wallMs } = missed;
        const { timescale } = missed.init.track;
        const startTicks = aacTicks(missed.startTicks, timescale);
        const durationTicks = aacTicks(missed.durationTicks, timescale);
        const gap = window.addGap({ name, init, discontinuity, startTicks, wallMs }, durationTicks);
        this.#options.onSegment(window, gap);
      }
    }
  }
}

function wallMsOf(segment: SoundSegment, { dts }: Sample): number {
  return segment.wallMs + ((dts - segment.startTicks) * 1000) / AAC_TIMESCALE;
}
