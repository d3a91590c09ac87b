import { expect, test } from "vitest";
import { changesOf, lengthText, unsent, withValue } from "./choices.ts";

test("a value outside the list stays choosable", () => {
  expect(withValue([0, 60, 300], 90)).toEqual([0, 60, 90, 300]);
  expect(withValue([0, 60], 60)).toEqual([0, 60]);
});

test.each([
  [0, { unit: "off", count: 0 }],
  [90, { unit: "seconds", count: 90 }],
  [300, { unit: "minutes", count: 5 }],
  [7200, { unit: "hours", count: 2 }],
] as const)("%i s", (sec, text) => {
  expect(lengthText(sec)).toEqual(text);
});

test("only what differs is sent", () => {
  expect(changesOf({ title: "a", tags: ["x"] }, { title: "a", tags: ["x"] })).toBe(null);
  expect(changesOf({ title: "a", tags: ["x"] }, { title: "a", tags: ["x", "y"] })).toEqual({ tags: ["x", "y"] });
});

test("what was typed while a form was saved is kept", () => {
  const sent: Partial<Record<"title" | "tags" | "description", unknown>> = { title: "New", tags: ["x"] };
  expect(unsent({ title: "New", tags: ["x"] }, sent)).toEqual({});
  expect(unsent({ title: "Newer", tags: ["x"], description: "typed" }, sent)).toEqual({
    title: "Newer",
    description: "typed",
  });
});
