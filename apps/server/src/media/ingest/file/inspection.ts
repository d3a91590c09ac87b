/** What a mezzanine turns out to be when our own reader reads it. */
import type { SourceEvent, SourceSample } from "../source-event.ts";

/** `fits`: it can go out as it is. */
export type Findings = Readonly<{ durationMs: number; widthPx: number; heightPx: number; fits: boolean }>;

/** A player joins at a key frame, and segments begin with one. */
const MAX_KEYFRAME_GAP_MS = 2600;
/** A picture that stands still for longer looks like a frozen source. */
const MAX_FRAME_GAP_MS = 500;
const MAX_WIDTH_PX = 1920;
const MAX_HEIGHT_PX = 1088;
const MAX_BITRATE_BPS = 12_000_000;

/** Push every event of the file, in order. */
export class Inspection {
  #size: { widthPx: number; heightPx: number } | undefined;
  #tracksAreSettled = true;
  #firstMs: number | undefined;
  #lastMs = 0;
  #keyframeMs: number | undefined;
  #keyframeGapMs = 0;
  #frameGapMs = 0;
  #frames = 0;
  #bytes = 0;

  push(event: SourceEvent): void {
    if (event.type === "sample") this.#sample(event.sample);
    if (event.type !== "tracks") return;
    if (this.#frames > 0 || event.video?.codec !== "avc") this.#tracksAreSettled = false;
    if (event.video !== undefined) this.#size = { widthPx: event.video.widthPx, heightPx: event.video.heightPx };
  }

  /** Null when there is no picture. */
  findings(): Findings | null {
    if (this.#size === undefined || this.#firstMs === undefined || this.#frames < 2) return null;
    const spanMs = this.#lastMs - this.#firstMs;
    const durationMs = Math.round(spanMs + spanMs / (this.#frames - 1));
    return { ...this.#size, durationMs, fits: this.#fits(this.#size, durationMs) };
  }

  #fits(size: { widthPx: number; heightPx: number }, durationMs: number): boolean {
    const keyframeGapMs = Math.max(this.#keyframeGapMs, this.#lastMs - (this.#keyframeMs ?? -Infinity));
    return (
      this.#tracksAreSettled &&
      keyframeGapMs <= MAX_KEYFRAME_GAP_MS &&
      this.#frameGapMs <= MAX_FRAME_GAP_MS &&
      size.widthPx <= MAX_WIDTH_PX &&
      size.heightPx <= MAX_HEIGHT_PX &&
      (this.#bytes * 8000) / durationMs <= MAX_BITRATE_BPS
    );
  }

  #sample({ kind, timestampMs, keyframe, data }: SourceSample): void {
    if (kind === "audio") return;
    this.#firstMs ??= timestampMs;
    if (this.#frames > 0) this.#frameGapMs = Math.max(this.#frameGapMs, timestampMs - this.#lastMs);
    if (keyframe) {
      this.#keyframeGapMs = Math.max(this.#keyframeGapMs, timestampMs - (this.#keyframeMs ?? timestampMs));
      this.#keyframeMs = timestampMs;
    }
    this.#lastMs = timestampMs;
    this.#frames += 1;
    this.#bytes += data.length;
  }
}
