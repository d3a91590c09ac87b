import { expect, test } from "vitest";
import { createFrameBatch } from "./frame-batch.ts";

function start() {
  const taken: (readonly number[])[] = [];
  let run: (() => void) | undefined;
  const batch = createFrameBatch<number>(
    (items) => taken.push(items),
    (next) => {
      run = next;
      return () => (run = undefined);
    },
  );
  return { batch, taken, frame: () => run?.() };
}

test("what comes between two frames is handed on once, in order", () => {
  const { batch, taken, frame } = start();
  batch.add(1);
  batch.add(2);
  expect(taken).toEqual([]);
  frame();
  expect(taken).toEqual([[1, 2]]);
  batch.add(3);
  frame();
  expect(taken).toEqual([[1, 2], [3]]);
});

test("a busy page does not gather without bound", () => {
  const { batch, taken } = start();
  for (let item = 0; item < 2001; item += 1) batch.add(item);
  expect(taken.map((items) => items.length)).toEqual([2000]);
});

test("nothing comes after the end", () => {
  const { batch, taken, frame } = start();
  batch.add(1);
  batch.close();
  frame();
  batch.add(2);
  batch.flush();
  expect(taken).toEqual([]);
});
