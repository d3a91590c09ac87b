/** What is asked for, when, and when no more. */
import { expect, test } from "vitest";
import { NackList, type NackLimits } from "./nack-list.ts";

const LIMITS: NackLimits = { maxMissing: 20, maxAgeMs: 500, maxAttempts: 3, reorderMs: 10, minIntervalMs: 20 };

/** A list that has these packets, all come at 0 ms. */
function listOf(...sequences: readonly number[]): NackList {
  const list = new NackList(LIMITS);
  for (const sequence of sequences) expect(list.received(sequence, 0)).toBe(true);
  return list;
}

test("without a gap nothing is asked for", () => {
  const list = listOf(65_534, 65_535, 0, 1);
  expect(list.missing).toBe(0);
  expect(list.takeDue(1_000, 0)).toEqual([]);
});

test("a gap is asked for when reordering can no longer explain it, ascending over the wrap", () => {
  const list = listOf(65_533, 1);
  expect(list.takeDue(9, 0)).toEqual([]);
  expect(list.takeDue(10, 0)).toEqual([65_534, 65_535, 0]);
  expect(list.takeDue(10, 0)).toEqual([]);
});

test("it is asked for again after a round trip, but never in less than the shortest interval", () => {
  const list = listOf(1, 3);
  expect(list.takeDue(10, 100)).toEqual([2]);
  expect(list.takeDue(109, 100)).toEqual([]);
  expect(list.takeDue(110, 100)).toEqual([2]);
  expect(list.takeDue(129, 1)).toEqual([]);
  expect(list.takeDue(130, 1)).toEqual([2]);
});

test("what came is not asked for, and is wanted once", () => {
  const list = listOf(1, 5);
  list.takeDue(10, 0);
  expect(list.received(3, 15)).toBe(true);
  expect(list.received(3, 16)).toBe(false);
  expect(list.received(1, 16)).toBe(false);
  expect(list.received(5, 16)).toBe(false);
  expect(list.takeDue(40, 0)).toEqual([2, 4]);
  expect(list.takeAbandoned()).toBe(0);
});

test("after so many attempts it is given up, when the last answer had its time", () => {
  const list = listOf(1, 3);
  for (const nowMs of [10, 30, 50]) expect(list.takeDue(nowMs, 0)).toEqual([2]);
  expect(list.takeDue(70, 0)).toEqual([]);
  expect(list.missing).toBe(1);
  expect(list.takeDue(71, 0)).toEqual([]);
  expect(list.missing).toBe(0);
  expect(list.takeAbandoned()).toBe(1);
  expect(list.takeAbandoned()).toBe(0);
  expect(list.received(2, 80)).toBe(false);
});

test("what is too old is given up", () => {
  const list = listOf(1, 3);
  expect(list.takeDue(501, 10_000)).toEqual([]);
  expect(list.takeAbandoned()).toBe(1);
});

test("too many at once are all given up: a key frame is cheaper", () => {
  const list = listOf(1, 3, 23);
  expect(list.missing).toBe(20);
  list.received(25, 0);
  expect(list.missing).toBe(0);
  expect(list.takeAbandoned()).toBe(21);
  expect(list.received(26, 0)).toBe(true);
});

test("a request has room for so many", () => {
  const list = new NackList({ ...LIMITS, maxMissing: 1_000 });
  list.received(0, 0);
  list.received(601, 0);
  const counts = [
    list.takeDue(10, 0).length,
    list.takeDue(10, 0).length,
    list.takeDue(10, 0).length,
    list.takeDue(10, 0).length,
  ];
  expect(counts).toEqual([250, 250, 100, 0]);
});

test("behind a key frame nothing older is wanted, and that is no loss", () => {
  const list = listOf(65_530, 65_535, 4);
  list.forgetBefore(1);
  expect(list.takeDue(10, 0)).toEqual([1, 2, 3]);
  expect(list.takeAbandoned()).toBe(0);
});

test("a source that begins anew begins with an empty list", () => {
  const list = listOf(1, 9);
  list.reset();
  expect(list.received(40_000, 0)).toBe(true);
  expect(list.takeDue(100, 0)).toEqual([]);
  expect(list.takeAbandoned()).toBe(0);
});

test("answers tell the round trip, unless a packet was asked for twice", () => {
  const list = listOf(1, 4);
  const before = list.answerMs;
  list.takeDue(10, 0);
  list.received(2, 10 + before + 80);
  expect(list.answerMs).toBe(before + 10);
  list.takeDue(1_000, 0);
  const twice = listOf(1, 3);
  twice.takeDue(10, 0);
  twice.takeDue(40, 0);
  twice.received(2, 41);
  expect(twice.answerMs).toBe(before);
});
