import { expect, test } from "vitest";
import { IdClock, Pace } from "./pace.ts";

test("a burst, then so many a second; each for itself", () => {
  let nowMs = 0;
  const pace = new Pace({ burst: 3, perSec: 2, maxKeys: 10, now: () => nowMs });
  expect([pace.take("a"), pace.take("a"), pace.take("a"), pace.take("a"), pace.take("b")]).toEqual([0, 0, 0, 500, 0]);
  nowMs = 500;
  expect([pace.take("a"), pace.take("a")]).toEqual([0, 500]);
  nowMs = 60_000;
  expect(Array.from({ length: 4 }, () => pace.take("a"))).toEqual([0, 0, 0, 500]);
});

test("who was quiet for longest is forgotten first", () => {
  const pace = new Pace({ burst: 1, perSec: 1, maxKeys: 2, now: () => 0 });
  expect(["a", "b", "a", "c", "b"].map((key) => pace.take(key) === 0)).toEqual([true, true, false, true, true]);
});

test("ids sort in the order in which they were given, also within a millisecond and when the clock goes back", () => {
  const clock = new IdClock();
  const ids = [1000, 1000, 1000, 900, 2000].map((at) => clock.next(at));
  expect(ids.toSorted()).toEqual(ids);
});
