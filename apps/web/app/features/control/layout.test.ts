import { expect, test } from "vitest";
import { type Layout, layoutOf, placed, readLayout, shownIn, stepFrom, withState, writeLayout } from "./layout.ts";

const open = (id: string) => ({ id, state: "open" }) as const;
const LAYOUT: Layout = { columns: [[open("a"), open("b"), open("c")], [open("d")], []] };
const ALL = new Set(["a", "b", "c", "d"]);
const ids = ({ columns }: Layout) => columns.map((places) => places.map(({ id }) => id).join(""));

test("without a stored layout every panel stands at home, whatever the order in which they come", () => {
  expect(layoutOf(null, ["new-desk", "chat", "recording", "sources"]).columns).toEqual([
    [open("sources"), open("recording")],
    [],
    [open("chat"), { id: "new-desk", state: "closed" }],
  ]);
});

test("panels that a stored layout does not know are appended, and those that are gone keep their places", () => {
  const layout = layoutOf(LAYOUT, ["a", "polls"]);
  expect(ids(layout)).toEqual(["abc", "d", "polls"]);
  expect(layoutOf(layout, ["a"])).toBe(layout);
  expect(shownIn(layout, new Set(["a", "polls"])).flat()).toEqual([open("a"), { id: "polls", state: "closed" }]);
});

test.each([
  ["b", "up", ["bac", "d", ""]],
  ["b", "down", ["acb", "d", ""]],
  ["b", "right", ["ac", "db", ""]],
  ["a", "right", ["bc", "ad", ""]],
  ["d", "right", ["abc", "", "d"]],
  ["d", "left", ["dabc", "", ""]],
] as const)("%s one step %s", (id, direction, expected) => {
  const target = stepFrom(LAYOUT, id, direction, ALL);
  expect(ids(placed(LAYOUT, id, target!))).toEqual(expected);
});

test.each([
  ["a", "up"],
  ["a", "left"],
  ["c", "down"],
  ["nobody", "down"],
] as const)("there is no room for %s %s", (id, direction) => {
  expect(stepFrom(LAYOUT, id, direction, ALL)).toBe(null);
});

test("a step goes past what is hidden or not there", () => {
  const layout = withState(LAYOUT, "b", "hidden");
  expect(ids(placed(layout, "c", stepFrom(layout, "c", "up", ALL)!))).toEqual(["cab", "d", ""]);
  const without = new Set(["a", "c"]);
  expect(ids(placed(LAYOUT, "a", stepFrom(LAYOUT, "a", "down", without)!))).toEqual(["bca", "d", ""]);
});

test("a panel is put above another one, at the end, and nowhere when the place does not exist", () => {
  expect(ids(placed(LAYOUT, "c", { column: 0, before: "a" }))).toEqual(["cab", "d", ""]);
  expect(ids(placed(LAYOUT, "a", { column: 2, before: null }))).toEqual(["bc", "d", "a"]);
  expect(placed(LAYOUT, "a", { column: 0, before: "a" })).toBe(LAYOUT);
  expect(placed(LAYOUT, "a", { column: 3, before: null })).toBe(LAYOUT);
});

test("what is written is read again", () => {
  const layout = withState(LAYOUT, "b", "hidden");
  expect(readLayout(writeLayout(layout))).toEqual(layout);
});

test.each([
  null,
  "",
  "{",
  "null",
  "[]",
  '{"v":2,"columns":[[],[],[]]}',
  '{"v":1,"columns":[[],[]]}',
  '{"v":1,"columns":[[],[],"x"]}',
  '{"v":1,"columns":[["chat"],[],[]]}',
  '{"v":1,"columns":[[["chat","gone"]],[],[]]}',
  '{"v":1,"columns":[[["<b>","open"]],[],[]]}',
  '{"v":1,"columns":[[["chat","open"]],[["chat","open"]],[]]}',
  `{"v":1,"columns":[[${Array.from({ length: 61 }, (_, index) => `["p${index}","open"]`).join()}],[],[]]}`,
])("is no layout: %s", (text) => {
  expect(readLayout(text)).toBe(null);
});
