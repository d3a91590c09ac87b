import { expect, test } from "vitest";
import { announce, cameSince, type Spoken } from "./announcing.ts";

const line = (text: string, isMention = false): Spoken => ({ author: "ada", text, isMention });
const flood = Array.from({ length: 40 }, (_, index) => line(`m${index}`));

test.each([
  ["nothing", [], "all", null],
  ["a slow chat is read", [line("a"), line("b")], "all", [["a", "b"], 0]],
  ["a fast one is counted", flood, "all", [[], 40]],
  ["but who calls the reader is heard", [...flood, line("you!", true)], "all", [["you!"], 40]],
  ["only mentions", [...flood, line("you!", true)], "mentions", [["you!"], 0]],
  ["silence", [line("you!", true)], "off", null],
] as const)("%s", (_, came, mode, expected) => {
  const said = announce(came, mode);
  expect(said && [said.lines.map(({ text }) => text), said.more]).toEqual(expected);
});

test("a very long one is cut", () => {
  expect(announce([line("x".repeat(500))], "all")?.lines[0]?.text.length).toBe(200);
});

const list = (ids: string): { id: string }[] => Array.from(ids, (id) => ({ id }));
const news = (ids: string, lastId: string | null): string =>
  cameSince(list(ids), lastId)
    .map(({ id }) => id)
    .join("");

test.each([
  ["behind the last one", "abcd", "b", "cd"],
  ["nothing", "ab", "b", ""],
  ["the first ones of an empty chat", "ab", null, "ab"],
  ["so much that the last one is forgotten", "xyz", "b", "xyz"],
  ["who goes back in time hears nothing of what they heard", "abc", "f", ""],
])("what is new: %s", (_, ids, lastId, expected) => {
  expect(news(ids, lastId)).toBe(expected);
});
