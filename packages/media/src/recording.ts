/** The index of a recording: which segments there are, as plain data and as the file that lies beside them. */
import { MalformedError } from "./errors.ts";
import type { Track } from "./sample.ts";

/** One EXT-X-MAP; its file is `<rendition>/<name>.mp4`. */
export type RecordedInit = Readonly<{ name: string; track: Track }>;

/**
 * One segment; its file is `<rendition>/<name>.m4s`. Ticks are those of its init segment's track, on the program's timeline.
 * `wallMs` is Unix time of its first presented picture.
 */
export type RecordedSegment = Readonly<{
  name: string;
  init: RecordedInit;
  discontinuity: number;
  startTicks: number;
  durationTicks: number;
  wallMs: number;
  sizeBytes: number;
  samples: number;
}>;

/** Segments come in the order of their times. */
export type RecordedTrack = Readonly<{ name: string; segments: readonly RecordedSegment[] }>;

/** All renditions of a recording. No segment is longer than `targetDurationSec`, rounded. */
export type RecordingIndex = Readonly<{ targetDurationSec: number; renditions: readonly RecordedTrack[] }>;

type StoredTrack = Record<string, unknown> & { description: string };
type StoredSegment = readonly [string, number, number, number, number, number, number, number];
type Stored = Readonly<{
  version: 1;
  targetDurationSec: number;
  renditions: readonly Readonly<{
    name: string;
    inits: readonly Readonly<{ name: string; track: StoredTrack }>[];
    segments: readonly StoredSegment[];
  }>[];
}>;

const VERSION = 1;
const SPEC = "recording index";

/** When a segment begins and ends on the program's timeline. */
export function spanSec({ init, startTicks, durationTicks }: RecordedSegment): { fromSec: number; toSec: number } {
  const { timescale } = init.track;
  return { fromSec: startTicks / timescale, toSec: (startTicks + durationTicks) / timescale };
}

/** The index as text, one array a segment. @throws {RangeError} a segment whose init segment is not in the index */
export function serializeRecordingIndex({ targetDurationSec, renditions }: RecordingIndex): string {
  const stored: Stored = { version: VERSION, targetDurationSec, renditions: renditions.map(storeRendition) };
  return JSON.stringify(stored);
}

/** @throws {MalformedError} it is no index, or of a version that is not known */
export function parseRecordingIndex(text: string): RecordingIndex {
  const stored = JSON.parse(text) as Partial<Stored>;
  if (stored.version !== VERSION || !Array.isArray(stored.renditions) || typeof stored.targetDurationSec !== "number") {
    throw new MalformedError(`index version ${String(stored.version)} where ${VERSION} is known`, 0, SPEC);
  }
  return { targetDurationSec: stored.targetDurationSec, renditions: stored.renditions.map(readRendition) };
}

function storeRendition({ name, segments }: RecordedTrack): Stored["renditions"][number] {
  const inits = [...new Set(segments.map((segment) => segment.init))];
  const at = new Map(inits.map((init, index) => [init, index]));
  return {
    name,
    inits: inits.map((init) => ({ name: init.name, track: storeTrack(init.track) })),
    segments: segments.map((one) => [
      one.name,
      at.get(one.init) ?? 0,
      one.discontinuity,
      one.startTicks,
      one.durationTicks,
      one.wallMs,
      one.sizeBytes,
      one.samples,
    ]),
  };
}

function readRendition({ name, inits: stored, segments }: Stored["renditions"][number]): RecordedTrack {
  const inits = stored.map((init): RecordedInit => ({ name: init.name, track: readTrack(init.track) }));
  return {
    name,
    segments: segments.map(
      ([segment, initAt, discontinuity, startTicks, durationTicks, wallMs, sizeBytes, samples]): RecordedSegment => {
        const init = inits[initAt];
        if (init === undefined) {
          throw new MalformedError(`segment ${segment} names init segment ${initAt} of ${inits.length}`, 0, SPEC);
        }
        return { name: segment, init, discontinuity, startTicks, durationTicks, wallMs, sizeBytes, samples };
      },
    ),
  };
}

function storeTrack({ description, ...track }: Track): StoredTrack {
  let binary = "";
  for (const byte of description) binary += String.fromCharCode(byte);
  return { ...track, description: btoa(binary) };
}

function readTrack({ description, ...track }: StoredTrack): Track {
  const bytes = Uint8Array.from(atob(description), (char) => char.charCodeAt(0));
  const whole = { ...track, description: bytes } as unknown as Track;
  return whole.kind === "audio" ? whole : { ...whole, frameRate: whole.frameRate };
}
