import { expect, test } from "vitest";
import { type Ground, targetAt } from "./use-panel-drag.ts";

const GROUND: Ground = [
  {
    left: 0,
    right: 100,
    panels: [
      { id: "a", top: 0, bottom: 100 },
      { id: "b", top: 110, bottom: 210 },
    ],
  },
  { left: 110, right: 210, panels: [] },
];

test.each([
  [50, 20, { column: 0, before: "a" }],
  [50, 60, { column: 0, before: "b" }],
  [50, 170, { column: 0, before: null }],
  [150, 20, { column: 1, before: null }],
  [105, 20, null],
  [300, 20, null],
])("a panel let go at %i, %i goes to %o", (x, y, target) => {
  expect(targetAt(GROUND, x, y)).toEqual(target);
});
