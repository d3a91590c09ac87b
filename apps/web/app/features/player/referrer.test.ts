import { expect, test } from "vitest";
import { referrerOf } from "./referrer.ts";

test.each([
  ["", "direct"],
  ["https://live.example.org/", "internal"],
  ["https://www.google.co.uk/", "search"],
  ["https://duckduckgo.com/", "search"],
  ["https://t.co/abc", "social"],
  ["https://old.reddit.com/r/all", "social"],
  ["https://news.example.com/story", "other"],
  ["https://not-google.example.com/", "other"],
  ["android-app://com.slack/", "other"],
  ["nonsense", "other"],
])("who comes from '%s' is %s", (referrer, source) => {
  expect(referrerOf(referrer, "live.example.org", false)).toBe(source);
});

test("a player on another site counts as such, wherever its visitor came from", () => {
  expect(referrerOf("https://www.google.com/", "live.example.org", true)).toBe("embed");
});
