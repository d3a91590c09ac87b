/** What the fields of names and titles make of hostile text. */
import { expect, test } from "vitest";
import { Line, Lines } from "./common.ts";
import { BROKEN_TEXTS, HOSTILE_TEXTS, INVISIBLE_TEXTS, LONG_WORD } from "./fuzz/hostile-text.ts";
import { UpdateMeBody } from "./accounts.ts";

const HIDDEN = /[\p{Cc}\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF\u2028\u2029]/u;

test.each(Object.entries(HOSTILE_TEXTS))(
  "a line of %s hides nothing, and is the same when it is read again",
  (_, text) => {
    const line = Line.parse(text);
    expect(line).not.toMatch(HIDDEN);
    expect(Line.parse(line)).toBe(line);
    const lines = Lines.parse(text);
    expect(lines.replaceAll("\n", "")).not.toMatch(HIDDEN);
    expect(Lines.parse(lines)).toBe(lines);
  },
);

test("line breaks stay in descriptions, two at most together", () => {
  expect(Lines.parse(" one \r\n\n\n\ntwo\u2028three\n")).toBe("one\n\ntwo\nthree");
});

test.each([...INVISIBLE_TEXTS, ...BROKEN_TEXTS])("a name of %j is refused", (displayName) => {
  expect(UpdateMeBody.safeParse({ displayName }).success).toBe(false);
});

test("a bound counts what is left", () => {
  expect(UpdateMeBody.parse({ displayName: `${"\u200B".repeat(100)}Ada` })).toEqual({ displayName: "Ada" });
  expect(UpdateMeBody.safeParse({ displayName: LONG_WORD }).success).toBe(false);
});
