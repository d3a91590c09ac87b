import { expect, test } from "vitest";
import { QueueDelay } from "./queue-delay.ts";

const PATH_MS = 30;
const LATE_MS = 60;

/** What is told after each of some packets, sent so many ms apart, of which each waits on its way as long as it says. */
function told(everyMs: number, waitsMs: readonly number[]): number[] {
  const queue = new QueueDelay();
  return waitsMs.map((waitMs, n) => queue.packet(n * everyMs, n * everyMs + PATH_MS + waitMs));
}

const onTimeEach = (count: number): number[] => Array.from({ length: 200 }, (_, n) => (n % count === 0 ? 0 : LATE_MS));

test.each([
  ["a thin stream, of which three in a row are late", 200, 4],
  ["a stream of some packets, of which less than ten in a row are late", 40, 10],
  ["a dense stream that is late for less than 200 ms", 10, 17],
])("%s, does not wait all the time", (_, everyMs, onTime) => {
  expect(Math.max(...told(everyMs, onTimeEach(onTime)))).toBe(0);
});

test.each([10, 200])("what each packet waits is told, of packets %d ms apart", (everyMs) => {
  const waits = [...Array<number>(20).fill(0), ...Array<number>(50).fill(LATE_MS)];
  expect(told(everyMs, waits).at(-1)).toBe(LATE_MS);
});
