import { expect, test } from "vitest";
import { clipWindow, usualRange } from "./clip-range.ts";

test("before a quarter of a minute there is nothing to clip", () => {
  expect(clipWindow(14_900)).toBeNull();
});

test("the window is the last minute and a half, or what there is", () => {
  expect(clipWindow(20_300)).toEqual({ fromMs: 0, toMs: 20_000 });
  expect(clipWindow(600_700)).toEqual({ fromMs: 510_500, toMs: 600_500 });
});

test("the last half minute is chosen at first, less when there is less", () => {
  expect(usualRange({ fromMs: 510_000, toMs: 600_000 })).toEqual({ fromMs: 570_000, toMs: 600_000 });
  expect(usualRange({ fromMs: 0, toMs: 20_000 })).toEqual({ fromMs: 0, toMs: 20_000 });
});
