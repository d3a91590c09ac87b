import { expect, test } from "vitest";
import { FrameTotals } from "./frame-totals.ts";

test("frames of all sources are counted, in any number of exchanges", () => {
  const totals = new FrameTotals();
  expect(totals.total).toEqual({ shown: 0, dropped: 0 });
  totals.count({ shown: 271, dropped: 35 });
  totals.count({ shown: 280, dropped: 35 });
  totals.count({ shown: 0, dropped: 0 });
  expect(totals.total).toEqual({ shown: 280, dropped: 35 });
  totals.count({ shown: 144, dropped: 1 });
  totals.count({ shown: 3, dropped: 0 });
  expect(totals.total).toEqual({ shown: 427, dropped: 36 });
});
