/** Numbers that wrap. */
import { expect, test } from "vitest";
import { sequenceDelta, SequenceUnwrapper, timestampDelta, TimestampUnwrapper } from "./sequence.ts";

test.each([
  [1, 0, 1],
  [0, 1, -1],
  [0, 65_535, 1],
  [65_535, 0, -1],
  [32_767, 0, 32_767],
  [32_768, 0, -32_768],
])("sequence numbers: from %i back to %i it is %i", (a, b, delta) => {
  expect(sequenceDelta(a, b)).toBe(delta);
});

test.each([
  [3_000, 0, 3_000],
  [0, 0xffff_ffff, 1],
  [0xffff_ffff, 0, -1],
  [0x8000_0000, 0, -0x8000_0000],
])("timestamps: from %i back to %i it is %i", (a, b, delta) => {
  expect(timestampDelta(a, b)).toBe(delta);
});

test("sequence numbers count on over the wrap, late ones stay behind", () => {
  const unwrapper = new SequenceUnwrapper();
  const numbers = [65_534, 65_535, 0, 65_533, 2, 1].map((sequence) => unwrapper.unwrap(sequence));
  expect(numbers).toEqual([65_534, 65_535, 65_536, 65_533, 65_538, 65_537]);
  expect(unwrapper.peek(30_000)).toBe(95_536);
  expect(unwrapper.unwrap(3)).toBe(65_539);
  unwrapper.reset();
  expect(unwrapper.unwrap(7)).toBe(7);
});

test("a number older than the first one is negative, and the next ones still fit", () => {
  const unwrapper = new SequenceUnwrapper();
  expect([0, 65_535, 1].map((sequence) => unwrapper.unwrap(sequence))).toEqual([0, -1, 1]);
});

test("timestamps count on over several wraps", () => {
  const unwrapper = new TimestampUnwrapper();
  const step = 0x6000_0000;
  let expected = 0;
  for (let i = 0; i < 20; i++) {
    expect(unwrapper.unwrap(expected % 2 ** 32)).toBe(expected);
    expected += step;
  }
  expect(unwrapper.unwrap((expected - 2 * step) % 2 ** 32)).toBe(expected - 2 * step);
});
