import { expect, test } from "vitest";
import { tipOverlayOptions } from "./overlay-options.ts";

const of = (query: string) => tipOverlayOptions(new URLSearchParams(query));

test("without parameters it has its defaults, and so has what makes no sense", () => {
  const preset = { sizePx: 28, place: "bottom", hasGoal: false, isPlain: false };
  expect(of("")).toEqual(preset);
  expect(of("size=large&place=left&goal=yes&background=none")).toEqual(preset);
  expect(of("size=")).toEqual(preset);
});

test("what is asked for holds, within bounds", () => {
  expect(of("size=40&place=top&goal=1&background=0")).toEqual({
    sizePx: 40,
    place: "top",
    hasGoal: true,
    isPlain: true,
  });
  expect([of("size=1").sizePx, of("size=4000").sizePx]).toEqual([12, 80]);
});
