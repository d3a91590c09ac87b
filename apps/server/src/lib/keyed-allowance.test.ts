import { expect, test } from "vitest";
import { createManualClock } from "./clock.ts";
import { KeyedAllowance } from "./keyed-allowance.ts";

test("a burst, then so much a second, each key for itself", () => {
  const clock = createManualClock();
  const allowance = new KeyedAllowance(clock, { burst: 3, perSec: 2, maxKeys: 10 });
  expect([1, 2, 3, 4].map(() => allowance.take("a"))).toEqual([0, 0, 0, 500]);
  expect(allowance.take("b", 3)).toBe(0);
  clock.advance(500);
  expect([allowance.take("a"), allowance.take("a")]).toEqual([0, 500]);
  clock.advance(60_000);
  expect([allowance.take("a", 3), allowance.take("a")]).toEqual([0, 500]);
});

test("who was quiet for longest is forgotten", () => {
  const allowance = new KeyedAllowance(createManualClock(), { burst: 1, perSec: 1, maxKeys: 2 });
  for (const key of ["a", "b", "c"]) expect(allowance.take(key)).toBe(0);
  expect([allowance.take("c"), allowance.take("a")]).toEqual([1000, 0]);
});
