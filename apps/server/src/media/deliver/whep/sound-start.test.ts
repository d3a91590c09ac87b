import { expect, test } from "vitest";
import { SoundStart } from "./sound-start.ts";

/** The index of the first packet that is sent, of packets that come `[lateMs, atMs]`. */
function begin(packets: ReadonlyArray<readonly [number, number]>): number {
  const start = new SoundStart();
  return packets.findIndex(([lateMs, atMs]) => start.takes(lateMs, atMs));
}

test("live sound begins at once, early sound too", () => {
  expect(begin([[25, 0]])).toBe(0);
  expect(begin([[-200, 0]])).toBe(0);
});

test("what comes in one piece is left out up to live", () => {
  const burst = Array.from({ length: 70 }, (_, n) => [700 - n * 10, n / 10] as const);
  expect(begin(burst)).toBe(67);
});

test("what comes twice as fast as it was made is left out up to live, however small its packets are", () => {
  const burst = Array.from({ length: 200 }, (_, n) => [700 - n * 5, n * 5] as const);
  expect(burst[begin(burst)]).toEqual([30, 670]);
});

test("sound that is always late begins soon, with a packet that is among the first of it", () => {
  const late = Array.from({ length: 60 }, (_, n) => [n % 3 === 0 ? 80 : 80 + 20 * (n % 3), 10 * n] as const);
  const first = begin(late);
  expect(late[first]![1]).toBeGreaterThan(300);
  expect(late[first]![1]).toBeLessThan(350);
  expect(late[first]![0]).toBe(80);
});

test("sound that comes nearer and nearer for long is not waited for without end", () => {
  const slow = Array.from({ length: 300 }, (_, n) => [5000 - n * 12, 10 * n] as const);
  expect(slow[begin(slow)]![1]).toBe(2010);
});

test("what was begun goes on, however late it comes", () => {
  const start = new SoundStart();
  expect(start.takes(0, 0)).toBe(true);
  expect(start.takes(400, 10)).toBe(true);
});
