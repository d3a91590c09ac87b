/** One numbering over changing sources. */
import { expect, test } from "vitest";
import { SequenceRewriter } from "./sequence-rewriter.ts";

const mapAll = (rewriter: SequenceRewriter, sequences: readonly number[]): number[] =>
  sequences.map((sequence) => rewriter.map(sequence));

test("numbers begin where they are told to and go on over both wraps", () => {
  const rewriter = new SequenceRewriter(65_534);
  expect(mapAll(rewriter, [65_535, 0, 1, 2])).toEqual([65_534, 65_535, 0, 1]);
  expect(rewriter.last).toBe(1);
});

test("a hole stays a hole, and what comes late falls into it, once", () => {
  const rewriter = new SequenceRewriter(100);
  expect(mapAll(rewriter, [10, 13, 11, 11, 13, 12, 14])).toEqual([100, 103, 101, -1, -1, 102, 104]);
});

test("another source goes on without a hole, and packets from before its start have no number", () => {
  const rewriter = new SequenceRewriter(0);
  mapAll(rewriter, [500, 501, 503]);
  rewriter.start(9_000);
  expect(mapAll(rewriter, [9_000, 8_999, 9_002, 9_001])).toEqual([4, -1, 6, 5]);
});

test("the newest packet dropped leaves no hole", () => {
  const rewriter = new SequenceRewriter(0);
  expect(rewriter.map(10)).toBe(0);
  expect(rewriter.drop(11)).toBe(-1);
  expect(rewriter.drop(12)).toBe(-1);
  expect(mapAll(rewriter, [13, 11, 12, 14])).toEqual([1, -1, -1, 2]);
});

test("a packet dropped behind a hole keeps the hole's numbers for what was lost", () => {
  const rewriter = new SequenceRewriter(0);
  rewriter.map(10);
  expect(rewriter.drop(13)).toBe(-1);
  expect(mapAll(rewriter, [14, 12, 11])).toEqual([3, 2, 1]);
});

test("a packet dropped late gives back the number that was kept for it, once", () => {
  const rewriter = new SequenceRewriter(0);
  mapAll(rewriter, [10, 12]);
  expect(rewriter.drop(11)).toBe(1);
  expect(rewriter.drop(11)).toBe(-1);
  expect(rewriter.map(11)).toBe(-1);
});

test("the first packet may be a dropped one", () => {
  const rewriter = new SequenceRewriter(7);
  expect(rewriter.drop(10)).toBe(-1);
  expect(rewriter.map(11)).toBe(7);
});

test("numbers of our own come in between", () => {
  const rewriter = new SequenceRewriter(0);
  rewriter.map(10);
  expect([rewriter.insert(), rewriter.insert()]).toEqual([1, 2]);
  expect(mapAll(rewriter, [11, 12])).toEqual([3, 4]);
});

test("only so many packets are remembered", () => {
  const rewriter = new SequenceRewriter(0, 16);
  rewriter.map(0);
  rewriter.map(100);
  expect(rewriter.map(84)).toBe(-1);
  expect(rewriter.map(85)).toBe(85);
  expect(rewriter.drop(70)).toBe(-1);
  expect(rewriter.map(101)).toBe(101);
});

test("a stray changes nothing; two in a row are a source that began anew, behind one hole", () => {
  const rewriter = new SequenceRewriter(0);
  rewriter.map(10);
  expect(rewriter.map(40_000)).toBe(-1);
  expect(rewriter.map(11)).toBe(1);
  expect(mapAll(rewriter, [50_000, 50_001, 50_002])).toEqual([-1, 3, 4]);
  expect(rewriter.drop(20_000)).toBe(-1);
  expect(rewriter.map(50_003)).toBe(5);
});

test("packets in any order get the numbers that fit it", () => {
  const rewriter = new SequenceRewriter(65_000);
  const given = new Map<number, number>();
  // Blocks of 16 backwards, the last packet of each is dropped.
  for (let block = 0; block < 200; block++) {
    for (let i = 15; i >= 0; i--) {
      const number = block * 16 + i;
      if (i === 15) rewriter.drop(number & 0xffff);
      else given.set(number, rewriter.map(number & 0xffff));
    }
  }
  // Of the first block only its last packet came first, so the others are from before the start.
  const outgoing = [...given].toSorted((a, b) => a[0] - b[0]).map(([, number]) => number);
  expect(outgoing.slice(0, 15)).toEqual(Array.from({ length: 15 }, () => -1));
  const expected = Array.from({ length: 199 * 15 }, (_, i) => (65_000 + i) & 0xffff);
  expect(outgoing.slice(15)).toEqual(expected);
});
