/** Flashes and beeps in what was decoded, and how far apart they are. Pure. */
import type { Mark } from "./sync-source.ts";
import { TONES_HZ } from "./sync-source.ts";

export type Reading = Readonly<{ atSec: number; value: number }>;
/** So many samples of the sound belong from `atSec` on. */
export type SoundPiece = Readonly<{ atSec: number; samples: number }>;
/** `separationDb`: how much louder each side's own tone is there than the other side's: left, right. */
export type Beep = Readonly<{ atSec: number; separationDb: readonly [number, number] }>;

const RATE_HZ = 48_000;
const CHANNELS = 2;
/** Short enough to tell a millisecond, long enough for a wave of the lower tone. */
const WINDOW = RATE_HZ / 500;
/** A quarter of a beep's level (RMS of 0.5 of full scale): beyond what codecs put before an attack. */
const LOUD = (0.5 / Math.SQRT2 / 4) * 32_768;
/** Of the beep, where tones are compared: away from its ends. */
const TONE_FROM = RATE_HZ * 0.03;
const TONE_SAMPLES = RATE_HZ * 0.14;
const BEEP_SAMPLES = RATE_HZ * 0.2;

/** When a value rises above `threshold` after having been below it. */
export function findOnsets(readings: readonly Reading[], threshold: number): number[] {
  return readings.flatMap(({ atSec, value }, i) => {
    const before = readings[i - 1];
    return value > threshold && before !== undefined && before.value <= threshold ? [atSec] : [];
  });
}

/** @param pcm interleaved stereo of 48 kHz @param pieces say what time it belongs to, in its order */
export function findBeeps(pcm: Int16Array, pieces: readonly SoundPiece[]): Beep[] {
  const beeps: Beep[] = [];
  const samples = Math.floor(pcm.length / CHANNELS);
  for (let at = 0; at + BEEP_SAMPLES < samples; at += 1) {
    // Steps of a window until it is loud, then back to the sample.
    if (rms(pcm, at) < LOUD) {
      at += WINDOW - 1;
      continue;
    }
    let begin = Math.max(0, at - WINDOW);
    while (rms(pcm, begin) < LOUD) begin += 1;
    // The window is loud when half of a wave is in it.
    const onset = begin + WINDOW / 2;
    const separationDb = TONES_HZ.map((own, side) => {
      const other = TONES_HZ[1 - side] ?? own;
      return 10 * Math.log10(power(pcm, side, onset + TONE_FROM, own) / power(pcm, side, onset + TONE_FROM, other));
    });
    beeps.push({ atSec: timeOf(onset, pieces), separationDb: [separationDb[0] ?? 0, separationDb[1] ?? 0] });
    at = begin + BEEP_SAMPLES + RATE_HZ / 10;
  }
  return beeps;
}

/** Level of both sides over a window. */
function rms(pcm: Int16Array, from: number): number {
  let sum = 0;
  for (let i = from * CHANNELS; i < (from + WINDOW) * CHANNELS; i += 1) sum += (pcm[i] ?? 0) ** 2;
  return Math.sqrt(sum / (WINDOW * CHANNELS));
}

/** Goertzel: the power of one frequency in one side. */
function power(pcm: Int16Array, side: number, from: number, frequencyHz: number): number {
  const factor = 2 * Math.cos((2 * Math.PI * frequencyHz) / RATE_HZ);
  let [one, two] = [0, 0];
  for (let i = 0; i < TONE_SAMPLES; i += 1) {
    [one, two] = [(pcm[(from + i) * CHANNELS + side] ?? 0) + factor * one - two, one];
  }
  return one * one + two * two - factor * one * two + 1;
}

function timeOf(sample: number, pieces: readonly SoundPiece[]): number {
  let from = 0;
  for (const piece of pieces) {
    if (sample < from + piece.samples) return piece.atSec + (sample - from) / RATE_HZ;
    from += piece.samples;
  }
  return Number.NaN;
}

/** `offsetMs`: how much later the flash is than the beep, beyond what it was when both left the page. `pageMs` is that. */
export type SyncEvent = Readonly<{
  flashSec: number;
  beepSec: number;
  pageMs: number;
  offsetMs: number;
  separationDb: readonly [number, number];
}>;

/**
 * Recognises the events of the page by the times between them; one whose sound or picture is not found is left out.
 * @param everyMs as of `prepareSync`
 */
export function matchEvents(
  marks: readonly Mark[],
  flashesSec: readonly number[],
  beeps: readonly Beep[],
  everyMs: number,
): SyncEvent[] {
  const toleratedMs = Math.max(MIN_TOLERATED_MS, everyMs * TOLERATED);
  const markNear = (flashSec: number, aheadMs: number): Mark | undefined =>
    marks.find(({ flashMs }) => Math.abs(flashSec * 1000 - flashMs - aheadMs) < toleratedMs);
  let best: { aheadMs: number; found: number } = { aheadMs: 0, found: 0 };
  for (const flashSec of flashesSec) {
    for (const { flashMs } of marks) {
      const aheadMs = flashSec * 1000 - flashMs;
      const found = flashesSec.filter((one) => markNear(one, aheadMs) !== undefined).length;
      if (found > best.found) best = { aheadMs, found };
    }
  }
  return flashesSec.flatMap((flashSec) => {
    const mark = markNear(flashSec, best.aheadMs);
    const beep = beeps.find(({ atSec }) => Math.abs(atSec - flashSec) < 0.5);
    if (mark === undefined || beep === undefined) return [];
    const pageMs = mark.flashMs - mark.beepMs;
    const offsetMs = (flashSec - beep.atSec) * 1000 - pageMs;
    return [{ flashSec, beepSec: beep.atSec, pageMs, offsetMs, separationDb: beep.separationDb }];
  });
}

/** Between the page's clock and the media's, of the time between events: less than half of what tells neighbours apart. */
const TOLERATED = 0.037;
const MIN_TOLERATED_MS = 60;

/** Least squares, in ms a minute. */
export function driftMsPerMin(events: readonly SyncEvent[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const minutes = events.map(({ flashSec }) => flashSec / 60);
  const [atMean, offsetMean] = [mean(minutes), mean(events.map(({ offsetMs }) => offsetMs))];
  let [both, squares] = [0, 0];
  for (const [i, { offsetMs }] of events.entries()) {
    const at = (minutes[i] ?? atMean) - atMean;
    both += at * (offsetMs - offsetMean);
    squares += at * at;
  }
  return squares === 0 ? Number.NaN : both / squares;
}
