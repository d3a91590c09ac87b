/** Media as it comes from any source: whole fragments of one track, cut at frames when two sources meet. Pure. */
import { parseFragments, writeFragment } from "@rostrum/media/fmp4/fragment";
import { type FragmentDefaults, parseInitWithDefaults } from "@rostrum/media/fmp4/init";
import type { Sample, Track } from "@rostrum/media/sample";

export type Kind = Track["kind"];

/** What the browser must be given before the first sample, and again when it changes. */
export type Init = Readonly<{ bytes: Uint8Array; track: Track; defaults: FragmentDefaults; mime: string }>;

/** At least one sample; `bytes` are the fragments that hold exactly these. Times of samples are ticks of the init's track. */
export type Chunk = Readonly<{ init: Init; bytes: Uint8Array; samples: readonly Sample[] }>;

/** Times of one frame are the same in every source; what differs is the rounding of timescales. */
export const SAME_SEC = 0.002;

/** @throws {MalformedError | UnsupportedError} not an init segment of one track that we know */
export function readInit(bytes: Uint8Array): Init {
  const { track, defaults } = parseInitWithDefaults(bytes);
  return { bytes, track, defaults, mime: `${track.kind}/mp4; codecs="${track.codecs}"` };
}

/** Undefined when there is no sample in it. @throws {MalformedError | UnsupportedError} broken fragments */
export function readChunk(init: Init, bytes: Uint8Array): Chunk | undefined {
  const samples = parseFragments(bytes, init.track.kind, init.defaults).flatMap((fragment) => fragment.samples);
  return samples.length === 0 ? undefined : { init, bytes, samples };
}

/** Whether a decoder that was given one can go on with samples of the other. */
export function sameInit(one: Init, other: Init): boolean {
  if (one === other) return true;
  if (one.mime !== other.mime || one.track.timescale !== other.track.timescale) return false;
  const a = one.track.description;
  const b = other.track.description;
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** Decoding time of the first sample. */
export function startSec(chunk: Chunk): number {
  return (chunk.samples[0]?.dts ?? 0) / chunk.init.track.timescale;
}

/** Where the next sample's decoding time must lie. */
export function endSec(chunk: Chunk): number {
  const last = chunk.samples.at(-1);
  return last === undefined ? 0 : (last.dts + last.duration) / chunk.init.track.timescale;
}

/** The samples from `fromSec` (inclusive) to `toSec` (exclusive); undefined when none is left. */
export function cut(chunk: Chunk, fromSec: number, toSec = Number.POSITIVE_INFINITY): Chunk | undefined {
  const { init, samples } = chunk;
  const { timescale, kind } = init.track;
  const kept = samples.filter(({ dts }) => dts / timescale >= fromSec - SAME_SEC && dts / timescale < toSec - SAME_SEC);
  if (kept.length === samples.length) return chunk;
  if (kept.length === 0) return undefined;
  return { init, samples: kept, bytes: writeFragment({ kind }, 1, kept) };
}

/** Decoding time of the first key frame at or after `fromSec`. */
export function keyFrameSec(chunk: Chunk, fromSec: number): number | undefined {
  const { timescale } = chunk.init.track;
  const found = chunk.samples.find(({ dts, keyframe }) => keyframe && dts / timescale >= fromSec - SAME_SEC);
  return found && found.dts / timescale;
}
