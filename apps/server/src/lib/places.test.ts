import { expect, test } from "vitest";
import { Places, YieldingPlaces } from "./places.ts";

test("places end, in all and for one network", () => {
  const places = new Places(8);
  const ofOne = [places.take("a"), places.take("a"), places.take("a")];
  expect(ofOne.map((leave) => leave !== undefined)).toEqual([true, true, false]);
  for (let count = 0; count < 6; count++) expect(places.take(undefined)).toBeDefined();
  expect([places.count, places.take("b")]).toEqual([8, undefined]);
  ofOne[0]?.();
  ofOne[0]?.();
  expect([places.count, places.isOpenTo("a"), places.take("b") !== undefined]).toEqual([7, true, true]);
});

/** Places, and the names of those who had to give way. */
function stand(max: number) {
  const places = new YieldingPlaces(max);
  const gone: string[] = [];
  return {
    places,
    gone,
    take: (network: string | undefined, name: string) => places.take(network, () => gone.push(name)),
  };
}

test("who has waited longest gives way, until it settles", () => {
  const { places, gone, take } = stand(3);
  for (const name of ["first", "second", "third"]) take(undefined, name)?.settle();
  expect(take(undefined, "late")).toBeUndefined();
  const { places: others, gone: left, take: takeOther } = stand(3);
  const made = ["first", "second", "third"].map((name) => takeOther(undefined, name));
  made[0]?.settle();
  expect(takeOther(undefined, "late")).toBeDefined();
  expect([gone, left]).toEqual([[], ["second"]]);
  made[1]?.leave();
  expect([places.count, others.count]).toEqual([3, 3]);
  made[2]?.leave();
  expect([others.count, takeOther(undefined, "later") !== undefined, left]).toEqual([2, true, ["second"]]);
});

test("who has its network's share takes places of its network only", () => {
  const { places, gone, take } = stand(8);
  take("a", "a1");
  take("b", "b1");
  take("b", "b2")?.settle();
  expect(take("b", "b3")).toBeDefined();
  expect([gone, places.count]).toEqual([["b1"], 3]);
  take("c", "c1")?.settle();
  take("c", "c2")?.settle();
  // All of them are settled: nobody's place would be of use.
  expect(take("c", "c3")).toBeUndefined();
  expect([gone, places.count]).toEqual([["b1"], 5]);
});

test("nobody gives way before it could settle", () => {
  let nowMs = 0;
  const gone: string[] = [];
  const places = new YieldingPlaces(2, { ms: 4_000, nowMs: () => nowMs });
  const take = (name: string) => places.take(undefined, () => gone.push(name));
  take("first");
  nowMs = 3_000;
  take("second");
  expect([take("early"), gone]).toEqual([undefined, []]);
  nowMs = 4_000;
  expect([take("late") !== undefined, take("later"), gone]).toEqual([true, undefined, ["first"]]);
});
