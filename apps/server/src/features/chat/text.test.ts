import { expect, test } from "vitest";
import { emoteName, hasLink, isOnlyEmotes, mentionedHandles } from "./text.ts";

test.each([
  ["hello @ana and @Ben_2!", ["ana", "ben_2"]],
  ["@ana @ANA twice", ["ana"]],
  ["mail ana@example.org, see example.org/@ana", []],
  ["@ab is too short, @@ana is none", []],
  ["(@ana)", ["ana"]],
  ["@ana1 @ana2 @ana3 @ana4", ["ana1", "ana2", "ana3"]],
])("mentions in %s", (text, wanted) => {
  expect(mentionedHandles(text, 3)).toEqual(wanted);
});

test.each([
  ["see https://example.org/x", true],
  ["HTTP://EXAMPLE.ORG", true],
  ["www.example.org", true],
  ["go to example.org now", true],
  ["bit.ly/abc", true],
  ["сайт.рф", true],
  ["example.museum/tour", true],
  ["that was great.Then we went on", false],
  ["3.14 and v1.2.3", false],
  ["open readme.txt", false],
  ["readme.txt and example.com", true],
  ["hm...", false],
  ["ok", false],
])("a link in %s: %s", (text, wanted) => {
  expect(hasLink(text)).toBe(wanted);
});

test.each([
  ["👍🏽 :wave:", true],
  [":wave::wave:", true],
  ["👍 yes", false],
  [":unknown:", false],
  ["1", false],
  ["", true],
])("only emotes in %s: %s", (text, wanted) => {
  expect(isOnlyEmotes(text, new Set(["wave"]))).toBe(wanted);
});

test("the name of an emote", () => {
  expect([":wave:", "wave", ":WAVE:", ":a:"].map(emoteName)).toEqual(["wave", null, null, null]);
});
