/** Where playing begins, by literal times. */
import { expect, test } from "vitest";
import { type Known, type Place, beginBehindSec, placeSec } from "./placing.ts";

const KNOWN: Known = {
  last: { startSec: 90, endSec: 100 },
  edgeSec: 100,
  targetSec: 0.7,
  windowStartSec: 40,
  goOnAheadSec: 0.4,
};

const at = (sec: number): Place => ({ at: "time", sec });
const goOn = (shownSec: number): Place => ({ at: "edge", goOn: { shownSec, edgeSec: 100 } });

test.each<[what: string, place: Place, waitedMs: number, known: Partial<Known>, sec: number | undefined]>([
  ["the edge", { at: "edge" }, 0, {}, 99.3],
  ["an edge that is not known yet", { at: "edge" }, 1400, { edgeSec: undefined }, undefined],
  ["an edge that is not known for too long", { at: "edge" }, 1500, { edgeSec: undefined }, 90],
  ["a time that is there", at(95), 0, {}, 95],
  ["a time that is not there yet, however long it takes", at(100), 60_000, {}, undefined],
  ["so long after the window's begin", { at: "offset", sec: 55 }, 0, {}, 95],
  ["where something else ended", goOn(99.5), 0, {}, 99.5],
  ["where something else ended, with less ahead than is needed", goOn(99.7), 0, {}, undefined],
  ["no further behind than a newcomer and a second", goOn(80), 0, {}, 98.3],
  ["nothing there", { at: "edge" }, 60_000, { last: undefined }, undefined],
])("%s", (_, place, waitedMs, known, sec) => {
  expect(placeSec(place, waitedMs, { ...KNOWN, ...known })).toBe(sec);
});

test("who goes on begins as far behind as it was, within a second", () => {
  const behind = (shownSec: number): number => beginBehindSec({ shownSec, edgeSec: 100 }, 0.7);
  expect([beginBehindSec(undefined, 0.7), behind(99.9), behind(99), behind(90)]).toEqual([0.7, 0.7, 1, 1.7]);
});
