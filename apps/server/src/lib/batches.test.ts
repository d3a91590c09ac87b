import { expect, test } from "vitest";
import { Batches } from "./batches.ts";
import { createManualClock } from "./clock.ts";

function openBatches(maxKeys = 10) {
  const clock = createManualClock();
  const stop = new AbortController();
  const told: [string, number[]][] = [];
  const errors: unknown[] = [];
  let wait: Promise<void> = Promise.resolve();
  const batches = new Batches<number[]>({
    ...{ clock, everyMs: 500, maxKeys, signal: stop.signal, empty: () => [] },
    tell: async (key, batch) => {
      told.push([key, batch]);
      await wait;
    },
    onError: (error) => errors.push(error),
  });
  const add = (key: string, value: number): boolean => batches.add(key, (batch) => void batch.push(value));
  return { clock, stop, told, errors, add, hold: (until: Promise<void>): void => void (wait = until) };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("what comes within the time is told once for each key", async () => {
  const { clock, told, add } = openBatches();
  for (const value of [1, 2, 3]) add("a", value);
  add("b", 4);
  clock.advance(499);
  expect(told).toEqual([]);
  clock.advance(1);
  expect(told).toEqual([
    ["a", [1, 2, 3]],
    ["b", [4]],
  ]);
  clock.advance(5000);
  expect(told).toHaveLength(2);
});

test("one that takes long is not overtaken", async () => {
  const { clock, told, add, hold } = openBatches();
  const { promise, resolve } = Promise.withResolvers<void>();
  hold(promise);
  add("a", 1);
  clock.advance(500);
  add("a", 2);
  clock.advance(1500);
  add("a", 3);
  expect(told).toEqual([["a", [1]]]);
  resolve();
  await settled();
  clock.advance(500);
  expect(told).toEqual([
    ["a", [1]],
    ["a", [2, 3]],
  ]);
});

test("there is room for so many keys, and an end", async () => {
  const { clock, stop, told, errors, add, hold } = openBatches(2);
  expect([add("a", 1), add("b", 1), add("c", 1), add("a", 2)]).toEqual([true, true, false, true]);
  hold(Promise.reject(new Error("no bus")));
  clock.advance(500);
  await settled();
  expect(errors).toHaveLength(2);
  add("a", 3);
  stop.abort();
  clock.advance(500);
  expect([told.length, add("a", 4)]).toEqual([2, false]);
});
