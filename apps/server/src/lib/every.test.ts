import { expect, test } from "vitest";
import { every } from "./every.ts";

test("an aborted signal means no run at all", async () => {
  let runs = 0;
  const count = () => {
    runs += 1;
  };
  await every(1, AbortSignal.abort(), count, () => {});
  expect(runs).toBe(0);
});

test("it runs until the signal, and an error does not stop it", async () => {
  const stop = new AbortController();
  const errors: unknown[] = [];
  let runs = 0;
  const task = () => {
    runs += 1;
    if (runs === 3) stop.abort();
    if (runs === 2) throw new Error("second run");
  };
  await every(1, stop.signal, task, (error) => errors.push(error));
  expect({ runs, errors }).toEqual({ runs: 3, errors: [new Error("second run")] });
});
