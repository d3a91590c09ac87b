import { expect, test } from "vitest";
import { type ConnectionTotals, FlowWatch, NOTHING } from "./flow-watch.ts";

/** Looks each half second at what `at` says of the second since the beginning; the first trouble, and when. */
function firstTrouble(
  at: (sec: number) => Partial<ConnectionTotals>,
  { forSec = 20, isSeen = true }: { forSec?: number; isSeen?: boolean } = {},
): readonly [string, number] | undefined {
  const watch = new FlowWatch();
  for (let sec = 0; sec <= forSec; sec += 0.5) {
    const { trouble } = watch.look({ ...NOTHING, ...at(sec) }, isSeen, 1000 + sec * 1000);
    if (trouble !== undefined) return [trouble, sec];
  }
  return undefined;
}

const flows = (sec: number) => ({ packets: 200 * sec, frames: 30 * sec });

test("what flows is no trouble", () => expect(firstTrouble(flows)).toBeUndefined());

test("a connection that falls silent is left after a second", () => {
  expect(firstTrouble((sec) => flows(Math.min(sec, 5)))).toEqual(["nothing came for a second", 6.5]);
});

test("a picture that stands while sound goes on is left after seconds", () => {
  const still = (sec: number) => ({ packets: 200 * sec, frames: 30 * Math.min(sec, 5) });
  expect(firstTrouble(still)).toEqual(["no picture came for seconds", 9.5]);
  // Nobody sees it, and browsers need not decode it.
  expect(firstTrouble(still, { isSeen: false })).toBeUndefined();
});

test("a show of slides may take its time", () => {
  expect(firstTrouble((sec) => ({ packets: 50 * sec, frames: Math.floor(sec / 3) }))).toBeUndefined();
  // It is known by then how long a slide may stay.
  const slower = (sec: number) => ({ packets: 50 * sec, frames: Math.floor(Math.min(sec, 9) / 3) });
  expect(firstTrouble(slower, { forSec: 40 })).toEqual(["no picture came for seconds", 18.5]);
});

test("freezes are told when they are over; many of them are trouble", () => {
  const watch = new FlowWatch();
  const look = (sec: number, freezes: number) =>
    watch.look({ ...NOTHING, ...flows(sec), freezes, freezesMs: freezes * 400 }, true, sec * 1000);
  expect(look(1, 2)).toEqual({ trouble: undefined, freezes: 0, freezesMs: 0 });
  expect(look(2, 3)).toEqual({ trouble: undefined, freezes: 1, freezesMs: 400 });
  expect(look(16, 4)).toMatchObject({ trouble: undefined, freezes: 1 });
  expect(look(17, 6)).toMatchObject({ trouble: "freezes", freezes: 2 });
});

test("a page in the background does not freeze", () => {
  const watch = new FlowWatch();
  watch.look({ ...NOTHING, ...flows(1) }, false, 1000);
  expect(watch.look({ ...NOTHING, ...flows(2), freezes: 5, freezesMs: 4000 }, false, 2000)).toEqual({
    trouble: undefined,
    freezes: 0,
    freezesMs: 0,
  });
  expect(watch.look({ ...NOTHING, ...flows(3), freezes: 5, freezesMs: 4000 }, true, 3000)).toMatchObject({
    freezes: 0,
  });
});

test("figures are those between two looks", () => {
  const watch = new FlowWatch();
  expect(watch.figures).toBeUndefined();
  watch.look({ ...NOTHING, packets: 100, bytes: 1000, bufferedSec: 3, buffered: 100 }, true, 1000);
  const next = { packets: 195, lostPackets: 5, bytes: 126_000, bufferedSec: 3.9, buffered: 130, jitterMs: 4 };
  watch.look({ ...NOTHING, ...next }, true, 1500);
  expect(watch.figures).toMatchObject({ bps: 2_000_000, jitterMs: 4, lostShare: 0.05 });
  expect(watch.figures?.bufferSec).toBeCloseTo(0.03);
});
