import { expect, test } from "vitest";
import { overlayOptions } from "./overlay-options.ts";

const DEFAULTS = { sizePx: 20, fadeSec: 0, direction: "up", most: 20, isPlain: false };

test.each([
  ["", DEFAULTS],
  [
    "size=32&fade=15&direction=down&max=5&background=0",
    { sizePx: 32, fadeSec: 15, direction: "down", most: 5, isPlain: true },
  ],
  ["size=9999&fade=-1&max=0", { ...DEFAULTS, sizePx: 60, most: 1 }],
  ["size=big&fade=&direction=sideways&max=1e999", DEFAULTS],
])("%j", (query, expected) => {
  expect(overlayOptions(new URLSearchParams(query))).toEqual(expected);
});
