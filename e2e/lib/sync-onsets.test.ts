/** The measure itself: sound that is made here, with known times. */
import { expect, test } from "vitest";
import { driftMsPerMin, findBeeps, findOnsets, matchEvents } from "./sync-onsets.ts";

const RATE_HZ = 48_000;

/** Beeps of 0.2 s at half of full scale that begin at these samples; `tonesHz` are left and right. */
function sound(seconds: number, begins: readonly number[], tonesHz: readonly number[]): Int16Array {
  const pcm = new Int16Array(seconds * RATE_HZ * 2);
  for (const begin of begins) {
    for (let i = 0; i < 0.2 * RATE_HZ; i += 1) {
      for (const [side, hz] of tonesHz.entries()) {
        pcm[(begin + i) * 2 + side] = 16_384 * Math.sin((2 * Math.PI * hz * i) / RATE_HZ);
      }
    }
  }
  return pcm;
}

test("beeps are found to a millisecond, by the times of the pieces that they are in, and sides are told apart", () => {
  const pcm = sound(4, [48_000, 120_000], [600, 1_500]);
  // After two seconds the times jump by ten.
  const pieces = [
    { atSec: 5, samples: 96_000 },
    { atSec: 17, samples: 96_000 },
  ];
  const beeps = findBeeps(pcm, pieces);
  expect(beeps).toHaveLength(2);
  expect(Math.abs((beeps[0]?.atSec ?? 0) - 6)).toBeLessThan(0.001);
  expect(Math.abs((beeps[1]?.atSec ?? 0) - 17.5)).toBeLessThan(0.001);
  expect(Math.min(...beeps.flatMap(({ separationDb }) => separationDb))).toBeGreaterThan(30);
});

test("sides that were mixed or exchanged have no separation", () => {
  for (const tones of [
    [600, 600],
    [1_500, 600],
  ]) {
    const [beep] = findBeeps(sound(2, [48_000], tones), [{ atSec: 0, samples: 96_000 }]);
    expect(Math.min(...(beep?.separationDb ?? []))).toBeLessThan(0);
  }
});

test("a flash begins with the first white picture after a dark one", () => {
  const readings = [200, 10, 10, 220, 230, 10, 200].map((value, i) => ({ atSec: i, value }));
  expect(findOnsets(readings, 128)).toEqual([3, 6]);
});

test("events are recognised by the times between them, though some are missing; the page's own error is taken off", () => {
  const marks = [0, 5_600, 10_240, 15_850, 20_470].map((ms) => ({ flashMs: ms + 20, beepMs: ms }));
  // Begins with the second one, lacks the fourth; sound comes 30 ms late and later and later.
  const flashesSec = [105.6, 110.24, 120.47].map((sec) => sec + 0.02);
  const beeps = [105.6, 110.24, 120.47].map((sec, i) => ({
    atSec: sec + 0.03 + (i * 4.64) / 6_000,
    separationDb: [50, 50] as const,
  }));
  const events = matchEvents(marks, flashesSec, beeps, 5_000);
  expect(events.map(({ offsetMs }) => Math.round(offsetMs * 10) / 10)).toEqual([-30, -30.8, -31.5]);
  expect(events.map(({ pageMs }) => pageMs)).toEqual([20, 20, 20]);
  expect(driftMsPerMin(events)).toBeLessThan(-5);
});
