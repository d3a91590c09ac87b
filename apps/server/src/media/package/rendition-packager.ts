/** Turns the samples of one track into parts and segments of a rendition's window. No I/O, no clock. */
import { writeFragment } from "@rostrum/media/fmp4/fragment";
import type { Sample } from "@rostrum/media/sample";
import { type Targets, cutBefore } from "./cut.ts";
import type { LiveInit, LivePart, LiveSegment, RenditionWindow, SegmentStart } from "./rendition-window.ts";

/** Of the segment target, for the first segment. */
const FIRST_SEGMENT_SHARE = 0.76;

export type RenditionOptions = Readonly<{
  window: RenditionWindow;
  init: LiveInit;
  targets: Targets;
  /** Discontinuity sequence number of every segment. */
  discontinuity: number;
  /** Whether key frames begin segments; false: only `cut` and the longest allowed duration do. */
  cutsAtKeyframes: boolean;
  nameSegment: (msn: number) => string;
  /** Told of segments that can be fetched. */
  onSegment: (segment: LiveSegment) => void;
}>;

export class RenditionPackager {
  readonly #options: RenditionOptions;
  #samples: Sample[] = [];
  #partTicks = 0;
  #segmentTicks = 0;
  #sequence = 0;
  #closedSegments = 0;
  #cutsAtNextKeyframe = false;
  /** MSN of its first segment. */
  readonly firstMsn: number;

  constructor(options: RenditionOptions) {
    this.#options = options;
    this.firstMsn = options.window.nextMsn;
  }

  /** Segments closed by this packager. */
  get closedSegments(): number {
    return this.#closedSegments;
  }

  /** Numbers of the open segment, or of the next to be opened. */
  get open(): Readonly<{ msn: number; discontinuity: number }> {
    return { msn: this.#options.window.nextMsn, discontinuity: this.#options.discontinuity };
  }

  /** Takes the next sample; it must begin where the one before ended. `wallMs` belongs to its dts. True: it began a new segment. */
  append(sample: Sample, wallMs: number): boolean {
    const { cutsAtKeyframes, window } = this.#options;
    const open = { partTicks: this.#partTicks, segmentTicks: this.#segmentTicks };
    const mayCut = cutsAtKeyframes && sample.keyframe;
    const cut = mayCut && this.#cutsAtNextKeyframe ? "segment" : cutBefore(sample, mayCut, open, this.#targets());
    if (cut === "part") this.#closePart();
    if (cut === "segment") this.#closeSegment(this.#startOf(sample, wallMs, window.nextMsn + 1));
    if (!window.isOpen) window.openSegment(this.#startOf(sample, wallMs, window.nextMsn));
    this.#samples.push(sample);
    this.#partTicks += sample.duration;
    this.#segmentTicks += sample.duration;
    return cut === "segment";
  }

  /** Players wait for the first segment, and many an encoder loses frames of its first key frame interval: it may be shorter. */
  #targets(): Targets {
    const { targets } = this.#options;
    if (this.#closedSegments > 0) return targets;
    return { ...targets, segmentTicks: targets.segmentTicks * FIRST_SEGMENT_SHARE };
  }

  /** Ends the open segment so that `next` begins a new one. */
  cut(next: Sample, wallMs: number): void {
    if (this.#samples.length > 0) this.#closeSegment(this.#startOf(next, wallMs, this.#options.window.nextMsn + 1));
  }

  /** The newest sample lasts `ticks` longer, since what should follow it is missing. */
  stretch(ticks: number): void {
    const last = this.#samples.at(-1);
    if (last === undefined || ticks === 0) return;
    this.#samples[this.#samples.length - 1] = { ...last, duration: last.duration + ticks };
    this.#partTicks += ticks;
    this.#segmentTicks += ticks;
  }

  /** The open segment ends at the next key frame, however short it is. Returns the MSN of the first segment that is still to come. */
  cutAtNextKeyframe(): number {
    const { window } = this.#options;
    this.#cutsAtNextKeyframe = window.isOpen;
    return window.isOpen ? window.nextMsn + 1 : window.nextMsn;
  }

  /** Closes what is open; nothing follows for now. */
  flush(): void {
    if (this.#samples.length > 0) this.#closeSegment(undefined);
  }

  /** Leaves out what is not in a part yet and closes the rest. */
  drop(): void {
    this.#samples = [];
    this.#partTicks = 0;
    this.#segmentTicks = 0;
    const segment = this.#options.window.closeAsIs();
    if (segment !== undefined) this.#tell(segment);
  }

  #closePart(): void {
    const ticks = this.#partTicks;
    this.#options.window.addPart(this.#takePart(), ticks);
  }

  #closeSegment(next: SegmentStart | undefined): void {
    const ticks = this.#partTicks;
    const segment = this.#options.window.closeSegment(this.#takePart(), ticks, next);
    this.#segmentTicks = 0;
    this.#closedSegments += 1;
    this.#cutsAtNextKeyframe = false;
    this.#tell(segment);
  }

  #tell(segment: LiveSegment): void {
    if (segment.msn >= this.#options.window.head) this.#options.onSegment(segment);
  }

  #takePart(): LivePart {
    const { init, window } = this.#options;
    this.#sequence += 1;
    const bytes = writeFragment(init.track, this.#sequence, this.#samples);
    // A hole in the source makes a part longer than was promised: the playlist keeps its promise, the media the truth.
    const durationSec = Math.min(this.#partTicks / init.track.timescale, window.promises.partTargetSec);
    const independent = this.#samples.some((sample) => sample.keyframe);
    const samples = this.#samples.length;
    this.#samples = [];
    this.#partTicks = 0;
    return { durationSec, independent, samples, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) };
  }

  #startOf(first: Sample, wallMs: number, msn: number): SegmentStart {
    const { init, discontinuity, nameSegment } = this.#options;
    const shownLaterMs = ((first.pts - first.dts) * 1000) / init.track.timescale;
    return {
      name: nameSegment(msn),
      init,
      discontinuity,
      startTicks: first.dts,
      wallMs: Math.round(wallMs + shownLaterMs),
    };
  }
}
