import { expect, test } from "vitest";
import { decodeCursor, encodeCursor, pageOfRows } from "./cursor.ts";

test.each([
  ["something else", "hello"],
  ["a cursor of another list", encodeCursor(["a"])],
  ["the wrong kinds", encodeCursor(["a", 1])],
  ["a number beyond all times", Buffer.from('[1e999,"a"]').toString("base64url")],
  ["a time that no calendar has", encodeCursor([8.64e15 + 1, "a"])],
  ["half a millisecond", encodeCursor([0.5, "a"])],
  ["a NUL", encodeCursor([1, "\u0000"])],
  ["half a surrogate pair", encodeCursor([1, "\ud800"])],
  ["an object", Buffer.from("{}").toString("base64url")],
])("%s is refused", (_, cursor) => {
  expect(() => decodeCursor(cursor, "ns")).toThrow("The cursor does not belong to this list; begin without one.");
});

test("a cursor comes back as it was", () => {
  expect(decodeCursor(encodeCursor([1_767_297_600_000, "0000000000abcdefghjk"]), "ns")).toEqual([
    1_767_297_600_000,
    "0000000000abcdefghjk",
  ]);
});

test("the last page has no cursor", () => {
  const page = (rows: number[]) => pageOfRows(rows, 2, (row) => [row], String);
  expect(page([])).toEqual({ items: [], nextCursor: null });
  expect(page([5, 4])).toEqual({ items: ["5", "4"], nextCursor: null });
  expect(page([5, 4, 3])).toEqual({ items: ["5", "4"], nextCursor: encodeCursor([4]) });
});
